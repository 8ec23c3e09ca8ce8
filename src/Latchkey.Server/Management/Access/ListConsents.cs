namespace Latchkey.Server.Management.Access;

internal static class ListConsents
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/user_consents", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListConsents", OperationTags.Access, "List consents",
            OperationResponse.Ok(() => new ConsentListResponse(1, "", [Samples.ConsentBody])),
            "The consents of users to clients, newest first.")
        { Filters = [.. AccessFilters.Ids, AccessFilters.Search] });

    private static async Task<IResult> HandleAsync(ListQuery query, AccessAdministration access, CancellationToken cancellationToken)
    {
        var (filter, page) = (AccessFilters.Read(query), query.Page());
        return query.Validate() is { } problem
            ? problem
            : JsonResponses.Ok(await access.ConsentsAsync(filter, page, cancellationToken));
    }
}
