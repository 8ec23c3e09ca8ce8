using Latchkey.Server.SignIns;

namespace Latchkey.Server.Refusals;

/// <summary>
/// An error of an OAuth endpoint that answers with JSON. The cause is for the sign-in log and tests; the client gets the RFC's code and one
/// sentence for every way in which a credential can be wrong (OAuth 2.1 §3.2.4).
/// </summary>
internal sealed record OAuthErrorResponse(Cause Cause, int Status, OAuthError Error)
{
    /// <summary>Set when a later attempt can succeed.</summary>
    public int? RetryAfterSeconds { get; init; }

    /// <summary>What was sent, and what was expected.</summary>
    public IReadOnlyList<Fact> Facts { get; init; } = [];

    /// <summary>The sign-in to which the refusal belongs. Null when it is not known.</summary>
    public SignInOfRefusal? SignIn { get; init; }

    /// <summary>Set when a rate limit refused the request: all refusals of a flood share one reference.</summary>
    public RateLimitExceeded? Exceeded { get; init; }

    /// <summary>The <c>client_assertion_type</c> of <c>private_key_jwt</c> (RFC 7523 §2.2).</summary>
    public const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    private const string DeadGrant =
        "The code or token is unknown, expired, revoked or issued to another client. Start a new authorization.";

    private static readonly OAuthError WrongCredentials = OAuthError.InvalidClient("The client is unknown, or its credentials are wrong.");
    private static readonly OAuthError OtherMethod =
        OAuthError.InvalidClient("The client is not registered for this authentication method.");

    public static readonly OAuthErrorResponse UnknownResource = new(
        FindCauses.UnknownResource, StatusCodes.Status404NotFound, new OAuthError("unknown_resource", "No resource has this id."));

    public static readonly OAuthErrorResponse NotAForm = Bad(
        TokenCauses.NotAForm, OAuthError.InvalidRequest("The body must be application/x-www-form-urlencoded."));
    public static readonly OAuthErrorResponse NoGrantType = Bad(
        TokenCauses.NoGrantType, OAuthError.InvalidRequest("The parameter grant_type is missing."));
    public static readonly OAuthErrorResponse UnknownGrantType = Bad(TokenCauses.UnknownGrantType, OAuthError.UnsupportedGrantType(
        $"The grant_type must be {GrantType.Sentence([.. GrantType.All.Select(type => type.Name)], "or")}."));
    public static readonly OAuthErrorResponse GrantTypeNotAllowed = Bad(
        TokenCauses.GrantTypeNotAllowed, OAuthError.UnauthorizedClient("This client is not allowed to use this grant_type."));

    public static readonly OAuthErrorResponse SecretInQuery = Bad(
        TokenCauses.SecretInQuery,
        OAuthError.InvalidRequest("Send credentials in the body or the Authorization header, never in the URL. Replace this secret."));
    public static readonly OAuthErrorResponse TwoMethods = Bad(
        ClientAuthenticationCauses.TwoMethods,
        OAuthError.InvalidRequest("Authenticate with the Authorization header or with the body, not with both."));
    public static readonly OAuthErrorResponse NoClient = Unauthorized(
        ClientAuthenticationCauses.NoClient, OAuthError.InvalidClient("The client_id is missing."));
    public static readonly OAuthErrorResponse DeadClient = Unauthorized(ClientAuthenticationCauses.DeadClient, WrongCredentials);
    public static readonly OAuthErrorResponse WrongSecret = Unauthorized(ClientAuthenticationCauses.WrongSecret, WrongCredentials);
    public static readonly OAuthErrorResponse UnreadableCredentials = Unauthorized(
        ClientAuthenticationCauses.UnreadableCredentials, WrongCredentials);
    public static readonly OAuthErrorResponse ClientAddressNotAllowed = Unauthorized(
        ClientAuthenticationCauses.AddressNotAllowed, WrongCredentials);
    public static readonly OAuthErrorResponse MissingSecret = Unauthorized(ClientAuthenticationCauses.MissingSecret, OtherMethod);
    public static readonly OAuthErrorResponse MissingSecretOfApiClient = MissingSecret with { Error = WrongCredentials };
    public static readonly OAuthErrorResponse WrongMethod = Unauthorized(ClientAuthenticationCauses.WrongMethod, OtherMethod);

    public static readonly OAuthErrorResponse WrongAssertionType = Bad(
        ClientAuthenticationCauses.WrongAssertionType, OAuthError.InvalidRequest($"The client_assertion_type must be {AssertionType}."));
    public static readonly OAuthErrorResponse KeysUnavailable = new(ClientAuthenticationCauses.KeysUnavailable, 503, new OAuthError(
        "temporarily_unavailable", "The keys of the client cannot be fetched from its host at the moment. Try again later."))
    {
        RetryAfterSeconds = 5
    };
    public static readonly OAuthErrorResponse KeyIdRequired = Unauthorized(
        ClientAuthenticationCauses.KeyIdRequired,
        OAuthError.InvalidClient("Several keys of the client fit the assertion. Its header must name one in kid."));

