using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class ListOrganizationClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/organizations/{organization}/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "ListOrganizationClients", OperationTags.Organizations, "List the clients of an organization",
            OperationResponse.Ok(() => new OAuthClientListResponse(1, "", [Samples.OrganizationClientBody])))
        { IsPaged = true });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, OrganizationClients clients, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var page = query.Page();
        return query.Validate() is { } problem ? problem : JsonResponses.Of(
            await clients.ListAsync(RawPathSegment.Organization(http, organization), page, cancellationToken),
            found => ClientResponses.List(found.Total, found.Page));
    }
}
