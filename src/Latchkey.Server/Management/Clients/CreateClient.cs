namespace Latchkey.Server.Management.Clients;

internal static class CreateClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/clients", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateClient", OperationTags.Clients, "Create a client of a resource",
            OperationResponse.Created(() => Samples.Fresh(Samples.ClientBody), hasETag: true),
            "A client without redirect_uris acts for itself (client_credentials). plain_secret is shown only once.")
        { TakesIdempotencyKey = true });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, JsonBody body, StaticClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Created(await clients.CreateAsync(caller.Actor, resource, body, cancellationToken));
}
