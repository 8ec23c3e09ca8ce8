namespace Latchkey.Server.Management.Clients;

internal static class ChangeClientOfResource
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/resources/{resource}/clients/{client}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeClientOfResource", OperationTags.Clients, "Change a client of a resource",
            OperationResponse.Ok(() => new ClientResponse(Samples.ClientBody, PlainSecret: null), hasETag: true))
        {
            Description = "For a client that registered itself, enabled is the only member.",
            Body = "ChangeClient",
            Problems = [Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, string client, ApiCaller caller, IfMatch expected, StaticClients clients,
        CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.ChangeAsync(
            caller.Actor, resource, client, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken));
}
