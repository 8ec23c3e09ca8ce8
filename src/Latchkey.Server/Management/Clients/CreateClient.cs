namespace Latchkey.Server.Management.Clients;

internal static class CreateClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateClient", OperationTags.Clients, "Create a client of a resource",
            OperationResponse.Created(() => Samples.Fresh(Samples.ClientBody), hasETag: true))
        {
            Description = "A client without redirect_uris acts for itself (client_credentials). plain_secret is shown only once.",
            Body = "CreateClient",
            TakesIdempotencyKey = true,
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, ApiCaller caller, StaticClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Created(
            await clients.CreateAsync(caller.Actor, resource, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken));
}
