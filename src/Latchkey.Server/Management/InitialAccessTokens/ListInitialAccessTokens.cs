namespace Latchkey.Server.Management.InitialAccessTokens;

internal static class ListInitialAccessTokens
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/resources/{resource}/initial-access-tokens", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "ListInitialAccessTokens", OperationTags.InitialAccessTokens, "List the initial access tokens of a resource",
            OperationResponse.Ok(() => new InitialAccessTokenListResponse(1, "", [Samples.InitialAccessTokenBody]))));

    private static async Task<IResult> HandleAsync(
        ListQuery query, string resource, InitialAccessTokenAdministration tokens, CancellationToken cancellationToken) =>
        JsonResponses.Of(await tokens.OfResourceAsync(resource, cancellationToken), all =>
            query.PageOf(all, t => t.Id.Value, out var page) is { } problem ? problem : JsonResponses.Ok(
                new InitialAccessTokenListResponse(all.Count, page.NextToken, [.. page.Items.Select(InitialAccessTokenBody.Of)])));
}
