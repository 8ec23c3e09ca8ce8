namespace Latchkey.Server.Management.Clients;

internal static class GetClientOfResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources/{resource}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetClientOfResource", OperationTags.Clients, "Read a client of a resource",
            OperationResponse.Ok(() => new ClientResponse(Samples.ClientBody, PlainSecret: null, [Samples.ConsentedUser]), hasETag: true)));

    private static async Task<IResult> HandleAsync(
        string resource, string client, StaticClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.FindAsync(resource, client, cancellationToken));
}
