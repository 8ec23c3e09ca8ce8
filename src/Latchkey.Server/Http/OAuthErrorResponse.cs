namespace Latchkey.Server.Http;

/// <summary>
/// An error of the token or revocation endpoint. The case is for the sign-in log and tests; the client gets the RFC's code and one sentence
/// for every way in which a credential can be wrong (OAuth 2.1 §3.2.4).
/// </summary>
internal sealed record OAuthErrorResponse(string Case, int Status, OAuthError Error)
{
    /// <summary>Set when a later attempt can succeed.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>The <c>client_assertion_type</c> of <c>private_key_jwt</c> (RFC 7523 §2.2).</summary>
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private const string DeadGrant =
        "The code or token is unknown, expired, revoked or issued to another client. Start a new authorization.";

    public static readonly OAuthErrorResponse NotAForm = Bad(
        "not_a_form", OAuthError.InvalidRequest("The body must be application/x-www-form-urlencoded."));
    public static readonly OAuthErrorResponse NoGrantType = Bad(
        "no_grant_type", OAuthError.InvalidRequest("The parameter grant_type is missing."));
    public static readonly OAuthErrorResponse UnknownGrantType = Bad("unknown_grant_type", OAuthError.UnsupportedGrantType(
        $"The grant_type must be {GrantType.Sentence([.. GrantType.All.Select(type => type.Name)], "or")}."));
    public static readonly OAuthErrorResponse GrantTypeNotAllowed = Bad(
        "grant_type_not_allowed", OAuthError.UnauthorizedClient("This client is not allowed to use this grant_type."));

    public static readonly OAuthErrorResponse SecretInQuery = Bad(
        "secret_in_query",
        OAuthError.InvalidRequest("Send credentials in the body or the Authorization header, never in the URL. Replace this secret."));
    public static readonly OAuthErrorResponse TwoMethods = Bad(
        "two_methods", OAuthError.InvalidRequest("Authenticate with the Authorization header or with the body, not with both."));
    public static readonly OAuthErrorResponse NoClient = new("no_client", 401, OAuthError.InvalidClient("The client_id is missing."));
    public static readonly OAuthErrorResponse WrongClient = new(
        "wrong_client", 401, OAuthError.InvalidClient("The client is unknown, or its credentials are wrong."));
    public static readonly OAuthErrorResponse WrongMethod = new(
        "wrong_method", 401, OAuthError.InvalidClient("The client is not registered for this authentication method."));

    public static readonly OAuthErrorResponse WrongAssertionType = Bad(
        "wrong_assertion_type", OAuthError.InvalidRequest($"The client_assertion_type must be {AssertionType}."));
    public static readonly OAuthErrorResponse KeysUnavailable = new("keys_unavailable", 503, new OAuthError(
        "temporarily_unavailable", "The keys of the client cannot be fetched from its host at the moment. Try again later."))
    {
        RetryAfterSeconds = 5
    };
    public static readonly OAuthErrorResponse KeyIdRequired = new("key_id_required", 401, OAuthError.InvalidClient(
        "Several keys of the client fit the assertion. Its header must name one in kid."));

    public static readonly OAuthErrorResponse NoCode = Bad("no_code", OAuthError.InvalidRequest("The parameter code is missing."));
    public static readonly OAuthErrorResponse NoVerifier = Grant("no_verifier");
    public static readonly OAuthErrorResponse UnknownCode = Grant("unknown_code");
    public static readonly OAuthErrorResponse CodeOfAnotherClient = Grant("code_of_another_client");
    public static readonly OAuthErrorResponse CodeExpired = Grant("code_expired");
    public static readonly OAuthErrorResponse WrongVerifier = Grant("wrong_verifier");
    public static readonly OAuthErrorResponse WrongRedirectUri = Grant("wrong_redirect_uri");
    public static readonly OAuthErrorResponse CodeReplayedAtOnce = Grant("code_replayed_at_once");
    public static readonly OAuthErrorResponse CodeReplayed = Grant("code_replayed");
    public static readonly OAuthErrorResponse ResourceGone = Grant("resource_or_connection_gone");

