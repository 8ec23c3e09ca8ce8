namespace Latchkey.Server.SignIns;

/// <summary>Causes at the code exchange. Those of client authentication: <see cref="ClientAuthenticationCauses"/>.</summary>
internal static class TokenCauses
{
    public static readonly Cause CodeNeverRedeemed = new(
        "code_never_redeemed", Station.Token, [Fixer.ClientVendor],
        "The person allowed access, and the client never exchanged its code.",
        "The client was closed, its callback could not be reached, or it refused the answer (for instance its check of iss).",
        "Connect again. Give the vendor of the client the time of this sign-in.",
        Compared.NothingSent);

    public static readonly Cause CodeTooLate = new(
        "code_expired", Station.Token, [Fixer.ClientVendor],
        "The code came {seconds_late} s after it had expired.",
        "A code is valid for {seconds_allowed} s.",
        "Exchange the code at once.",
        Compared.Of(FactNames.SecondsLate, FactNames.SecondsAllowed));

    public static readonly Cause NotAForm = new(
        "not_a_form", Station.Token, [Fixer.ClientVendor],
        "The request has the content type {content_type} instead of a form.",
        "The token endpoint accepts application/x-www-form-urlencoded in UTF-8 (RFC 6749 section 4.1.3).",
        "Send the parameters as a form in the body, not as JSON.",
        Compared.Of(FactNames.ContentType));

    public static readonly Cause RepeatedParameter = new(
        "repeated_token_parameter", Station.Token, [Fixer.ClientVendor],
        "The client sent the parameter {parameter} more than once.",
        "A repeated parameter is ambiguous (RFC 6749 section 3.2).",
        "Send the parameter once.",
        Compared.RepeatedParameter);

    public static readonly Cause NoGrantType = new(
        "no_grant_type", Station.Token, [Fixer.ClientVendor],
        "The token request has no grant_type.",
        "The parameter decides what the client exchanges.",
        "Send grant_type.",
        Compared.Of(FactNames.GrantType));

    public static readonly Cause UnknownGrantType = new(
        "unknown_grant_type", Station.Token, [Fixer.ClientVendor],
        "The token request has the grant_type {grant_type}, which is not supported.",
        "The metadata lists grant_types_supported.",
        "Use one of the supported grant types.",
        Compared.Of(FactNames.GrantType));

    public static readonly Cause GrantTypeNotAllowed = new(
        "grant_type_not_allowed", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The client {client_id} may not use the grant_type {grant_type}.",
        "The grant type is not among those that the client registered or that an operator allowed.",
        "Add the grant type to grant_types of the client.",
        Compared.Of(FactNames.GrantType));

    public static readonly Cause SecretInQuery = new(
        "secret_in_query", Station.Token, [Fixer.ClientVendor],
        "The client sent {parameter} in the URL.",
        "URLs are recorded by proxies and histories, so a secret in a URL has to be considered known.",
        "Send credentials in the body or the Authorization header, and replace the secret.",
        Compared.Secrets);

    public static readonly Cause NoCode = new(
        "no_code", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent no code.",
        "The grant type authorization_code exchanges a code.",
        "Send the parameter code of the authorization response.",
        Compared.MissingParameter);

    public static readonly Cause NoVerifier = new(
        "no_verifier", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent the code without the PKCE verifier.",
        "The verifier proves that the client which asked is the client which exchanges the code.",
        "Send code_verifier (RFC 7636).",
        Compared.MissingParameter);

    public static readonly Cause WrongVerifier = new(
        "wrong_verifier", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent a PKCE verifier that does not fit its challenge.",
        "The verifier is of another attempt. Two instances that share storage, or a link that is opened twice, do this.",
        "Keep the verifier per state, and never overwrite it while an attempt is open.",
        Compared.Of(FactNames.CodeChallenge));

    public static readonly Cause UnknownCode = new(
        "unknown_code", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent a code that this server did not issue.",
        "The code was changed, belongs to another server, or to a sign-in that was deleted long ago.",
        "Send the code exactly as it came in the authorization response.",
        Compared.Secrets);

    public static readonly Cause CodeNotIssued = new(
        "code_not_issued", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent the code of a sign-in that has none any more.",
        "The sign-in ended before the code was exchanged, for instance because the consent was revoked.",
        "Start a new authorization.",
        Compared.ByConfiguration);

    public static readonly Cause CodeOfAnotherClient = new(
        "code_of_another_client", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent the code of another client.",
        "A code is bound to the client that asked for it.",
        "Exchange the code with the client_id of the authorization request.",
        Compared.Of(FactNames.ClientId));

    public static readonly Cause WrongRedirectUri = new(
        "wrong_redirect_uri", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} named another redirect_uri than in the authorization request.",
        "Both must be the same string (RFC 6749 section 4.1.3).",
        "Send the redirect_uri of the authorization request unchanged, or leave it out.",
        Compared.Of(FactNames.RedirectUri));

    public static readonly Cause CodeReplayedAtOnce = new(
        "code_replayed_at_once", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} sent the code twice within a few seconds.",
        "A code is valid once. The first exchange stands.",
        "Exchange each code once, and use the tokens of the first response.",
        Compared.Secrets);

    public static readonly Cause CodeReplayed = new(
        "code_replayed", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "The code was sent again {seconds_late} s after it had been exchanged, so the access ended.",
        "A code that comes back later may have been stolen (replay).",
        "Connect again. If that happens often, compare the networks of both requests.",
        Compared.Secrets);

    public static readonly Cause WrongTarget = new(
        "wrong_target", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} came for another MCP server than it was authorized for.",
        "The parameter resource, or the resource of the token endpoint, is not that of the authorization.",
        "Use the token endpoint of the issuer of the authorization, and the same resource.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause ChangedBeforeExchange = new(
        "changed_before_exchange", Station.Token, [Fixer.Operator],
        "The client or the MCP server was changed before the code was exchanged: {reason}",
        "What an operator or the client changes counts for sign-ins that are under way.",
        "Connect again. The audit log has the change.",
        Compared.ByConfiguration);

    public static readonly Cause NothingOfGrant = new(
        "nothing_of_grant", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "None of the permissions that {client_id} asks for was granted, or none exists any longer.",
        "A token request can narrow the granted permissions, never widen them.",
        "Ask for permissions that were granted, or connect again for others.",
        Compared.Of(FactNames.Scope));

    public static readonly Cause NothingOfScope = new(
        "nothing_of_scope", Station.Token, [Fixer.ClientVendor, Fixer.Operator],
        "None of the permissions that {client_id} asks for can be given to it.",
        "With client_credentials no person decides, so the client gets at most its own scopes.",
        "Ask for scopes of the client, or add the scopes to the client.",
        Compared.Of(FactNames.Scope));

    public static readonly Cause NoTarget = new(
        "no_target_of_client", Station.Token, [Fixer.ClientVendor],
        "The client {client_id} asked for a token without naming an MCP server where it may act.",
        "The parameter resource must be the URI of one MCP server where the client is accepted.",
        "Send resource with the URI of the MCP server.",
        Compared.Of(FactNames.Resource));

    public static readonly Cause TooManyFailures = new(
        "too_many_failures", Station.Token, [Fixer.ClientVendor],
        "Too many wrong credentials, codes or tokens came from {client_id}.",
        "Repeated failures are limited, because they may be guesses.",
        "Stop repeating the request, and start a new authorization.",
        Compared.ByRateLimit);
}