    public static readonly OAuthErrorResponse NoCode = Bad(
        TokenCauses.NoCode, OAuthError.InvalidRequest("The parameter code is missing."));
    public static readonly OAuthErrorResponse NoVerifier = Grant(TokenCauses.NoVerifier);
    public static readonly OAuthErrorResponse UnknownCode = Grant(TokenCauses.UnknownCode);
    public static readonly OAuthErrorResponse CodeNotIssued = Grant(TokenCauses.CodeNotIssued);
    public static readonly OAuthErrorResponse CodeOfAnotherClient = Grant(TokenCauses.CodeOfAnotherClient);
    public static readonly OAuthErrorResponse CodeExpired = Grant(TokenCauses.CodeTooLate);
    public static readonly OAuthErrorResponse WrongVerifier = Grant(TokenCauses.WrongVerifier);
    public static readonly OAuthErrorResponse WrongRedirectUri = Grant(TokenCauses.WrongRedirectUri);
    public static readonly OAuthErrorResponse CodeReplayedAtOnce = Grant(TokenCauses.CodeReplayedAtOnce);
    public static readonly OAuthErrorResponse CodeReplayed = Grant(TokenCauses.CodeReplayed);
    public static readonly OAuthErrorResponse ChangedBeforeExchange = Grant(TokenCauses.ChangedBeforeExchange);

    public static readonly OAuthErrorResponse NoRefreshToken = Bad(
        RenewCauses.NoRefreshToken, OAuthError.InvalidRequest("The parameter refresh_token is missing."));
    public static readonly OAuthErrorResponse UnknownRefreshToken = Grant(RenewCauses.UnknownRefreshToken);
    public static readonly OAuthErrorResponse RefreshTokenOfAnotherClient = Grant(RenewCauses.RefreshTokenOfAnotherClient);
    public static readonly OAuthErrorResponse ChangedSince = Grant(RenewCauses.ChangedSince);
    public static readonly OAuthErrorResponse GrantIdle = Grant(RenewCauses.GrantIdle);
    public static readonly OAuthErrorResponse GrantAbsolute = Grant(RenewCauses.GrantAbsolute);
    public static readonly OAuthErrorResponse RefreshTokenFromElsewhere = Grant(RenewCauses.RefreshTokenFromElsewhere);
    public static readonly OAuthErrorResponse LostResponseRepeated = Grant(RenewCauses.LostResponseRepeated);
    public static readonly OAuthErrorResponse RefreshTokenReplayed = Grant(RenewCauses.RefreshTokenReplayed);
    public static readonly OAuthErrorResponse NothingOfGrant = Bad(
        TokenCauses.NothingOfGrant, OAuthError.InvalidScope("None of the scopes was granted, or none of them exists any longer."));
    public static readonly OAuthErrorResponse NothingOfScope = Bad(
        TokenCauses.NothingOfScope, OAuthError.InvalidScope("None of the scopes can be granted to this client."));
    public static readonly OAuthErrorResponse WrongResource = Bad(
        TokenCauses.WrongTarget,
        OAuthError.InvalidTarget("The requested resource, or the resource of this token endpoint, is not the one that was authorized."));
    public static readonly OAuthErrorResponse NoResource = Bad(
        TokenCauses.NoTarget, OAuthError.InvalidTarget("The parameter resource must be the URI of one registered MCP server."));
    public static readonly OAuthErrorResponse TokenOfAnotherClient = Grant(RenewCauses.TokenOfAnotherClient);
    public static readonly OAuthErrorResponse NotAResourceServer = Forbidden(
        RenewCauses.NotAResourceServer,
        "Only a client that an operator created for the resource server (use resource_server) is allowed to introspect tokens.");
    public static readonly OAuthErrorResponse OtherResourceServer = Forbidden(
        RenewCauses.OtherResourceServer, "This client is of another resource; it can introspect at the endpoint of its own resource.");
    public static readonly OAuthErrorResponse MayNotRevoke = Forbidden(
        RenewCauses.MayNotRevoke, "This API client is not allowed to revoke tokens; that takes the role management.");
    public static readonly OAuthErrorResponse InvalidBearer = Unauthorized(
        RenewCauses.InvalidBearer, new OAuthError("invalid_token", "The bearer token is not a valid management token."));
    public static readonly OAuthErrorResponse ManagementTokenNotRevocable = Bad(
        RenewCauses.ManagementTokenNotRevocable,
        new OAuthError("unsupported_token_type", "A management token cannot be revoked. Disable the API client, or delete it."));
    public static readonly OAuthErrorResponse NoToken = Bad(
        RenewCauses.NoToken, OAuthError.InvalidRequest("The parameter token is missing."));

