namespace Latchkey.Server.Management.Access;

internal static class ListGrants
{
    private const string Live = "live";
    private const string Ended = "ended";

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/grants", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListGrants", OperationTags.Access, "List grants",
            OperationResponse.Ok(() => new GrantListResponse(1, "", [Samples.GrantBody])),
            "One grant per sign-in of a client (laptop, desktop), newest first.")
        {
            Filters = [.. AccessFilters.Ids, AccessFilters.Search, new("state", "Only those in this state.") { Choices = [Live, Ended] }],
        });

    private static async Task<IResult> HandleAsync(ListQuery query, AccessAdministration access, CancellationToken cancellationToken)
    {
        var (filter, page) = (AccessFilters.Read(query), query.Page());
        var state = query.Choice("state", Live, Ended);
        return query.Validate() is { } problem
            ? problem
            : JsonResponses.Ok(await access.GrantsAsync(filter, state is null ? null : state == Live, page, cancellationToken));
    }
}
