namespace Latchkey.Server.Management.InitialAccessTokens;

internal static class DeleteInitialAccessToken
{
    public static void Map(
        IEndpointRouteBuilder app) => app.MapDelete("/api/v1/resources/{resource}/initial-access-tokens/{token}", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "DeleteInitialAccessToken", OperationTags.InitialAccessTokens, "Delete an initial access token",
            OperationResponse.Empty,
            "The clients that were registered with it stay."));

    private static async Task<IResult> HandleAsync(
        string resource, string token, ApiCaller caller, InitialAccessTokenAdministration tokens, CancellationToken cancellationToken) =>
        await tokens.DeleteAsync(caller.Actor, resource, token, cancellationToken) ?? JsonResponses.Nothing;
}
