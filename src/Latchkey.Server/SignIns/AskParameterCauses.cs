namespace Latchkey.Server.SignIns;

/// <summary>Causes at the authorization request: its parameters.</summary>
internal static class AskParameterCauses
{
    public static readonly Cause UnreadableParameters = new(
        "unreadable_parameters", Station.Ask, [Fixer.ClientVendor],
        "The parameters of the authorization request cannot be read.",
        "They must be percent-encoded UTF-8, and a POST must have the type application/x-www-form-urlencoded.",
        "Encode the parameters as the specification says.",
        Compared.Unreadable);

    public static readonly Cause RepeatedParameter = new(
        "repeated_parameter", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} sent the parameter {parameter} more than once.",
        "A repeated parameter is ambiguous (RFC 6749 section 3.1).",
        "Send the parameter once.",
        Compared.RepeatedParameter);

    public static readonly Cause ParameterTooLong = new(
        "parameter_too_long", Station.Ask, [Fixer.ClientVendor],
        "The parameter {parameter} of {client_id} is too long, or was sent too often.",
        "A request is stored before a person has signed in, so its size is bounded.",
        "Send at most 4 KiB per parameter, 8 KiB for scope, and at most ten resources.",
        new Compared.Values([new(FactNames.Bytes), new(FactNames.Number)]));

    public static readonly Cause StateTooLong = new(
        "state_too_long", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} sent a state of {state}, which is too long.",
        "The state is stored and returned in a URL, so it may have at most 8 KiB.",
        "Keep the data at the client, and send a reference to it as state.",
        Compared.Of(FactNames.State));

    public static readonly Cause RequestObject = new(
        "request_object", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} sent its parameters in a request object, which is not supported.",
        "The parameters request and foreign request_uri (RFC 9101) are not supported.",
        "Send the parameters themselves, or push them to pushed_authorization_request_endpoint.",
        Compared.ByConfiguration);

    public static readonly Cause ResponseTypeNotSupported = new(
        "response_type_not_supported", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} asked with the response_type {response_type}.",
        "Only the authorization code flow is supported. Other response types put tokens into URLs.",
        "Send response_type=code.",
        Compared.Of(FactNames.ResponseType));

    public static readonly Cause ResponseModeNotSupported = new(
        "response_mode_not_supported", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} asked with the response_mode {response_mode}.",
        "The response can be sent in the query or by form post.",
        "Send response_mode=query or form_post, or leave it out.",
        Compared.Of(FactNames.ResponseMode));

    public static readonly Cause PkceMissing = new(
        "pkce_missing", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} did not protect its sign-in with PKCE.",
        "The parameter code_challenge is missing. Without it, a stolen code could be redeemed by its thief.",
        "Send code_challenge and code_challenge_method=S256 (RFC 7636).",
        Compared.Of(FactNames.CodeChallenge));

    public static readonly Cause PkceMethod = new(
        "pkce_method", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} uses another PKCE method than S256.",
        "The method plain sends the verifier itself, which protects nothing. A missing method means plain.",
        "Send code_challenge_method=S256 and the hash of the verifier.",
        Compared.Of(FactNames.CodeChallengeMethod));

    public static readonly Cause PkceMalformed = new(
        "pkce_malformed", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} sent a PKCE challenge that is not a SHA-256 hash.",
        "With S256, code_challenge has 43 characters of base64url without padding.",
        "Send BASE64URL(SHA256(code_verifier)) without padding.",
        Compared.Of(FactNames.CodeChallenge));

    public static readonly Cause MaxAgeMalformed = new(
        "max_age_malformed", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} sent a max_age that is not a number of seconds.",
        "The parameter says how old the login may be (OpenID Connect Core section 3.1.2.1).",
        "Send a number of seconds of at most one year, or leave max_age out.",
        Compared.Of(FactNames.MaxAge));

    public static readonly Cause PromptNone = new(
        "prompt_none", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} wants to sign in without showing a page.",
        "This server keeps no session, so each sign-in needs the login page (prompt=none is never possible).",
        "Leave prompt out, and use the refresh token to get new access tokens.",
        Compared.Of(FactNames.Prompt));

    public static readonly Cause NoScope = new(
        "no_scope", Station.Ask, [Fixer.ClientVendor, Fixer.Operator],
        "Nothing is left of the permissions that {client_id} asked for.",
        "The request names no scope that this client can get, and the resource has no default scopes.",
        "Request one of scopes_supported, or set default_scopes of the resource.",
        Compared.Of(FactNames.Scope));

    public static readonly Cause RequestUriInPush = new(
        "request_uri_in_push", Station.Ask, [Fixer.ClientVendor],
        "The client {client_id} pushed a request that contains a request_uri.",
        "A pushed request contains the parameters themselves (RFC 9126 section 2.1).",
        "Leave request_uri out of the pushed request.",
        Compared.ByConfiguration);
}