    public static OAuthErrorResponse Repeated(string parameter) =>
        Bad(TokenCauses.RepeatedParameter, OAuthError.InvalidRequest($"The parameter {parameter} was sent more than once."))
            .With(Fact.Sent(FactNames.Parameter, parameter));

    /// <summary>Why the assertion of a client is refused is for the sign-in log only.</summary>
    public static OAuthErrorResponse AssertionRefused(string why) =>
        Unauthorized(ClientAuthenticationCauses.AssertionRefused, WrongCredentials).With(Fact.Seen(FactNames.Reason, why));

    /// <summary>A refresh token of a grant that has ended.</summary>
    /// <param name="chosen">The organisation of the grant.</param>
    /// <param name="reported">The organisations of the newest report.</param>
    public static OAuthErrorResponse LeftOrganization(string chosen, IEnumerable<string> reported) =>
        Grant(RenewCauses.OrganizationLeft).With(
            Fact.Sent(FactNames.Organization, string.Join(", ", reported) is { Length: > 0 } sent ? sent : SentParameters.Missing),
            Fact.Expected(FactNames.Organization, chosen));

    /// <param name="cause">Why the grant ended.</param>
    public static OAuthErrorResponse GrantEnded(Cause cause) => Grant(cause);

    public static OAuthErrorResponse TooManyRequests(RateLimitExceeded exceeded, string what) =>
        TooMany(FindCauses.TooManyRequests, exceeded, what);

    /// <summary>Too many wrong credentials, codes or tokens.</summary>
    public static OAuthErrorResponse TooManyFailures(RateLimitExceeded exceeded, string what) =>
        TooMany(TokenCauses.TooManyFailures, exceeded, what);

    public static OAuthErrorResponse TooManyAuthorizations(RateLimitExceeded exceeded) =>
        TooMany(AskCauses.TooManyAuthorizations, exceeded, "requests");

    public static OAuthErrorResponse TooManyRegistrations(RateLimitExceeded exceeded, string what) =>
        TooMany(FindCauses.TooManyRegistrations, exceeded, what);

    /// <summary>Adds what was sent or expected.</summary>
    public OAuthErrorResponse With(params ReadOnlySpan<Fact> facts) => this with { Facts = [.. Facts, .. facts] };

    /// <summary>Adds the parameters of the request.</summary>
    public OAuthErrorResponse Sent(RequestParameters form) => this with { Facts = SentParameters.Of(form, Facts) };

    /// <summary>Adds the content type of a request that is not a form.</summary>
    public OAuthErrorResponse Sent(HttpRequest request) => With(
        Fact.Sent(FactNames.ContentType, request.ContentType ?? SentParameters.Missing),
        Fact.Expected(FactNames.ContentType, "application/x-www-form-urlencoded"));

    /// <summary>The refusal belongs to a sign-in.</summary>
    /// <param name="isRecorded">Whether its event is recorded already.</param>
    public OAuthErrorResponse Of(AuthorizationId id, LoginRequestId? loginRequest, bool isRecorded = false) =>
        this with { SignIn = new(id, loginRequest, isRecorded) };

    /// <summary>
    /// RFC 6585 §4. On <c>temporarily_unavailable</c>, clients keep their tokens. <c>slow_down</c> (RFC 8628 §3.5) is for devices only, and
    /// the MCP SDK treats an unknown code as a broken server, discards the refresh token and opens the browser again.
    /// </summary>
    private static OAuthErrorResponse TooMany(Cause cause, RateLimitExceeded exceeded, string what) =>
        new(cause, StatusCodes.Status429TooManyRequests, new OAuthError("temporarily_unavailable", exceeded.Sentence(what)))
        {
            RetryAfterSeconds = exceeded.RetryAfterSeconds,
            Exceeded = exceeded,
        };

    private static OAuthErrorResponse Bad(Cause cause, OAuthError error) => new(cause, 400, error);

    private static OAuthErrorResponse Unauthorized(Cause cause, OAuthError error) => new(cause, StatusCodes.Status401Unauthorized, error);

    private static OAuthErrorResponse Forbidden(Cause cause, string description) =>
        new(cause, StatusCodes.Status403Forbidden, OAuthError.UnauthorizedClient(description));

    private static OAuthErrorResponse Grant(Cause cause) => new(cause, 400, OAuthError.InvalidGrant(DeadGrant));
}

/// <summary>The sign-in to which a refusal belongs.</summary>
/// <param name="IsRecorded">Whether the event of the refusal is recorded already.</param>
internal sealed record SignInOfRefusal(AuthorizationId Id, LoginRequestId? LoginRequest, bool IsRecorded = false);
