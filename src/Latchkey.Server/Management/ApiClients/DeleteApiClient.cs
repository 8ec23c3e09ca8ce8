namespace Latchkey.Server.Management.ApiClients;

internal static class DeleteApiClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteApiClient", OperationTags.ApiClients, "Delete an API client", OperationResponse.Empty)
        { Problems = [ApiClientAdministration.OwnCredential] });

    private static async Task<IResult> HandleAsync(
        string client, ApiCaller caller, IfMatch expected, ApiClientAdministration clients, CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller, client, expected, cancellationToken) ?? JsonResponses.Nothing;
}
