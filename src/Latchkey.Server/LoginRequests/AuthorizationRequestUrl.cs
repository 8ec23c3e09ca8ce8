using System.Globalization;

namespace Latchkey.Server.LoginRequests;

/// <summary>Writes a stored authorization request as the URL with which its client began it (OAuth 2.1 §4.1.1).</summary>
internal static class AuthorizationRequestUrl
{
    /// <summary>
    /// The same request again, which passes every check anew. Scopes that the client did not name are left out, so that the page offers
    /// them unticked again, and a resource that it did not name as well.
    /// </summary>
    public static string Of(AuthorizationRequest request, ClientId client)
    {
        var unticked = Scope.Parse(request.UntickedScope);
        var scope = Scope.Parse(request.Scope).Where(s => !unticked.Contains(s));
        IEnumerable<KeyValuePair<string, string?>> parameters =
        [
            new("response_type", "code"),
            new("client_id", client.Value),
            new("redirect_uri", request.RedirectUri),
            new("scope", scope.Count > 0 ? scope.ToString() : null),
            new("code_challenge", request.CodeChallenge),
            new("code_challenge_method", Pkce.Method),
            new("response_mode", request.ResponseMode == ResponseMode.FormPost ? "form_post" : null),
            new("state", request.State),
            new("prompt", request.Prompt),
            new("max_age", request.MaxAge?.ToString(CultureInfo.InvariantCulture)),
            new("acr_values", request.AcrValues),
            new("login_hint", request.LoginHint),
            new("ui_locales", request.UiLocales),
            new("nonce", request.Nonce),
            .. (request.ResourceIndicators ?? []).Select(resource => new KeyValuePair<string, string?>("resource", resource)),
        ];
        return AuthorizationResponse.WithQuery(
            Issuer.AuthorizationEndpointOf(request.Issuer),
            parameters.Where(p => p.Value is not null).Select(p => new KeyValuePair<string, string>(p.Key, p.Value!)));
    }
}
