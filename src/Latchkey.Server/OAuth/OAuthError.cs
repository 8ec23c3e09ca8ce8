namespace Latchkey.Server.OAuth;

/// <summary>
/// The error that a client receives: an RFC's error code and one sentence on what to do. It does not reveal which internal check failed.
/// </summary>
/// <param name="Code">RFC 6749 §4.1.2.1 and §5.2, RFC 8707 §2, RFC 7591 §3.2.2, OpenID Connect Core §3.1.2.6.</param>
/// <param name="Description">Printable ASCII without quotes and backslashes (RFC 6749 §5.2), to fit in headers and JSON.</param>
internal sealed record OAuthError(string Code, string Description)
{
    public const string InvalidClientCode = "invalid_client";

    public static OAuthError InvalidRequest(string description) => new("invalid_request", description);
    public static OAuthError InvalidClient(string description) => new(InvalidClientCode, description);
    public static OAuthError InvalidGrant(string description) => new("invalid_grant", description);
    public static OAuthError InvalidScope(string description) => new("invalid_scope", description);
    public static OAuthError InvalidTarget(string description) => new("invalid_target", description);
    public static OAuthError UnauthorizedClient(string description) => new("unauthorized_client", description);
    public static OAuthError UnsupportedGrantType(string description) => new("unsupported_grant_type", description);
    public static OAuthError UnsupportedResponseType(string description) => new("unsupported_response_type", description);
    public static OAuthError AccessDenied(string description) => new("access_denied", description);
    public static OAuthError LoginRequired(string description) => new("login_required", description);
    public static OAuthError InvalidRedirectUri(string description) => new("invalid_redirect_uri", description);
    public static OAuthError InvalidClientMetadata(string description) => new("invalid_client_metadata", description);

    /// <summary>Ends the description with the reference of the sign-in, which leads to the cause in the sign-in log.</summary>
    public OAuthError WithReference(string reference)
    {
        var text = Description.TrimEnd();
        var end = text.Length == 0 ? "" : text[^1] is '.' or '!' or '?' ? " " : ". ";
        return this with { Description = $"{text}{end}Reference {reference}" };
    }

    /// <summary>Makes untrusted text safe for <c>error_description</c>: at most 200 characters, invalid ones become spaces.</summary>
    public static string Printable(string text)
    {
        var length = Math.Min(text.Length, 200);
        return string.Create(length, text, static (span, source) =>
        {
            for (var i = 0; i < span.Length; i++)
            {
                span[i] = source[i] is >= ' ' and <= '~' and not '"' and not '\\' ? source[i] : ' ';
            }
        });
    }
}
