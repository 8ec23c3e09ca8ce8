namespace Latchkey.Server.Management.Access;

internal static class ListConsents
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/user_consents", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new(
            "ListConsents", OperationTags.Access, "List consents",
            OperationResponse.Ok(() => new ConsentListResponse(1, "", [Samples.ConsentBody])))
        {
            Description = "The consents of users to clients, newest first.",
            IsPaged = true,
            Filters = [.. AccessFilters.Ids, AccessFilters.Search],
        });

    private static async Task<IResult> HandleAsync(HttpRequest http, AccessAdministration access, CancellationToken cancellationToken)
    {
        var query = new ListQuery(http);
        var (filter, page) = (AccessFilters.Read(query), query.Page());
        if (query.Validate() is { } problem)
        {
            return problem;
        }

        var (total, shown) = await access.ConsentsAsync(filter, page, cancellationToken);
        return JsonResponses.Ok(new ConsentListResponse(total, shown.NextToken, shown.Items));
    }
}
