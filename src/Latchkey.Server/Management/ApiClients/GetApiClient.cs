namespace Latchkey.Server.Management.ApiClients;

internal static class GetApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetApiClient", OperationTags.ApiClients, "Read an API client",
            OperationResponse.Ok(() => new ApiClientResponse(Samples.SeenApiClientBody, PlainSecret: null), hasETag: true),
            "seen_addresses are the addresses from which it was used. A new one is a warning in the log."));

    private static async Task<IResult> HandleAsync(string client, ApiClientAdministration clients, CancellationToken cancellationToken) =>
        ApiClientResponse.Of(await clients.FindAsync(client, cancellationToken));
}
