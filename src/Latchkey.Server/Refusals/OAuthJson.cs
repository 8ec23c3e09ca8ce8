using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Refusals;

/// <summary>JSON responses of OAuth endpoints: never cached (OAuth 2.1 §3.2.3); errors follow RFC 6749 §5.2.</summary>
internal static class OAuthJson
{
    public static IResult Ok<T>(T answer, JsonTypeInfo<T> json) => JsonResult.Of(StatusCodes.Status200OK, answer, json);

    public static IResult Created<T>(T answer, JsonTypeInfo<T> json) => JsonResult.Of(StatusCodes.Status201Created, answer, json);

    /// <summary>The path names a resource that does not exist.</summary>
    /// <param name="expected">The paths of those that exist.</param>
    public static IResult UnknownResource(Fact[] expected) => Refusal(OAuthErrorResponse.UnknownResource.With(expected));

    public static IResult Refusal(OAuthErrorResponse refusal, bool usedBasic = false) =>
        new RefusalResult(refusal, usedBasic ? "Basic realm=\"latchkey\"" : null);

    /// <summary>A refusal of a bearer token: a 401 has a challenge that names the error (RFC 6750 §3).</summary>
    public static IResult BearerError(OAuthErrorResponse refusal) =>
        new RefusalResult(refusal, $"Bearer error=\"{refusal.Error.Code}\"");
}

/// <summary>
/// Writes a refusal. Here, because every refusal of a program passes here: the refusal is recorded, unless it is already, and its reference
/// ends the <c>error_description</c>.
/// </summary>
internal sealed class RefusalResult(OAuthErrorResponse refusal, string? challenge) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var reference = httpContext.RequestServices.GetRequiredService<RefusalLog>().Record(httpContext, refusal);
        var error = refusal.Error.WithReference(reference);
        var response = JsonResult.Of(
            refusal.Status, new OAuthErrorBody(error.Code, error.Description), OAuthErrorJson.Default.OAuthErrorBody) with
        {
            Challenge = refusal.Status == StatusCodes.Status401Unauthorized ? challenge : null,
            RetryAfterSeconds = refusal.RetryAfterSeconds,
        };
        return response.ExecuteAsync(httpContext);
    }
}

/// <summary>RFC 6749 §5.2.</summary>
internal sealed record OAuthErrorBody(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string ErrorDescription);

[JsonSerializable(typeof(OAuthErrorBody))]
internal sealed partial class OAuthErrorJson : JsonSerializerContext;
