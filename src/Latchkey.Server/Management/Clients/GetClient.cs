namespace Latchkey.Server.Management.Clients;

internal static class GetClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/oauth-clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetClient", OperationTags.Clients, "Read any client",
            OperationResponse.Ok(() => new ClientResponse(Samples.ClientBody, PlainSecret: null), hasETag: true)));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, StaticClients clients, CancellationToken cancellationToken) =>
        ClientResponses.Ok(await clients.FindAsync(resource: null, RawPathSegment.Client(http, client), cancellationToken));
}
