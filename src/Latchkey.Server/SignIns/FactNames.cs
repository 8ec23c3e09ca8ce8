namespace Latchkey.Server.SignIns;

/// <summary>The names that facts may have. A name that is not listed cannot be recorded, so that no secret is by oversight.</summary>
internal static class FactNames
{
    public const string Acr = "acr";
    public const string Algorithm = "alg";
    public const string ApiClientId = "api_client_id";
    public const string Audience = "aud";
    public const string AuthTime = "auth_time";
    public const string Bytes = "bytes";
    public const string ClientAssertionType = "client_assertion_type";
    public const string ClientId = "client_id";
    public const string ClientName = "client_name";
    public const string CodeChallenge = "code_challenge";
    public const string CodeChallengeMethod = "code_challenge_method";
    public const string ConnectionId = "connection_id";
    public const string ContentType = "content_type";
    public const string Decision = "decision";
    public const string Error = "error";
    public const string ErrorDescription = "error_description";
    public const string ExpiresIn = "expires_in";
    public const string FetchDestination = "sec_fetch_dest";
    public const string FormerNetwork = "former_network";
    public const string GrantId = "grant_id";
    public const string GrantType = "grant_type";
    public const string Headers = "headers";
    public const string Host = "host";
    public const string Issuer = "iss";
    public const string LoginRequestId = "login_request_id";
    public const string MaxAge = "max_age";
    public const string Members = "members";
    public const string Method = "method";
    public const string Network = "network";
    public const string Number = "number";
    public const string Organization = "organization";
    public const string Origin = "origin";
    public const string Parameter = "parameter";
    public const string Path = "path";
    public const string Prompt = "prompt";
    public const string Reason = "reason";
    public const string RedirectUri = "redirect_uri";
    public const string Resource = "resource";
    public const string ResponseMode = "response_mode";
    public const string ResponseType = "response_type";
    public const string Role = "role";
    public const string Scope = "scope";
    public const string SecondsAllowed = "seconds_allowed";
    public const string SecondsLate = "seconds_late";

    /// <summary>The length of a secret that was sent; the last characters and the age of those that are valid.</summary>
    public const string SecretHint = "secret_hint";
    public const string Stage = "stage";

    /// <summary>The length of <c>state</c>, never its value.</summary>
    public const string State = "state";
    public const string Subject = "sub";
    public const string TokenEndpointAuthMethod = "token_endpoint_auth_method";
    public const string UserAgent = "user_agent";

    public static IReadOnlySet<string> All { get; } = new HashSet<string>(StringComparer.Ordinal)
    {
        Acr, Algorithm, ApiClientId, Audience, AuthTime, Bytes, ClientAssertionType, ClientId, ClientName, CodeChallenge,
        CodeChallengeMethod, ConnectionId, ContentType, Decision, Error, ErrorDescription, ExpiresIn, FetchDestination, FormerNetwork,
        GrantId, GrantType, Headers, Host, Issuer, LoginRequestId, MaxAge, Members, Method, Network, Number,
        Organization, Origin, Parameter, Path, Prompt, Reason, RedirectUri, Resource, ResponseMode, ResponseType, Role, Scope,
        SecondsAllowed, SecondsLate, SecretHint, Stage, State, Subject, TokenEndpointAuthMethod, UserAgent,
    };
}
