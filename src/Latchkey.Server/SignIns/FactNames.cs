namespace Latchkey.Server.SignIns;

/// <summary>The names that facts may have. A name that is not listed cannot be recorded, so that no secret is by oversight.</summary>
internal static class FactNames
{
    public const string ApiClientId = "api_client_id";
    public const string Audience = "aud";
    public const string ClientId = "client_id";
    public const string ClientName = "client_name";
    public const string CodeChallenge = "code_challenge";
    public const string CodeChallengeMethod = "code_challenge_method";
    public const string ConnectionId = "connection_id";
    public const string ContentType = "content_type";
    public const string Error = "error";
    public const string ErrorDescription = "error_description";
    public const string ExpiresIn = "expires_in";
    public const string FormerNetwork = "former_network";
    public const string GrantId = "grant_id";
    public const string GrantType = "grant_type";
    public const string Headers = "headers";
    public const string Host = "host";
    public const string LoginRequestId = "login_request_id";
    public const string Members = "members";
    public const string Method = "method";
    public const string Network = "network";
    public const string Origin = "origin";
    public const string Parameter = "parameter";
    public const string Path = "path";
    public const string Reason = "reason";
    public const string RedirectUri = "redirect_uri";
    public const string Resource = "resource";
    public const string ResponseMode = "response_mode";
    public const string ResponseType = "response_type";
    public const string Scope = "scope";
    public const string SecondsAllowed = "seconds_allowed";
    public const string SecondsLate = "seconds_late";

    /// <summary>The length of <c>state</c>, never its value.</summary>
    public const string State = "state";
    public const string Subject = "sub";
    public const string TokenEndpointAuthMethod = "token_endpoint_auth_method";

    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        ApiClientId, Audience, ClientId, ClientName, CodeChallenge, CodeChallengeMethod, ConnectionId, ContentType, Error, ErrorDescription,
        ExpiresIn, FormerNetwork, GrantId, GrantType, Headers, Host, LoginRequestId, Members, Method, Network, Origin, Parameter, Path,
        Reason, RedirectUri, Resource, ResponseMode, ResponseType, Scope, SecondsAllowed, SecondsLate, State, Subject,
        TokenEndpointAuthMethod,
    };
}
