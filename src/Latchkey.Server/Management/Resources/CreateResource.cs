using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;

namespace Latchkey.Server.Management.Resources;

internal static class CreateResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateResource", OperationTags.Resources, "Create a resource", OperationResponse.Created(() => new ResourceAnswer(Samples.ResourceBody), hasETag: true))
        {
            Description = "One MCP server is one resource. People can sign in to it as soon as it has a connection.",
            Body = "CreateResource",
            TakesIdempotencyKey = true,
            Problems = [ResourceAnswers.UriTaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, ApiCaller caller, ConfigurationStore store, ConfigurationCache configuration, KeyRing keys, Settings settings, TimeProvider clock,
        ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
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
            return ResourceAnswers.UriTaken;
        }

        ChangeLog.Changed(logger, caller.Actor, "created resource", resource.Id.Value);
        return Answers.Created(ResourceAnswers.Of(resource, configuration.Current, settings), revision: 1);
    }
}
