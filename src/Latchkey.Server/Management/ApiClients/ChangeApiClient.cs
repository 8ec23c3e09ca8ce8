namespace Latchkey.Server.Management.ApiClients;

internal static class ChangeApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "ChangeApiClient", OperationTags.ApiClients, "Change an API client",
            OperationResponse.Ok(() => new ApiClientResponse(Samples.ApiClientBody, PlainSecret: null), hasETag: true),
            "Applies at once, also to tokens already issued: a token contains only the id of its client.")
        { Problems = [ApiClientAdministration.OwnCredential] });

    private static async Task<IResult> HandleAsync(
        string client, ApiCaller caller, JsonBody body, IfMatch expected, ApiClientAdministration clients,
        CancellationToken cancellationToken) =>
        ApiClientResponse.Of(await clients.ChangeAsync(caller, client, body, expected, cancellationToken));
}
