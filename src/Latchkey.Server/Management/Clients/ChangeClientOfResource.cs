namespace Latchkey.Server.Management.Clients;

internal static class ChangeClientOfResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/resources/{resource}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeClientOfResource", OperationTags.Clients, "Change a client of a resource",
            OperationResponse.Ok(() => new ClientResponse(Samples.ClientBody, PlainSecret: null), hasETag: true),
            "For a client that registered itself, enabled is the only member.")
        { Body = "ChangeClient" });

    private static async Task<IResult> HandleAsync(
        string resource, string client, ApiCaller caller, JsonBody body, IfMatch expected, StaticClients clients,
        CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.ChangeAsync(caller.Actor, resource, client, body, expected, cancellationToken));
}
