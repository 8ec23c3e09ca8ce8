using Latchkey.Server.Management.Clients;

namespace Latchkey.Server.Management.Organizations;

internal static class ListOrganizationClients
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/organizations/{organization}/clients", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "ListOrganizationClients", OperationTags.Organizations, "List the clients of an organization",
            OperationResponse.Ok(() => new OAuthClientListAnswer(1, "", [Samples.OrganizationClientBody]))) { IsPaged = true });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string organization, OrganizationClients clients, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var page = query.Page();
        return query.WhatIsWrong() is { } problem ? problem : Answers.Of(
            await clients.ListAsync(SegmentAsSent.Organization(http, organization), page, cancellationToken), found => ClientAnswers.List(found.Total, found.Page));
    }
}
