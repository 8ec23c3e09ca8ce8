using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Latchkey.Server.Http;

/// <summary>JSON responses of OAuth endpoints: never cached (OAuth 2.1 §3.2.3); errors follow RFC 6749 §5.2.</summary>
internal static class OAuthJson
{
    public static IResult Ok<T>(T answer, JsonTypeInfo<T> json) => JsonResult.Of(StatusCodes.Status200OK, answer, json);

    public static IResult Created<T>(T answer, JsonTypeInfo<T> json) => JsonResult.Of(StatusCodes.Status201Created, answer, json);

    /// <summary>The path names a resource that does not exist.</summary>
    public static IResult UnknownResource => Refusal(new OAuthErrorResponse(
        "unknown_resource", StatusCodes.Status404NotFound, new OAuthError("unknown_resource", "No resource has this id.")));

    public static IResult Refusal(OAuthErrorResponse refusal, bool usedBasic = false) =>
        Error(refusal, usedBasic ? "Basic realm=\"latchkey\"" : null) with
        {
            RetryAfterSeconds = refusal.RetryAfterSeconds,
        };

    /// <summary>A refusal of a bearer token: a 401 has a challenge that names the error (RFC 6750 §3).</summary>
    public static IResult BearerError(OAuthErrorResponse refusal) => Error(refusal, $"Bearer error=\"{refusal.Error.Code}\"");

    private static JsonResult Error(OAuthErrorResponse refusal, string? challenge) =>
        JsonResult.Of(
            refusal.Status, new OAuthErrorBody(refusal.Error.Code, refusal.Error.Description), OAuthErrorJson.Default.OAuthErrorBody) with
        {
            Challenge = refusal.Status == StatusCodes.Status401Unauthorized ? challenge : null,
        };
}

/// <summary>RFC 6749 §5.2.</summary>
internal sealed record OAuthErrorBody(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string ErrorDescription);

[JsonSerializable(typeof(OAuthErrorBody))]
internal sealed partial class OAuthErrorJson : JsonSerializerContext;
