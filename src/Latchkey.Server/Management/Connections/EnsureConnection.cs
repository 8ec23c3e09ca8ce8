namespace Latchkey.Server.Management.Connections;

internal static class EnsureConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/connections", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "EnsureConnection", OperationTags.Connections, "Create or change the connection of a resource",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true),
            "A second call with the same values changes nothing. A connection that several resources share changes for all of them.")
        {
            Body = "Connection",
            TakesIdempotencyKey = true,
        });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, JsonBody body, IfMatch expected, ConnectionSetup connections,
        CancellationToken cancellationToken) =>
        ConnectionResponses.Of(await connections.EnsureAsync(caller.Actor, resource, body, expected, cancellationToken), connections);
}
