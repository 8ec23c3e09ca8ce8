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
        app.MapPost("/api/v1/resources/{resource}/connections", EnsureAsync).WithMetadata(Roles.Write, TakesIdempotencyKey.Create).Described(ConnectionOperations.Ensure);
        app.MapGet("/api/v1/connections", List).WithMetadata(Roles.Read).Described(ConnectionOperations.List);
        app.MapGet("/api/v1/connections/{connection}", Get).WithMetadata(Roles.Read).Described(ConnectionOperations.Get);
        app.MapPatch("/api/v1/connections/{connection}", ChangeAsync).WithMetadata(Roles.Write).Described(ConnectionOperations.Change);
    }

    private static async Task<IResult> EnsureAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ConnectionSetup connections, ResourceAdministration resources, ILogger<ConfigurationStore> logger,
        CancellationToken cancellationToken) => resources.Find(resource).WhyNot(out var found) is { } unknown
        ? unknown
        : Answer(await connections.EnsureAsync(caller.Actor, found, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), caller, connections, logger);

    private static IResult List(HttpRequest http, ConfigurationCache configuration, ConnectionSetup connections)
    {
        var all = configuration.Current.Connections;
        return Page.Read(http, all, c => c.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new ConnectionListAnswer(all.Count, page.NextToken, [.. page.Items.Select(connections.Show)]), ManagementJson.Default.ConnectionListAnswer);
    }

    private static IResult Get(string connection, ConfigurationCache configuration, ConnectionSetup connections) => Find(connection, configuration.Current) is { } found
        ? Answers.Ok(AnswerOf(found, connections), ManagementJson.Default.ConnectionAnswer, found.Revision)
        : Problem.NotFound("connection", connection);

    private static async Task<IResult> ChangeAsync(
        HttpRequest http, string connection, ApiCaller caller, IfMatch expected, ConnectionSetup connections, ConfigurationCache configuration, ILogger<ConfigurationStore> logger,
        CancellationToken cancellationToken) => Find(connection, configuration.Current) is not { } found
        ? Problem.NotFound("connection", connection)
        : Answer(await connections.ChangeAsync(caller.Actor, found, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), caller, connections, logger);

    private static IResult Answer(Outcome<Connection> outcome, ApiCaller caller, ConnectionSetup connections, ILogger logger) => Answers.Of(outcome, connection =>
    {
        var verification = connection.Verification == CallbackVerification.Required ? "required" : "state_only";
        ChangeLog.Changed(logger, caller.Actor, $"set callback_verification={verification} on connection", connection.Id.Value);
        return Answers.Ok(AnswerOf(connection, connections), ManagementJson.Default.ConnectionAnswer, connection.Revision);
    });

    private static ConnectionAnswer AnswerOf(Connection connection, ConnectionSetup connections) =>
        new(connections.Show(connection), connection.Verification == CallbackVerification.DangerousStateOnly ? StateOnlyWarning : null);

    private static Connection? Find(string text, ConfigurationSnapshot configuration) => ConnectionId.Parse(text) is { } id ? configuration.Find(id) : null;
}
