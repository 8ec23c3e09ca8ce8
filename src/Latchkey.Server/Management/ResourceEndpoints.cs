using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Management;

/// <summary>Resources over REST: create, read, list, change, delete.</summary>
internal static class ResourceEndpoints
{
    public static readonly Problem UriTaken = new(409, "resource_uri_taken", "Another resource has this resource_uri. One MCP server is one resource.");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/resources", CreateAsync).RequireAuthorization(ManagementPolicies.Write).WithMetadata(TakesIdempotencyKey.Create).Described(ResourceOperations.Create);
        app.MapGet("/api/v1/resources", List).RequireAuthorization(ManagementPolicies.Read).Described(ResourceOperations.List);
        app.MapGet("/api/v1/resources/{resource}", Get).RequireAuthorization(ManagementPolicies.Read).Described(ResourceOperations.Get);
        app.MapPatch("/api/v1/resources/{resource}", ChangeAsync).RequireAuthorization(ManagementPolicies.Write).Described(ResourceOperations.Change);
        app.MapDelete("/api/v1/resources/{resource}", DeleteAsync).RequireAuthorization(ManagementPolicies.Write).Described(ResourceOperations.Delete);
    }

    private static async Task<IResult> CreateAsync(
        HttpRequest http, ApiCaller caller, ConfigurationStore store, ConfigurationCache configuration, KeyRing keys, Settings settings, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var resource = ResourceBodyReader.New(body, settings.BaseUrl, configuration.Current, clock.GetUtcNow());
        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        await keys.EnsureAsync(resource.Algorithm, cancellationToken);
        var change = await store.InsertAsync(resource, caller.Actor, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return UriTaken;
        }

        ChangeLog.Changed(logger, caller.Actor, "created resource", resource.Id.Value);
        return Answers.Created(Answer(resource, configuration.Current, settings), ManagementJson.Default.ResourceAnswer, revision: 1);
    }

    private static IResult List(HttpRequest http, ConfigurationCache configuration, Settings settings)
    {
        var snapshot = configuration.Current;
        return Page.Read(http, snapshot.Resources, r => r.Id.Value, out var page) is { } problem ? problem : Answers.Ok(
            new ResourceListAnswer(snapshot.Resources.Count, page.NextToken, [.. page.Items.Select(r => Answer(r, snapshot, settings).Resource)]),
            ManagementJson.Default.ResourceListAnswer);
    }

    private static IResult Get(string resource, ConfigurationCache configuration, Settings settings) => Find(resource, configuration.Current) is { } found
        ? Answers.Ok(Answer(found, configuration.Current, settings), ManagementJson.Default.ResourceAnswer, found.Revision)
        : Problem.NotFound("resource", resource);

    private static async Task<IResult> ChangeAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ConfigurationStore store, ConfigurationCache configuration, ConnectionSetup connections, KeyRing keys, Settings settings, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (Find(resource, configuration.Current) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var changed = ResourceBodyReader.Change(found, body, settings.BaseUrl, configuration.Current, clock.GetUtcNow());
        var loginUrl = LoginUrlOf(body);
        if ((body.WhatIsWrong() ?? expected.WhyNot(found.Revision)) is { } problem)
        {
            return problem;
        }

        await keys.EnsureAsync(changed.Algorithm, cancellationToken);
        var change = await store.UpdateAsync(found, changed, caller.Actor, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return change is ConfigurationChange.Taken ? UriTaken : Problem.Overtaken;
        }

        if (loginUrl is not null
            && Find(resource, configuration.Current) is { } current
            && (await connections.EnsureAsync(current, loginUrl, verification: null, isEnabled: null, caller.Actor, cancellationToken)).WhyNot(out _) is { } refused)
        {
            return refused;
        }

        ChangeLog.Changed(logger, caller.Actor, "changed resource", changed.Id.Value);
        return Get(resource, configuration, settings);
    }

    private static async Task<IResult> DeleteAsync(
        string resource, ApiCaller caller, IfMatch expected, ConfigurationStore store, ConfigurationCache configuration, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (Find(resource, configuration.Current) is not { } found)
        {
            return Problem.NotFound("resource", resource);
        }

        if (await expected.DeleteAsync(found.Revision, Problem.NotFound("resource", resource), revision => store.DeleteAsync(found, revision, caller.Actor, cancellationToken)) is { } problem)
        {
            return problem;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, caller.Actor, "deleted resource", found.Id.Value);
        return Answers.Nothing;
    }

    public static Resource? Find(string text, ConfigurationSnapshot configuration) => ResourceId.Parse(text) is { } id ? configuration.Find(id) : null;

    private static ResourceAnswer Answer(Resource resource, ConfigurationSnapshot configuration, Settings settings) =>
        new(ResourceBody.Of(resource, resource.ConnectionId is { } id ? configuration.Find(id) : null, settings.BaseUrl));

    /// <summary>Scalekit's way to set the login URL: <c>{"custom_connection_settings":{"authorize_uri":"…"}}</c>.</summary>
    private static string? LoginUrlOf(JsonBody body)
    {
        if (body.Element("custom_connection_settings", JsonValueKind.Object, "must be an object") is not { } element)
        {
            return null;
        }

        var custom = JsonBody.Of(element);
        var url = custom.Text("authorize_uri", Connection.MaxUrlLength, required: true);
        if (custom.WhatIsWrong() is { } problem)
        {
            body.Wrong("custom_connection_settings", problem.Detail.TrimEnd('.'));
        }
        else if (Connection.WhyNotLoginUrl(url!) is { } what)
        {
            body.Wrong("custom_connection_settings", $"authorize_uri {what}");
        }

        return url;
    }
}
