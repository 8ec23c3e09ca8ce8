using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.Token;

namespace Latchkey.Server.UserInfo;

/// <summary>
/// <c>/userinfo</c> (OpenID Connect Core §5.3):
/// 1. one bearer token, in the Authorization header only (RFC 6750 §2.1); 2. a live access token of a person with the scope <c>openid</c>;
/// 3. the claims of its scopes, from the user's newest snapshot.
/// </summary>
internal static class UserInfoEndpoint
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapMethods("/userinfo", [HttpMethods.Get, HttpMethods.Post], GetAsync).RequireCors(Cors.OAuth)
            .Costs(new RouteCost.Credential(RouteCost.RowUnits));

    private static async Task<IResult> GetAsync(
        HttpRequest request, LiveTokens tokens, RateLimits limits, CancellationToken cancellationToken)
    {
        var bearers = BearerTokens.Of(request);
        if (bearers.Count != 1)
        {
            return new Challenge(StatusCodes.Status401Unauthorized, "Bearer realm=\"latchkey\"");
        }

        return await tokens.FindAsync(bearers[0], cancellationToken) switch
        {
            null => new Challenge(StatusCodes.Status401Unauthorized, "Bearer error=\"invalid_token\""),
            { Person: { } person } live when live.Token.Scope.Contains(Scope.OpenId) => Claims(request.HttpContext, limits, person, live),
            _ => new Challenge(StatusCodes.Status403Forbidden, "Bearer error=\"insufficient_scope\" scope=\"openid\""),
        };
    }

    private static JsonResult Claims(HttpContext http, RateLimits limits, GrantAndUser person, LiveToken live)
    {
        limits.GiveBackRequest(http);
        return new(StatusCodes.Status200OK, json =>
        {
            json.WriteStartObject();
            json.WriteString("sub", person.Grant.Subject);
            TokenIssuer.WriteIdentity(json, person.User, live.Token.Scope);
            json.WriteEndObject();
        });
    }

    /// <summary>RFC 6750 §3: the scheme and at least one parameter. No commas, because a known client splits the header at them.</summary>
    private sealed class Challenge(int status, string challenge) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.Headers.WWWAuthenticate = challenge;
            httpContext.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }
    }
}
