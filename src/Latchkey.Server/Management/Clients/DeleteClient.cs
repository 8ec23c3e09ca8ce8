namespace Latchkey.Server.Management.Clients;

internal static class DeleteClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/resources/{resource}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteClient", OperationTags.Clients, "Delete a client of a resource", OperationResponse.Empty,
            "Its tokens and grants end. Registering again with the same metadata does not restore it."));

    private static async Task<IResult> HandleAsync(
        string resource, string client, ApiCaller caller, IfMatch expected, StaticClients clients, CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller.Actor, resource, client, expected, cancellationToken) ?? JsonResponses.Nothing;
}
