namespace Latchkey.Server.Management.Connections;

internal static class DeleteConnection
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/connections/{connection}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteConnection", OperationTags.Connections, "Delete a connection", OperationResponse.Empty,
            "Only a connection that no resource and no API client uses, and at which no user is known. Disable every other one.")
        { Problems = [ConnectionSetup.InUse] });

    private static async Task<IResult> HandleAsync(
        string connection, ApiCaller caller, IfMatch expected, ConnectionSetup connections, CancellationToken cancellationToken) =>
        await connections.DeleteAsync(caller.Actor, connection, expected, cancellationToken) ?? JsonResponses.Nothing;
}
