namespace Latchkey.Server.Management.Connections;

internal static class ChangeConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/connections/{connection}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeConnection", OperationTags.Connections, "Change a connection",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true))
        {
            Body = "Connection",
            Problems = [Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string connection, ApiCaller caller, IfMatch expected, ConnectionSetup connections,
        CancellationToken cancellationToken) =>
        ConnectionResponses.Of(
            await connections.ChangeAsync(
                caller.Actor, connection, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken),
            connections);
}
