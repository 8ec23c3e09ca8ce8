using System.Globalization;
using Latchkey.Server.Refusals;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Authorize;

/// <summary>Errors of an authorization request with a valid client and redirect URI: the client gets them.</summary>
internal static class AuthorizationResponseErrors
{
    public static readonly AuthorizationError NoScope = new(
        AskParameterCauses.NoScope,
        OAuthError.InvalidScope(
            "The request names no scope that this client can get, and the resource has no default scopes. "
            + "Request one of scopes_supported, or set default_scopes of the resource."));

    public static readonly AuthorizationError PushRequired = new(
        AskCauses.PushRequired, OAuthError.InvalidRequest("This client must push its authorization requests first (RFC 9126)."));

    public static readonly AuthorizationError UnknownTarget = new(AskCauses.UnknownTarget, OAuthError.InvalidTarget(NeedsTarget));

    public static readonly AuthorizationError NoTarget = new(AskCauses.NoTarget, OAuthError.InvalidTarget(NeedsTarget));

    public static readonly AuthorizationError GrantTypeNotRegistered = new(
        AskCauses.GrantTypeNotRegistered,
        OAuthError.UnauthorizedClient("This client is not allowed to use the authorization code grant."));

    public static readonly AuthorizationError RequestObject = new(
        AskParameterCauses.RequestObject,
        new OAuthError("request_not_supported", "Request objects are not supported; send the parameters themselves."));

    public static readonly AuthorizationError ForeignRequestUri = new(
        AskParameterCauses.RequestObject,
        new OAuthError("request_uri_not_supported", "This request_uri is not one that this server issued."));

    public static readonly AuthorizationError ResponseTypeMissing = new AuthorizationError(
        AskParameterCauses.ResponseTypeNotSupported,
        OAuthError.InvalidRequest("The parameter response_type is missing; it must be code."))
        .With(Fact.Sent(FactNames.ResponseType, SentParameters.Missing), Fact.Expected(FactNames.ResponseType, "code"));

    public static readonly AuthorizationError ResponseTypeNotSupported = new AuthorizationError(
        AskParameterCauses.ResponseTypeNotSupported, OAuthError.UnsupportedResponseType("The parameter response_type must be code."))
        .With(Fact.Expected(FactNames.ResponseType, "code"));

    public static readonly AuthorizationError ResponseModeNotSupported = new AuthorizationError(
        AskParameterCauses.ResponseModeNotSupported, OAuthError.InvalidRequest("The parameter response_mode must be query or form_post."))
        .With(Fact.Expected(FactNames.ResponseMode, "query"), Fact.Expected(FactNames.ResponseMode, "form_post"));

    public static readonly AuthorizationError PkceMissing = new AuthorizationError(
        AskParameterCauses.PkceMissing, OAuthError.InvalidRequest("The parameter code_challenge is missing; PKCE with S256 is required."))
        .With(Fact.Sent(FactNames.CodeChallenge, SentParameters.Missing), Fact.Expected(FactNames.CodeChallenge, ChallengeForm));

    public static readonly AuthorizationError PkceMethod = new AuthorizationError(
        AskParameterCauses.PkceMethod, OAuthError.InvalidRequest("The parameter code_challenge_method must be S256."))
        .With(Fact.Expected(FactNames.CodeChallengeMethod, Pkce.Method));

    public static readonly AuthorizationError MaxAgeMalformed = new(
        AskParameterCauses.MaxAgeMalformed, OAuthError.InvalidRequest("The parameter max_age must be a number of seconds."));

    /// <summary>This server keeps no session, so it cannot sign a person in without the connection's login page.</summary>
    public static readonly AuthorizationError PromptNone = new(
        AskParameterCauses.PromptNone,
        OAuthError.LoginRequired("This server keeps no session; the person must sign in at the login page."));

    public static readonly AuthorizationError RequestUriInPush = new(
        AskParameterCauses.RequestUriInPush, OAuthError.InvalidRequest("A pushed request must not contain request_uri."));

    private const string ChallengeForm = "43 characters of base64url";
    private const string NeedsTarget =
        "The parameter resource must be the URI of one registered MCP server; see the server's protected resource metadata.";

    public static AuthorizationError Repeated(string parameter) => new AuthorizationError(
        AskParameterCauses.RepeatedParameter, OAuthError.InvalidRequest($"The parameter {parameter} was sent more than once."))
        .With(Fact.Sent(FactNames.Parameter, parameter));

    public static AuthorizationError TooLong(string parameter, int bytes, int most) => new AuthorizationError(
        AskParameterCauses.ParameterTooLong, OAuthError.InvalidRequest($"The parameter {parameter} is too long."))
        .With(
            Fact.Sent(FactNames.Parameter, parameter), Fact.Sent(FactNames.Bytes, Number(bytes)),
            Fact.Expected(FactNames.Bytes, $"at most {Number(most)}"));

    public static AuthorizationError TooManyResources(int number, int most) => new AuthorizationError(
        AskParameterCauses.ParameterTooLong, OAuthError.InvalidRequest($"The parameter resource may be sent at most {most} times."))
        .With(
            Fact.Sent(FactNames.Parameter, FactNames.Resource), Fact.Sent(FactNames.Number, Number(number)),
            Fact.Expected(FactNames.Number, $"at most {Number(most)}"));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    public static AuthorizationError PkceMalformed(string challenge) => new AuthorizationError(
        AskParameterCauses.PkceMalformed,
        OAuthError.InvalidRequest("The parameter code_challenge must be a base64url-encoded SHA-256 hash of 43 characters."))
        .With(
            Fact.Sent(FactNames.CodeChallenge, SentParameters.Length(challenge)),
            Fact.Expected(FactNames.CodeChallenge, ChallengeForm));
}
