using Latchkey.Server.Http;

namespace Latchkey.Server.Management.Connections;

internal static class EnsureConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/connections", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "EnsureConnection", OperationTags.Connections, "Give a resource its connection, or change the one it has",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true))
        {
            Description = "The second call with the same values changes nothing. A resource that shares its connection with others "
                + "changes it for all of them.",
            Body = "Connection",
            TakesIdempotencyKey = true,
            Problems = [Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, ApiCaller caller, IfMatch expected, ConnectionSetup connections, CancellationToken cancellationToken) =>
        ConnectionResponses.Of(
            await connections.EnsureAsync(caller.Actor, resource, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken), connections);
}
