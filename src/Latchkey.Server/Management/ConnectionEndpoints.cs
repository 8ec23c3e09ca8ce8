using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;

namespace Latchkey.Server.Management;

/// <summary>Connections over REST: one is made through the resource that needs it first, then read and changed by its own id.</summary>
internal static class ConnectionEndpoints
{
    private const string StateOnlyWarning =
        "With callback_verification=state_only somebody can start a sign-in, have a signed-in person open its link and continue as that person. "
        + "It is safe only when your login page asks for a click that names the client before it reports. Prefer required: append auth_request_id to the callback.";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/resources/{resource}/connections", EnsureAsync).RequireAuthorization(ManagementPolicies.Write).WithMetadata(TakesIdempotencyKey.Create).Described(ConnectionOperations.Ensure);
        app.MapGet("/api/v1/connections", List).RequireAuthorization(ManagementPolicies.Read).Described(ConnectionOperations.List);
        app.MapGet("/api/v1/connections/{connection}", Get).RequireAuthorization(ManagementPolicies.Read).Described(ConnectionOperations.Get);
        app.MapPatch("/api/v1/connections/{connection}", ChangeAsync).RequireAuthorization(ManagementPolicies.Write).Described(ConnectionOperations.Change);
    }

    private static async Task<IResult> EnsureAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ConnectionSetup setup, ConfigurationCache configuration, Settings settings, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (ResourceEndpoints.Find(resource, configuration.Current) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var (loginUrl, verification, isEnabled) = ConnectionReader.Read(body);
        var existing = found.ConnectionId is { } id ? configuration.Current.Find(id) : null;
        if ((body.WhatIsWrong() ?? expected.WhyNot(existing?.Revision)) is { } problem)
        {
            return problem;
        }

        return Answer(await setup.EnsureAsync(found, loginUrl, verification, isEnabled, caller.Actor, cancellationToken), caller, settings, logger);
    }

    private static IResult List(HttpRequest http, ConfigurationCache configuration, Settings settings)
    {
        var connections = configuration.Current.Connections;
        return Page.Read(http, connections, c => c.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new ConnectionListAnswer(connections.Count, page.NextToken, [.. page.Items.Select(c => ConnectionBody.Of(c, settings.BaseUrl))]),
            ManagementJson.Default.ConnectionListAnswer);
    }

    private static IResult Get(string connection, ConfigurationCache configuration, Settings settings) => Find(connection, configuration.Current) is { } found
        ? Answers.Ok(AnswerOf(found, settings), ManagementJson.Default.ConnectionAnswer, found.Revision)
        : Problem.NotFound("connection", connection);

    private static async Task<IResult> ChangeAsync(
        HttpRequest http, string connection, ApiCaller caller, IfMatch expected, ConnectionSetup setup, ConfigurationCache configuration, Settings settings, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (Find(connection, configuration.Current) is not { } found)
        {
            return Problem.NotFound("connection", connection);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var (loginUrl, verification, isEnabled) = ConnectionReader.Read(body);
        if ((body.WhatIsWrong() ?? expected.WhyNot(found.Revision)) is { } problem)
        {
            return problem;
        }

        return Answer(await setup.ChangeAsync(found, loginUrl, verification, isEnabled, caller.Actor, cancellationToken), caller, settings, logger);
    }

    private static IResult Answer(Outcome<Connection> outcome, ApiCaller caller, Settings settings, ILogger logger) => Answers.Of(outcome, connection =>
    {
        var answer = AnswerOf(connection, settings);
        ChangeLog.Changed(logger, caller.Actor, $"set callback_verification={answer.Connection.CallbackVerification} on connection", connection.Id.Value);
        return Answers.Ok(answer, ManagementJson.Default.ConnectionAnswer, connection.Revision);
    });

    private static ConnectionAnswer AnswerOf(Connection connection, Settings settings) => new(
        ConnectionBody.Of(connection, settings.BaseUrl),
        connection.Verification == CallbackVerification.DangerousStateOnly ? StateOnlyWarning : null);

    private static Connection? Find(string text, ConfigurationSnapshot configuration) => ConnectionId.Parse(text) is { } id ? configuration.Find(id) : null;
}