    public static readonly OAuthErrorResponse NoRefreshToken = Bad(
        "no_refresh_token", OAuthError.InvalidRequest("The parameter refresh_token is missing."));
    public static readonly OAuthErrorResponse UnknownRefreshToken = Grant("unknown_refresh_token");
    public static readonly OAuthErrorResponse RefreshTokenOfAnotherClient = Grant("refresh_token_of_another_client");
    public static readonly OAuthErrorResponse GrantEnded = Grant("grant_ended");
    public static readonly OAuthErrorResponse GrantExpired = Grant("grant_expired");
    public static readonly OAuthErrorResponse RefreshTokenFromElsewhere = Grant("refresh_token_from_elsewhere");
    public static readonly OAuthErrorResponse LostResponseRepeated = Grant("lost_response_repeated");
    public static readonly OAuthErrorResponse RefreshTokenReplayed = Grant("refresh_token_replayed");
    public static readonly OAuthErrorResponse NothingOfGrant = Bad(
        "nothing_of_grant", OAuthError.InvalidScope("None of the scopes was granted, or none of them exists any longer."));
    public static readonly OAuthErrorResponse NothingOfScope = Bad(
        "nothing_of_scope", OAuthError.InvalidScope("None of the scopes can be granted to this client."));
    public static readonly OAuthErrorResponse WrongResource = Bad(
        "wrong_resource",
        OAuthError.InvalidTarget("The requested resource, or the resource of this token endpoint, is not the one that was authorized."));
    public static readonly OAuthErrorResponse NoResource = Bad(
        "no_resource", OAuthError.InvalidTarget("The parameter resource must be the URI of one registered MCP server."));
    public static readonly OAuthErrorResponse TokenOfAnotherClient = Grant("token_of_another_client");
    public static readonly OAuthErrorResponse NotAResourceServer = Forbidden(
        "not_a_resource_server",
        "Only a client that an operator created for the resource server (use resource_server) is allowed to introspect tokens.");
    public static readonly OAuthErrorResponse OtherResourceServer = Forbidden(
        "other_resource_server", "This client is of another resource; it can introspect at the endpoint of its own resource.");
    public static readonly OAuthErrorResponse MayNotRevoke = Forbidden(
        "may_not_revoke", "This API client is not allowed to revoke tokens; that takes the role management.");
    public static readonly OAuthErrorResponse InvalidBearer = new(
        "invalid_bearer", 401, new OAuthError("invalid_token", "The bearer token is not a valid management token."));
    public static readonly OAuthErrorResponse ManagementTokenNotRevocable = Bad(
        "management_token_not_revocable",
        new OAuthError("unsupported_token_type", "A management token cannot be revoked. Disable the API client, or delete it."));
    public static readonly OAuthErrorResponse NoToken = Bad("no_token", OAuthError.InvalidRequest("The parameter token is missing."));

    public static OAuthErrorResponse Repeated(string parameter) =>
        Bad("repeated_parameter", OAuthError.InvalidRequest($"The parameter {parameter} was sent more than once."));

    /// <summary>
    /// RFC 6585 §4. On <c>temporarily_unavailable</c>, clients keep their tokens. <c>slow_down</c> (RFC 8628 §3.5) is for devices only, and
    /// the MCP SDK treats an unknown code as a broken server, discards the refresh token and opens the browser again.
    /// </summary>
    public static OAuthErrorResponse TooManyRequests(RateLimitExceeded exceeded, string what) =>
        new("too_many_requests", StatusCodes.Status429TooManyRequests, new OAuthError("temporarily_unavailable", exceeded.Sentence(what)))
        {
            RetryAfterSeconds = exceeded.RetryAfterSeconds
        };

    private static OAuthErrorResponse Bad(string @case, OAuthError error) => new(@case, 400, error);

    private static OAuthErrorResponse Forbidden(string @case, string description) =>
        new(@case, StatusCodes.Status403Forbidden, OAuthError.UnauthorizedClient(description));

    private static OAuthErrorResponse Grant(string @case) => new(@case, 400, OAuthError.InvalidGrant(DeadGrant));
}
