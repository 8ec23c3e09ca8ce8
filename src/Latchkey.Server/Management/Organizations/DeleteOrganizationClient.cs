namespace Latchkey.Server.Management.Organizations;

internal static class DeleteOrganizationClient
{
    public static void Map(IEndpointRouteBuilder app) => app.MapDelete("/api/v1/organizations/{organization}/clients/{client}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteOrganizationClient", OperationTags.Organizations, "Delete a client of an organization",
            OperationResponse.Empty));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, string client, ApiCaller caller, IfMatch expected, OrganizationClients clients,
        CancellationToken cancellationToken) =>
        await clients.DeleteAsync(caller.Actor, RawPathSegment.Organization(http, organization), client, expected, cancellationToken)
        ?? JsonResponses.Nothing;
}
