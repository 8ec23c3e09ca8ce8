using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Token;

/// <summary>JSON responses of OAuth endpoints: never cached (OAuth 2.1 §3.2.3); errors follow RFC 6749 §5.2.</summary>
internal static class OAuthJson
{
    public static IResult Ok<T>(T answer, JsonTypeInfo<T> json) => new Answer<T>(StatusCodes.Status200OK, answer, json, Challenge: null);

    public static IResult Created<T>(T answer, JsonTypeInfo<T> json) => new Answer<T>(StatusCodes.Status201Created, answer, json, Challenge: null);

    /// <summary>The path names a resource that does not exist.</summary>
    public static IResult UnknownResource => Refusal(new TokenRefusal(
        "unknown_resource", StatusCodes.Status404NotFound, new OAuth.OAuthError("unknown_resource", "No resource has this id.")));

    public static IResult Refusal(TokenRefusal refusal, bool usedBasic = false) => new Answer<ErrorResponse>(
        refusal.Status,
        new(refusal.Error.Code, refusal.Error.Description),
        TokenJson.Default.ErrorResponse,
        Challenge: refusal.Status == StatusCodes.Status401Unauthorized && usedBasic ? "Basic realm=\"latchkey\"" : null,
        refusal.RetryAfterSeconds);

    /// <summary>An error of an endpoint that expects a bearer token: 401 responses carry a challenge (RFC 6750 §3).</summary>
    public static IResult BearerRefusal(TokenRefusal refusal) => new Answer<ErrorResponse>(
        refusal.Status,
        new(refusal.Error.Code, refusal.Error.Description),
        TokenJson.Default.ErrorResponse,
        Challenge: refusal.Status == StatusCodes.Status401Unauthorized ? $"Bearer error=\"{refusal.Error.Code}\"" : null);

    private sealed record Answer<T>(int Status, T Body, JsonTypeInfo<T> Json, string? Challenge, int? RetryAfterSeconds = null) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var response = httpContext.Response;
            response.StatusCode = Status;
            response.ContentType = "application/json";
            response.Headers.CacheControl = "no-store";
            if (Challenge is not null)
            {
                response.Headers.WWWAuthenticate = Challenge;
            }

            if (RetryAfterSeconds is { } seconds)
            {
                response.Headers.RetryAfter = seconds.ToString();
            }

            await JsonSerializer.SerializeAsync(response.Body, Body, Json, httpContext.RequestAborted);
        }
    }
}
