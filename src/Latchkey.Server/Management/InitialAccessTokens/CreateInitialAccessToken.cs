namespace Latchkey.Server.Management.InitialAccessTokens;

internal static class CreateInitialAccessToken
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/initial-access-tokens", HandleAsync)
        .RequireAuthorization(ManagementPolicies.Write)
        .Describe(new(
            "CreateInitialAccessToken", OperationTags.InitialAccessTokens, "Create an initial access token",
            OperationResponse.Created(
                () => new InitialAccessTokenResponse(Samples.InitialAccessTokenBody with { Uses = 0 }, "lki_shown-this-once")))
        {
            Description = "Allows its holder to register clients at the resource (RFC 7591 §1.2). plain_token is shown only once.",
            Body = "CreateInitialAccessToken",
            TakesIdempotencyKey = true,
        });

    private static async Task<IResult> HandleAsync(
        HttpRequest http, string resource, ApiCaller caller, InitialAccessTokenAdministration tokens,
        CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await tokens.CreateAsync(caller.Actor, resource, await JsonBody.ReadAsync(http, cancellationToken), cancellationToken),
            made => JsonResponses.Created(
                new InitialAccessTokenResponse(InitialAccessTokenBody.Of(made.Token), made.Plain.Value)));
}
