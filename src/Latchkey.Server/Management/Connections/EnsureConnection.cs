namespace Latchkey.Server.Management.Connections;

internal static class EnsureConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/connections", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "EnsureConnection", OperationTags.Connections, "Create the connection of a resource",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true),
            "A second call with the same login_url, or without one, changes the other members; with another login_url it is "
            + "refused, because it would send the users of a running connection to another page: change the connection itself. "
            + "A connection that several resources share changes for all of them.")
        {
            Body = "Connection",
            TakesIdempotencyKey = true,
            Problems = [ConnectionSetup.Exists(new ConnectionId("conn_7KfWm2Xs9QyLbU4tR6vHeC"))],
        });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, JsonBody body, IfMatch expected, ConnectionSetup connections,
        CancellationToken cancellationToken) =>
        ConnectionResponses.Of(await connections.EnsureAsync(caller.Actor, resource, body, expected, cancellationToken), connections);
}
