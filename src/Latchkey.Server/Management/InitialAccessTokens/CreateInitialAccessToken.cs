namespace Latchkey.Server.Management.InitialAccessTokens;

internal static class CreateInitialAccessToken
{
    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/api/v1/resources/{resource}/initial-access-tokens", HandleAsync)
        .Describe(ManagementPolicies.Write, new(
            "CreateInitialAccessToken", OperationTags.InitialAccessTokens, "Create an initial access token",
            OperationResponse.Created(
                () => new InitialAccessTokenResponse(Samples.InitialAccessTokenBody with { Uses = 0 }, "lki_shown-this-once")),
            "Allows its holder to register clients at the resource (RFC 7591 §1.2). plain_token is shown only once.")
        { TakesIdempotencyKey = true });

    private static async Task<IResult> HandleAsync(
        string resource, ApiCaller caller, JsonBody body, InitialAccessTokenAdministration tokens, CancellationToken cancellationToken) =>
        JsonResponses.Of(
            await tokens.CreateAsync(caller.Actor, resource, body, cancellationToken),
            made => JsonResponses.Created(new InitialAccessTokenResponse(InitialAccessTokenBody.Of(made.Token), made.Plain.Value)));
}
