using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class ListOrganizationClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/organizations/{organization}/clients", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListOrganizationClients", OperationTags.Organizations, "List the clients of an organization",
            OperationResponse.Ok(() => new OAuthClientListResponse(1, "", [Samples.OrganizationClientBody]))));

    private static async Task<IResult> HandleAsync(
        HttpRequest http, ListQuery query, string organization, OrganizationClients clients, CancellationToken cancellationToken)
    {
        var page = query.Page();
        return query.Validate() is { } problem ? problem : JsonResponses.Of(
            await clients.ListAsync(RawPathSegment.Organization(http, organization), page, cancellationToken),
            ClientResponses.List);
    }
}
