namespace Latchkey.Server.Management.Connections;

internal static class ChangeConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/connections/{connection}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeConnection", OperationTags.Connections, "Change a connection",
            OperationResponse.Ok(() => new ConnectionResponse(Samples.ConnectionBody, Warning: null), hasETag: true))
        { Body = "Connection" });

    private static async Task<IResult> HandleAsync(
        string connection, ApiCaller caller, JsonBody body, IfMatch expected, ConnectionSetup connections,
        CancellationToken cancellationToken) =>
        ConnectionResponses.Of(await connections.ChangeAsync(caller.Actor, connection, body, expected, cancellationToken), connections);
}
