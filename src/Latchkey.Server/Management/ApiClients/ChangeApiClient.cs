namespace Latchkey.Server.Management.ApiClients;

internal static class ChangeApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPatch("/api/v1/clients/{client}", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "ChangeApiClient", OperationTags.ApiClients, "Change an API client",
            OperationResponse.Ok(() => new ApiClientResponse(Samples.ApiClientBody, PlainSecret: null), hasETag: true))
        {
            Description = "Applies at once, also to tokens already issued: a token contains only the id of its client.",
            Body = "ChangeApiClient",
            Problems = [ApiClientAdministration.OwnCredential, Problem.Overtaken],
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string client, ApiCaller caller, IfMatch expected, ApiClientAdministration clients,
        CancellationToken cancellationToken) =>
        ApiClientResponse.Of(
            await clients.ChangeAsync(caller, client, await JsonBody.ReadAsync(http, cancellationToken), expected, cancellationToken));
}
