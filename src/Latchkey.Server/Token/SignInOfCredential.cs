using System.Text.Json;
using Latchkey.Server.Grants;
using Latchkey.Server.Limits;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Refusals;

namespace Latchkey.Server.Token;

/// <summary>
/// Finds the sign-in of a refused token request by its code or refresh token, if that is genuine: with a wrong secret, in a JSON body, or
/// of a client that does not exist any more. Nothing is changed, and nothing is read while the network has spent its budget.
/// </summary>
internal sealed class SignInOfCredential(
    LoginRequestStore authRequests, LoginSecrets secrets, RefreshTokenFamily family, GrantStore grants, RateLimits limits)
{
    /// <summary>The most bytes of a body that is not a form.</summary>
    private const int MaxBody = 16 * 1024;

    private const int MaxDepth = 4;

    public async Task<OAuthErrorResponse> FormAsync(
        HttpContext http, OAuthErrorResponse refusal, RequestParameters form, CancellationToken cancellationToken) =>
        await AttributedAsync(http, refusal.Sent(form), form["code"], form["refresh_token"], cancellationToken);

    /// <summary>For a request whose body is not a form. A JSON body with the members of a token request is a common mistake.</summary>
    public async Task<OAuthErrorResponse> BodyAsync(HttpContext http, OAuthErrorResponse refusal, CancellationToken cancellationToken)
    {
        var isJson = http.Request.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true
            && http.Request.ContentLength is null or (> 0 and <= MaxBody);
        return isJson
            && await StrictJson.ReadAsync(http.Request, MaxBody, MaxDepth, cancellationToken)
                is StrictJson.Value { Root: { ValueKind: JsonValueKind.Object } body }
            ? await AttributedAsync(
                http, ClientOf(refusal, Text(body, "client_id")), Text(body, "code"), Text(body, "refresh_token"), cancellationToken)
            : refusal;
    }

    private async Task<OAuthErrorResponse> AttributedAsync(
        HttpContext http, OAuthErrorResponse refusal, string? code, string? refreshToken, CancellationToken cancellationToken)
    {
        if (refusal.Exceeded is not null || limits.Spent(http) is not null)
        {
            return refusal;
        }

        if (code is not null
            && LoginSecrets.ClaimedByCode(code) is { } id
            && await authRequests.FindAsync(id, cancellationToken) is { Details: var details }
            && secrets.IsCode(details, code))
        {
            return refusal.Of(details.AuthorizationId, id);
        }

        return refreshToken is not null
            && family.Parse(refreshToken) is { } presented
            && await grants.FindAsync(presented.Grant, cancellationToken) is { Grant: var grant }
                ? refusal.Of(grant.AuthorizationId, loginRequest: null)
                : refusal;
    }

    private static OAuthErrorResponse ClientOf(OAuthErrorResponse refusal, string? client) =>
        client is null ? refusal : refusal.With(SignIns.Fact.Sent(SignIns.FactNames.ClientId, client));

    private static string? Text(JsonElement body, string name) =>
        body.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
