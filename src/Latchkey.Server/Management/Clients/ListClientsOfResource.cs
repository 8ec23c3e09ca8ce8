namespace Latchkey.Server.Management.Clients;

internal static class ListClientsOfResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources/{resource}/clients", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListClientsOfResource", OperationTags.Clients, "List the clients of a resource",
            OperationResponse.Ok(() => new ClientListResponse([Samples.ClientBody], 0, 1)),
            "Registered, described by a document, or created by an operator; at most 1,000."));

    private static async Task<IResult> HandleAsync(string resource, StaticClients clients, CancellationToken cancellationToken) =>
        JsonResponses.Of(await clients.OfResourceAsync(resource, cancellationToken), found =>
            JsonResponses.Ok(ClientListResponse.Of(found)));
}
