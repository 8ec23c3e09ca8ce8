namespace Clients.Differences;

/// <summary>The table of requests: each row is malformed in one way, or can be interpreted in more than one way.</summary>
internal static class RequestCases
{
    private const int LongestVerifier = 128;

    /// <summary>The valid requests that the rows change.</summary>
    public static IReadOnlyList<RequestCase> Starts { get; } =
    [
        new("an authorization request", ValidRequest.Authorize),
        new("a code", ValidRequest.Redeem),
        new("a code and a secret", ValidRequest.RedeemWithSecret),
        new("a refresh token", ValidRequest.Refresh),
        new("a refresh token and a secret", ValidRequest.RefreshWithSecret),
        new("a client for itself", ValidRequest.Machine),
    ];

    public static IReadOnlyList<RequestCase> All { get; } = [
        .. Client(), .. Answer(), .. Proof(), .. Login(), .. Target(), .. Form(), .. Grant(), .. Code(), .. Credentials(), .. Refresh(),
        .. Machine()];

    private static IEnumerable<RequestCase> Client() =>
    [
        new("authorize: no client_id", ValidRequest.Authorize, "-client_id"),
        new("authorize: empty client_id", ValidRequest.Authorize, "client_id="),
        new("authorize: unknown client_id", ValidRequest.Authorize, "client_id=m2m_0000000000000000000000"),
        new("authorize: client_id twice", ValidRequest.Authorize, "+client_id={public}"),
        new("authorize: another client_id as well", ValidRequest.Authorize, "+client_id={other}"),
        new("authorize: client without this grant", ValidRequest.Authorize, "client_id={machine}"),
        new("authorize: no redirect_uri, one is registered", ValidRequest.Authorize, "-redirect_uri"),
        new("authorize: no redirect_uri, two are registered", ValidRequest.Authorize, "client_id={two}", "-redirect_uri"),
        new("authorize: redirect_uri at another host", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1.evil.example:33418/callback"),
        new("authorize: redirect_uri with another path", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:33418/elsewhere"),
        new("authorize: redirect_uri in other case", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:33418/Callback"),
        new("authorize: redirect_uri with a slash behind", ValidRequest.Authorize, "redirect_uri={redirect}/"),
        new("authorize: redirect_uri with a query", ValidRequest.Authorize, "redirect_uri={redirect}?a=b"),
        new("authorize: redirect_uri with an empty query", ValidRequest.Authorize, "redirect_uri={redirect}?"),
        new("authorize: redirect_uri with a fragment", ValidRequest.Authorize, "redirect_uri={redirect}#a"),
        new("authorize: redirect_uri with an empty fragment", ValidRequest.Authorize, "redirect_uri={redirect}#"),
        new("authorize: redirect_uri with user information", ValidRequest.Authorize, "redirect_uri=http://a@127.0.0.1:33418/callback"),
        new("authorize: redirect_uri over https", ValidRequest.Authorize, "redirect_uri=https://127.0.0.1:33418/callback"),
        new("authorize: redirect_uri percent-encoded", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:33418/%63allback"),
        new("authorize: redirect_uri with dot segments", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:33418/a/../callback"),
        new("authorize: redirect_uri with a space behind", ValidRequest.Authorize, "redirect_uri={redirect} "),
        new("authorize: redirect_uri with a tab within", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:33418/call\tback"),
        new("authorize: relative redirect_uri", ValidRequest.Authorize, "redirect_uri=/callback"),
        new("authorize: redirect_uri that is a script", ValidRequest.Authorize, "redirect_uri=javascript:alert(1)"),
        new("authorize: redirect_uri twice", ValidRequest.Authorize, "+redirect_uri={redirect}"),
        new("authorize: redirect_uri at another loopback port", ValidRequest.Authorize, "redirect_uri=http://127.0.0.1:61234/callback"),
        new(
            "authorize: redirect_uri at localhost instead of 127.0.0.1",
            ValidRequest.Authorize,
            "redirect_uri=http://localhost:33418/callback"),
        new(
            "authorize: redirect_uri at another spelling of 127.0.0.1",
            ValidRequest.Authorize,
            "redirect_uri=http://0x7f.1:33418/callback"),
    ];

    private static IEnumerable<RequestCase> Answer() =>
    [
        new("authorize: no response_type", ValidRequest.Authorize, "-response_type"),
        new("authorize: empty response_type", ValidRequest.Authorize, "response_type="),
        new("authorize: response_type token", ValidRequest.Authorize, "response_type=token"),
        new("authorize: response_type code id_token", ValidRequest.Authorize, "response_type=code id_token"),
        new("authorize: response_type none", ValidRequest.Authorize, "response_type=none"),
        new("authorize: response_type CODE", ValidRequest.Authorize, "response_type=CODE"),
        new("authorize: response_type code code", ValidRequest.Authorize, "response_type=code code"),
        new("authorize: response_type twice", ValidRequest.Authorize, "+response_type=code"),
        new(
            "authorize: response_mode form_post, and no response_type", ValidRequest.Authorize, "response_mode=form_post",
            "-response_type"),
        new("authorize: response_mode fragment", ValidRequest.Authorize, "response_mode=fragment"),
        new("authorize: response_mode jwt", ValidRequest.Authorize, "response_mode=jwt"),
        new("authorize: unknown response_mode", ValidRequest.Authorize, "response_mode=carrier_pigeon"),
        new("authorize: response_mode twice", ValidRequest.Authorize, "response_mode=query", "+response_mode=query"),
        new("authorize: no state", ValidRequest.Authorize, "-state"),
        new("authorize: state twice", ValidRequest.Authorize, "+state=again"),
    ];

    private static IEnumerable<RequestCase> Proof() =>
    [
        new("authorize: no code_challenge", ValidRequest.Authorize, "-code_challenge"),
        new("authorize: no PKCE at all", ValidRequest.Authorize, "-code_challenge", "-code_challenge_method"),
        new("authorize: no code_challenge_method", ValidRequest.Authorize, "-code_challenge_method"),
        new("authorize: code_challenge_method plain", ValidRequest.Authorize, "code_challenge_method=plain"),
        new("authorize: code_challenge_method s256", ValidRequest.Authorize, "code_challenge_method=s256"),
        new("authorize: code_challenge_method S512", ValidRequest.Authorize, "code_challenge_method=S512"),
        new(
            "authorize: code_challenge of 42 characters",
            ValidRequest.Authorize,
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"),
        new("authorize: code_challenge of 44 characters", ValidRequest.Authorize, "code_challenge={challenge}A"),
        new("authorize: code_challenge with padding", ValidRequest.Authorize, "code_challenge={challenge}="),
        new("authorize: code_challenge in base64", ValidRequest.Authorize, "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
        new(
            "authorize: code_challenge that is no SHA-256",
            ValidRequest.Authorize,
            "code_challenge=~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
        new("authorize: code_challenge twice", ValidRequest.Authorize, "+code_challenge={challenge}"),
    ];

    private static IEnumerable<RequestCase> Login() =>
    [
        new("authorize: prompt none", ValidRequest.Authorize, "prompt=none"),
        new("authorize: prompt none login", ValidRequest.Authorize, "prompt=none login"),
        new("authorize: unknown prompt", ValidRequest.Authorize, "prompt=dance"),
        new("authorize: prompt twice", ValidRequest.Authorize, "prompt=login", "+prompt=login"),
        new("authorize: negative max_age", ValidRequest.Authorize, "max_age=-1"),
        new("authorize: max_age that is no number", ValidRequest.Authorize, "max_age=yesterday"),
        new("authorize: max_age with a fraction", ValidRequest.Authorize, "max_age=1.5"),
        new("authorize: max_age larger than any age", ValidRequest.Authorize, "max_age=99999999999999999999"),
        new("authorize: max_age twice", ValidRequest.Authorize, "max_age=1", "+max_age=1"),
        new("authorize: nonce twice", ValidRequest.Authorize, "nonce=a", "+nonce=b"),
        new("authorize: id_token_hint that is no token", ValidRequest.Authorize, "id_token_hint=nonsense"),
        new("authorize: claims that are no JSON", ValidRequest.Authorize, "claims={open}"),
        new("authorize: registration", ValidRequest.Authorize, "registration={open}}"),
    ];

    private static IEnumerable<RequestCase> Target() =>
    [
        new("authorize: no scope", ValidRequest.Authorize, "-scope"),
        new("authorize: unknown scope", ValidRequest.Authorize, "scope=notes:burn"),
        new("authorize: one unknown scope of two", ValidRequest.Authorize, "scope=notes:read notes:burn"),
        new("authorize: scope with characters it cannot have", ValidRequest.Authorize, "scope=notes:read \"é"),
        new("authorize: scope twice", ValidRequest.Authorize, "+scope=notes:write"),
        new("authorize: no resource", ValidRequest.Authorize, "-resource"),
        new("authorize: unknown resource", ValidRequest.Authorize, "resource=https://elsewhere.example/mcp"),
        new("authorize: relative resource", ValidRequest.Authorize, "resource=/mcp"),
        new("authorize: resource with a fragment", ValidRequest.Authorize, "resource={resource}#a"),
        new("authorize: resource that is no URI", ValidRequest.Authorize, "resource=notes"),
        new("authorize: resource twice", ValidRequest.Authorize, "+resource={resource}"),
        new("authorize: an unknown resource as well", ValidRequest.Authorize, "+resource=https://elsewhere.example/mcp"),
        new("authorize: resource with a slash behind", ValidRequest.Authorize, "resource={resource}/"),
    ];

    private static IEnumerable<RequestCase> Form() =>
    [
        new("authorize: as a form", ValidRequest.Authorize, "!POST"),
        new("authorize: as JSON", ValidRequest.Authorize, "!POST", "@Content-Type: application/json", "raw:{open}}"),
        new("authorize: by PUT", ValidRequest.Authorize, "!PUT"),
        new("authorize: nothing at all", ValidRequest.Authorize, "raw:"),
        new("authorize: a request object", ValidRequest.Authorize, "request=eyJhbGciOiJub25lIn0.e30."),
        new("authorize: a request object elsewhere", ValidRequest.Authorize, "request_uri=https://elsewhere.example/request.jwt"),
        new("authorize: an unknown request_uri", ValidRequest.Authorize, "request_uri=urn:ietf:params:oauth:request_uri:nonsense"),
        new(
            "authorize: bytes that are no text",
            ValidRequest.Authorize,
            "raw:response_type=code&client_id={public}&redirect_uri={redirect}&code_challenge={challenge}"
            + "&code_challenge_method=S256&state=%FF%FE"),
        new("authorize: an unknown parameter twice", ValidRequest.Authorize, "colour=red", "+colour=blue"),
    ];

    private static IEnumerable<RequestCase> Grant() =>
    [
        new("token: by GET", ValidRequest.Redeem, "!GET"),
        new("token: by PUT", ValidRequest.Redeem, "!PUT"),
        new(
            "token: as JSON", ValidRequest.Redeem, "@Content-Type: application/json",
            "raw:{open}\"grant_type\":\"authorization_code\",\"client_id\":\"{public}\"}"),
        new("token: as text", ValidRequest.Redeem, "@Content-Type: text/plain"),
        new("token: as nothing in particular", ValidRequest.Redeem, "@Content-Type:"),
        new(
            "token: as multipart", ValidRequest.Redeem, "@Content-Type: multipart/form-data; boundary=a",
            "raw:--a\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nauthorization_code\r\n--a--\r\n"),
        new("token: with a charset", ValidRequest.Redeem, "@Content-Type: application/x-www-form-urlencoded; charset=utf-8"),
        new("token: nothing at all", ValidRequest.Redeem, "raw:"),
        new("token: no grant_type", ValidRequest.Redeem, "-grant_type"),
        new("token: empty grant_type", ValidRequest.Redeem, "grant_type="),
        new("token: unknown grant_type", ValidRequest.Redeem, "grant_type=magic"),
        new("token: grant_type password", ValidRequest.Redeem, "grant_type=password", "username=ada", "password=x"),
        new("token: grant_type implicit", ValidRequest.Redeem, "grant_type=implicit"),
        new("token: grant_type twice", ValidRequest.Redeem, "+grant_type=authorization_code"),
        new(
            "token: grant_type that is not the client's", ValidRequest.Machine, "grant_type=authorization_code", "code=x",
            "redirect_uri={redirect}", "code_verifier={verifier}"),
        new(
            "token: grant_type refresh_token of a client that has none", ValidRequest.Machine, "grant_type=refresh_token",
            "refresh_token=x"),
        new("token: an unknown parameter twice", ValidRequest.Redeem, "colour=red", "+colour=blue"),
    ];

    private static IEnumerable<RequestCase> Code() =>
    [
        new("code: none", ValidRequest.Redeem, "-code"),
        new("code: empty", ValidRequest.Redeem, "code="),
        new("code: nonsense", ValidRequest.Redeem, "code=nonsense"),
        new("code: with a space behind", ValidRequest.Redeem, "code={code} "),
        new("code: two", ValidRequest.Redeem, "+code={code}"),
        new("code: another client's", ValidRequest.Redeem, "code={other_code}"),
        new("code: used before", ValidRequest.Redeem, "twice"),
        new("code: in fact a refresh token", ValidRequest.Redeem, "code={refresh}"),
        new("code: no verifier", ValidRequest.Redeem, "-code_verifier"),
        new("code: empty verifier", ValidRequest.Redeem, "code_verifier="),
        new("code: wrong verifier", ValidRequest.Redeem, "code_verifier={verifier}x"),
        new("code: the challenge as verifier", ValidRequest.Redeem, "code_verifier={challenge}"),
        new("code: verifier too short", ValidRequest.Redeem, "code_verifier=short"),
        new("code: verifier too long", ValidRequest.Redeem, $"code_verifier={new string('a', LongestVerifier + 1)}"),
        new(
            "code: verifier with characters it cannot have",
            ValidRequest.Redeem,
            "code_verifier=dBjftJeZ4CVP mB92K27uhbUJU1p1r wW1gFWFOEjXk"),
        new("code: verifier twice", ValidRequest.Redeem, "+code_verifier={verifier}"),
        new("code: no redirect_uri", ValidRequest.Redeem, "-redirect_uri"),
        new("code: another redirect_uri", ValidRequest.Redeem, "redirect_uri=http://127.0.0.1:33418/elsewhere"),
        new("code: redirect_uri at another port", ValidRequest.Redeem, "redirect_uri=http://127.0.0.1:61234/callback"),
        new("code: redirect_uri twice", ValidRequest.Redeem, "+redirect_uri={redirect}"),
        new("code: unknown resource", ValidRequest.Redeem, "resource=https://elsewhere.example/mcp"),
        new("code: relative resource", ValidRequest.Redeem, "resource=/mcp"),
        new("code: an unknown resource as well", ValidRequest.Redeem, "+resource=https://elsewhere.example/mcp"),
        new("code: resource twice", ValidRequest.Redeem, "+resource={resource}"),
        new("code: no resource", ValidRequest.Redeem, "-resource"),
        new("code: with an unknown scope", ValidRequest.Redeem, "scope=notes:burn"),
    ];

    private static IEnumerable<RequestCase> Credentials() =>
    [
        new("client: none", ValidRequest.Redeem, "-client_id"),
        new("client: unknown", ValidRequest.Redeem, "client_id=m2m_0000000000000000000000"),
        new("client: another public one", ValidRequest.Redeem, "client_id={other}"),
        new("client: twice", ValidRequest.Redeem, "+client_id={public}"),
        new("client: a public one with an empty secret", ValidRequest.Redeem, "client_secret="),
        new("client: a public one with a secret", ValidRequest.Redeem, "client_secret=lks_nonsense"),
        new("client: a public one by Basic", ValidRequest.Redeem, "-client_id", "@Authorization: Basic {public_basic}"),
        new("client: in the address", ValidRequest.Redeem, "-client_id", "?client_id={public}"),
        new(
            "client: its secret in the address", ValidRequest.RedeemWithSecret, "@Authorization:", "client_id={secret}",
            "?client_secret={secret_secret}"),
        new("client: no secret where there is one", ValidRequest.RedeemWithSecret, "@Authorization:", "client_id={secret}"),
        new(
            "client: secret in the body instead of the header", ValidRequest.RedeemWithSecret, "@Authorization:", "client_id={secret}",
            "client_secret={secret_secret}"),
        new(
            "client: wrong secret in the body", ValidRequest.RedeemWithSecret, "@Authorization:", "client_id={secret}",
            "client_secret=lks_nonsense"),
        new("client: wrong secret in the header", ValidRequest.RedeemWithSecret, "@Authorization: Basic {wrong_basic}"),
        new("client: secret in header and body", ValidRequest.RedeemWithSecret, "client_id={secret}", "client_secret={secret_secret}"),
        new("client: its client_id in the body as well", ValidRequest.RedeemWithSecret, "client_id={secret}"),
        new("client: another client_id in the body", ValidRequest.RedeemWithSecret, "client_id={other}"),
        new("client: Basic without a colon", ValidRequest.RedeemWithSecret, "@Authorization: Basic bm9uc2Vuc2U="),
        new("client: Basic that is no base64", ValidRequest.RedeemWithSecret, "@Authorization: Basic ***"),
        new("client: Basic and nothing", ValidRequest.RedeemWithSecret, "@Authorization: Basic"),
        new("client: another scheme", ValidRequest.RedeemWithSecret, "@Authorization: Digest username=a"),
        new("client: a bearer", ValidRequest.Redeem, "@Authorization: Bearer nonsense"),
        new(
            "client: an assertion that is no token", ValidRequest.Redeem,
            "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion=nonsense"),
        new("client: an assertion of an unknown type", ValidRequest.Redeem, "client_assertion_type=magic", "client_assertion=nonsense"),
        new("client: an assertion without its type", ValidRequest.Redeem, "client_assertion=nonsense"),
    ];

    private static IEnumerable<RequestCase> Refresh() =>
    [
        new("refresh: no token", ValidRequest.Refresh, "-refresh_token"),
        new("refresh: empty token", ValidRequest.Refresh, "refresh_token="),
        new("refresh: nonsense", ValidRequest.Refresh, "refresh_token=nonsense"),
        new("refresh: two tokens", ValidRequest.Refresh, "+refresh_token={refresh}"),
        new("refresh: another client's token", ValidRequest.Refresh, "refresh_token={other_refresh}"),
        new("refresh: in fact an access token", ValidRequest.Refresh, "refresh_token={access}"),
        new("refresh: in fact a code", ValidRequest.Refresh, "refresh_token={code}"),
        new("refresh: a token that was rotated a moment ago", ValidRequest.Refresh, "twice"),
        new("refresh: the same token of a client with a secret again", ValidRequest.RefreshWithSecret, "twice"),
        new("refresh: narrower scope", ValidRequest.Refresh, "scope=notes:read"),
        new("refresh: empty scope", ValidRequest.Refresh, "scope="),
        new("refresh: unknown scope", ValidRequest.Refresh, "scope=notes:read notes:burn"),
        new("refresh: scope twice", ValidRequest.Refresh, "scope=notes:read", "+scope=notes:read"),
        new("refresh: unknown resource", ValidRequest.Refresh, "resource=https://elsewhere.example/mcp"),
        new("refresh: no client", ValidRequest.Refresh, "-client_id"),
        new("refresh: another public client", ValidRequest.Refresh, "client_id={other}"),
        new("refresh: a client with a secret, without it", ValidRequest.RefreshWithSecret, "@Authorization:", "client_id={secret}"),
        new("refresh: a client with a secret, and a wrong one", ValidRequest.RefreshWithSecret, "@Authorization: Basic {wrong_basic}"),
    ];

    private static IEnumerable<RequestCase> Machine() =>
    [
        new("for itself: a public client", ValidRequest.Machine, "@Authorization:", "client_id={public}"),
        new("for itself: a client that people use, too", ValidRequest.Machine, "@Authorization: Basic {secret_basic}"),
        new("for itself: a client that only people use", ValidRequest.Machine, "@Authorization: Basic {registered_basic}"),
        new("for itself: wrong secret", ValidRequest.Machine, "@Authorization: Basic {wrong_basic}"),
        new("for itself: no credentials", ValidRequest.Machine, "@Authorization:"),
        new("for itself: no scope", ValidRequest.Machine, "-scope"),
        new("for itself: unknown scope", ValidRequest.Machine, "scope=notes:burn"),
        new("for itself: one unknown scope of two", ValidRequest.Machine, "scope=notes:read notes:burn"),
        new("for itself: scope with characters it cannot have", ValidRequest.Machine, "scope=notes:read \"é"),
        new("for itself: scope twice", ValidRequest.Machine, "+scope=notes:read"),
        new("for itself: unknown resource", ValidRequest.Machine, "resource=https://elsewhere.example/mcp"),
        new("for itself: no resource", ValidRequest.Machine, "-resource"),
        new("for itself: resource twice", ValidRequest.Machine, "+resource={resource}"),
    ];
}
