using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Keys;
using Latchkey.Server.Management.Connections;

namespace Latchkey.Server.Management.Resources;

internal static class ChangeResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/resources/{resource}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeResource", OperationTags.Resources, "Change a resource", OperationResponse.Ok(() => new ResourceAnswer(Samples.ResourceBody), hasETag: true))
        {
            Description = "Counts for every token issued from then on.",
            Body = "ChangeResource",
            Problems = [ResourceAnswers.UriTaken, Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ConfigurationStore store, ConfigurationCache configuration, ConnectionSetup connections,
        KeyRing keys, Settings settings, TimeProvider clock, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindResource(resource) is not { } found)
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
            return change is ConfigurationChange.Taken ? ResourceAnswers.UriTaken : Problem.Overtaken;
        }

        if (loginUrl is not null
            && configuration.Current.FindResource(resource) is { } current
            && (await connections.EnsureAsync(current, loginUrl, verification: null, isEnabled: null, caller.Actor, cancellationToken)).WhyNot(out _) is { } refused)
        {
            return refused;
        }

        ChangeLog.Changed(logger, caller.Actor, "changed resource", changed.Id.Value);
        return ResourceAnswers.Found(resource, configuration.Current, settings);
    }

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
