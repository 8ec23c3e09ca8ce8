namespace Clients.Differences;

/// <summary>The table: each row is one way to get a request wrong, or to say something that a server may take in more than one way.</summary>
internal static class Requests
{
    private const int LongestVerifier = 128;

    /// <summary>What each row begins with, as it is.</summary>
    public static IReadOnlyList<Request> Starts { get; } =
    [
        new("an authorization request", Start.Ask),
        new("a code", Start.Redeem),
        new("a code and a secret", Start.RedeemWithSecret),
        new("a refresh token", Start.Refresh),
        new("a refresh token and a secret", Start.RefreshWithSecret),
        new("a client for itself", Start.Machine),
    ];

    public static IReadOnlyList<Request> All { get; } = [.. Client(), .. Answer(), .. Proof(), .. Login(), .. Target(), .. Form(), .. Grant(), .. Code(), .. Credentials(), .. Refresh(), .. Machine()];

    private static IEnumerable<Request> Client() =>
    [
        new("authorize: no client_id", Start.Ask, "-client_id"),
        new("authorize: empty client_id", Start.Ask, "client_id="),
        new("authorize: unknown client_id", Start.Ask, "client_id=m2m_0000000000000000000000"),
        new("authorize: client_id twice", Start.Ask, "+client_id={public}"),
        new("authorize: another client_id as well", Start.Ask, "+client_id={other}"),
        new("authorize: client without this grant", Start.Ask, "client_id={machine}"),
        new("authorize: no redirect_uri, one is registered", Start.Ask, "-redirect_uri"),
        new("authorize: no redirect_uri, two are registered", Start.Ask, "client_id={two}", "-redirect_uri"),
        new("authorize: redirect_uri at another host", Start.Ask, "redirect_uri=http://127.0.0.1.evil.example:33418/callback"),
        new("authorize: redirect_uri with another path", Start.Ask, "redirect_uri=http://127.0.0.1:33418/elsewhere"),
        new("authorize: redirect_uri in other case", Start.Ask, "redirect_uri=http://127.0.0.1:33418/Callback"),
        new("authorize: redirect_uri with a slash behind", Start.Ask, "redirect_uri={redirect}/"),
        new("authorize: redirect_uri with a query", Start.Ask, "redirect_uri={redirect}?a=b"),
        new("authorize: redirect_uri with an empty query", Start.Ask, "redirect_uri={redirect}?"),
        new("authorize: redirect_uri with a fragment", Start.Ask, "redirect_uri={redirect}#a"),
        new("authorize: redirect_uri with an empty fragment", Start.Ask, "redirect_uri={redirect}#"),
        new("authorize: redirect_uri with user information", Start.Ask, "redirect_uri=http://a@127.0.0.1:33418/callback"),
        new("authorize: redirect_uri over https", Start.Ask, "redirect_uri=https://127.0.0.1:33418/callback"),
        new("authorize: redirect_uri percent-encoded", Start.Ask, "redirect_uri=http://127.0.0.1:33418/%63allback"),
        new("authorize: redirect_uri with dot segments", Start.Ask, "redirect_uri=http://127.0.0.1:33418/a/../callback"),
        new("authorize: redirect_uri with a space behind", Start.Ask, "redirect_uri={redirect} "),
        new("authorize: redirect_uri with a tab within", Start.Ask, "redirect_uri=http://127.0.0.1:33418/call\tback"),
        new("authorize: relative redirect_uri", Start.Ask, "redirect_uri=/callback"),
        new("authorize: redirect_uri that is a script", Start.Ask, "redirect_uri=javascript:alert(1)"),
        new("authorize: redirect_uri twice", Start.Ask, "+redirect_uri={redirect}"),
        new("authorize: redirect_uri at another loopback port", Start.Ask, "redirect_uri=http://127.0.0.1:61234/callback"),
        new("authorize: redirect_uri at localhost instead of 127.0.0.1", Start.Ask, "redirect_uri=http://localhost:33418/callback"),
        new("authorize: redirect_uri at another spelling of 127.0.0.1", Start.Ask, "redirect_uri=http://0x7f.1:33418/callback"),
    ];

    private static IEnumerable<Request> Answer() =>
    [
        new("authorize: no response_type", Start.Ask, "-response_type"),
        new("authorize: empty response_type", Start.Ask, "response_type="),
        new("authorize: response_type token", Start.Ask, "response_type=token"),
        new("authorize: response_type code id_token", Start.Ask, "response_type=code id_token"),
        new("authorize: response_type none", Start.Ask, "response_type=none"),
        new("authorize: response_type CODE", Start.Ask, "response_type=CODE"),
        new("authorize: response_type code code", Start.Ask, "response_type=code code"),
        new("authorize: response_type twice", Start.Ask, "+response_type=code"),
        new("authorize: response_mode form_post, and no response_type", Start.Ask, "response_mode=form_post", "-response_type"),
        new("authorize: response_mode fragment", Start.Ask, "response_mode=fragment"),
        new("authorize: response_mode jwt", Start.Ask, "response_mode=jwt"),
        new("authorize: unknown response_mode", Start.Ask, "response_mode=carrier_pigeon"),
        new("authorize: response_mode twice", Start.Ask, "response_mode=query", "+response_mode=query"),
        new("authorize: no state", Start.Ask, "-state"),
        new("authorize: state twice", Start.Ask, "+state=again"),
    ];

    private static IEnumerable<Request> Proof() =>
    [
        new("authorize: no code_challenge", Start.Ask, "-code_challenge"),
        new("authorize: no PKCE at all", Start.Ask, "-code_challenge", "-code_challenge_method"),
        new("authorize: no code_challenge_method", Start.Ask, "-code_challenge_method"),
        new("authorize: code_challenge_method plain", Start.Ask, "code_challenge_method=plain"),
        new("authorize: code_challenge_method s256", Start.Ask, "code_challenge_method=s256"),
        new("authorize: code_challenge_method S512", Start.Ask, "code_challenge_method=S512"),
        new("authorize: code_challenge of 42 characters", Start.Ask, "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-c"),
        new("authorize: code_challenge of 44 characters", Start.Ask, "code_challenge={challenge}A"),
        new("authorize: code_challenge with padding", Start.Ask, "code_challenge={challenge}="),
        new("authorize: code_challenge in base64", Start.Ask, "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw+cM"),
        new("authorize: code_challenge that is no SHA-256", Start.Ask, "code_challenge=~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"),
        new("authorize: code_challenge twice", Start.Ask, "+code_challenge={challenge}"),
    ];

    private static IEnumerable<Request> Login() =>
    [
        new("authorize: prompt none", Start.Ask, "prompt=none"),
        new("authorize: prompt none login", Start.Ask, "prompt=none login"),
        new("authorize: unknown prompt", Start.Ask, "prompt=dance"),
        new("authorize: prompt twice", Start.Ask, "prompt=login", "+prompt=login"),
        new("authorize: negative max_age", Start.Ask, "max_age=-1"),
        new("authorize: max_age that is no number", Start.Ask, "max_age=yesterday"),
        new("authorize: max_age with a fraction", Start.Ask, "max_age=1.5"),
        new("authorize: max_age larger than any age", Start.Ask, "max_age=99999999999999999999"),
        new("authorize: max_age twice", Start.Ask, "max_age=1", "+max_age=1"),
        new("authorize: nonce twice", Start.Ask, "nonce=a", "+nonce=b"),
        new("authorize: id_token_hint that is no token", Start.Ask, "id_token_hint=nonsense"),
        new("authorize: claims that are no JSON", Start.Ask, "claims={open}"),
        new("authorize: registration", Start.Ask, "registration={open}}"),
    ];

    private static IEnumerable<Request> Target() =>
    [
        new("authorize: no scope", Start.Ask, "-scope"),
        new("authorize: unknown scope", Start.Ask, "scope=notes:burn"),
        new("authorize: one unknown scope of two", Start.Ask, "scope=notes:read notes:burn"),
        new("authorize: scope with characters it cannot have", Start.Ask, "scope=notes:read \"é"),
        new("authorize: scope twice", Start.Ask, "+scope=notes:write"),
        new("authorize: no resource", Start.Ask, "-resource"),
        new("authorize: unknown resource", Start.Ask, "resource=https://elsewhere.example/mcp"),
        new("authorize: relative resource", Start.Ask, "resource=/mcp"),
        new("authorize: resource with a fragment", Start.Ask, "resource={resource}#a"),
        new("authorize: resource that is no URI", Start.Ask, "resource=notes"),
        new("authorize: resource twice", Start.Ask, "+resource={resource}"),
        new("authorize: an unknown resource as well", Start.Ask, "+resource=https://elsewhere.example/mcp"),
        new("authorize: resource with a slash behind", Start.Ask, "resource={resource}/"),
    ];

    private static IEnumerable<Request> Form() =>
    [
        new("authorize: as a form", Start.Ask, "!POST"),
        new("authorize: as JSON", Start.Ask, "!POST", "@Content-Type: application/json", "raw:{open}}"),
        new("authorize: by PUT", Start.Ask, "!PUT"),
        new("authorize: nothing at all", Start.Ask, "raw:"),
        new("authorize: a request object", Start.Ask, "request=eyJhbGciOiJub25lIn0.e30."),
        new("authorize: a request object elsewhere", Start.Ask, "request_uri=https://elsewhere.example/request.jwt"),
        new("authorize: a pushed request nobody pushed", Start.Ask, "request_uri=urn:ietf:params:oauth:request_uri:nonsense"),
        new("authorize: bytes that are no text", Start.Ask, "raw:response_type=code&client_id={public}&redirect_uri={redirect}&code_challenge={challenge}&code_challenge_method=S256&state=%FF%FE"),
        new("authorize: an unknown parameter twice", Start.Ask, "colour=red", "+colour=blue"),
    ];

    private static IEnumerable<Request> Grant() =>
    [
        new("token: by GET", Start.Redeem, "!GET"),
        new("token: by PUT", Start.Redeem, "!PUT"),
        new("token: as JSON", Start.Redeem, "@Content-Type: application/json", "raw:{open}\"grant_type\":\"authorization_code\",\"client_id\":\"{public}\"}"),
        new("token: as text", Start.Redeem, "@Content-Type: text/plain"),
        new("token: as nothing in particular", Start.Redeem, "@Content-Type:"),
        new("token: as multipart", Start.Redeem, "@Content-Type: multipart/form-data; boundary=a", "raw:--a\r\nContent-Disposition: form-data; name=\"grant_type\"\r\n\r\nauthorization_code\r\n--a--\r\n"),
        new("token: with a charset", Start.Redeem, "@Content-Type: application/x-www-form-urlencoded; charset=utf-8"),
        new("token: nothing at all", Start.Redeem, "raw:"),
        new("token: no grant_type", Start.Redeem, "-grant_type"),
        new("token: empty grant_type", Start.Redeem, "grant_type="),
        new("token: unknown grant_type", Start.Redeem, "grant_type=magic"),
        new("token: grant_type password", Start.Redeem, "grant_type=password", "username=ada", "password=x"),
        new("token: grant_type implicit", Start.Redeem, "grant_type=implicit"),
        new("token: grant_type twice", Start.Redeem, "+grant_type=authorization_code"),
        new("token: grant_type that is not the client's", Start.Machine, "grant_type=authorization_code", "code=x", "redirect_uri={redirect}", "code_verifier={verifier}"),
        new("token: grant_type refresh_token of a client that has none", Start.Machine, "grant_type=refresh_token", "refresh_token=x"),
        new("token: an unknown parameter twice", Start.Redeem, "colour=red", "+colour=blue"),
    ];

    private static IEnumerable<Request> Code() =>
    [
        new("code: none", Start.Redeem, "-code"),
        new("code: empty", Start.Redeem, "code="),
        new("code: nonsense", Start.Redeem, "code=nonsense"),
        new("code: with a space behind", Start.Redeem, "code={code} "),
        new("code: two", Start.Redeem, "+code={code}"),
        new("code: another client's", Start.Redeem, "code={other_code}"),
        new("code: used before", Start.Redeem, "twice"),
        new("code: in fact a refresh token", Start.Redeem, "code={refresh}"),
        new("code: no verifier", Start.Redeem, "-code_verifier"),
        new("code: empty verifier", Start.Redeem, "code_verifier="),
        new("code: wrong verifier", Start.Redeem, "code_verifier={verifier}x"),
        new("code: the challenge as verifier", Start.Redeem, "code_verifier={challenge}"),
        new("code: verifier too short", Start.Redeem, "code_verifier=short"),
        new("code: verifier too long", Start.Redeem, $"code_verifier={new string('a', LongestVerifier + 1)}"),
        new("code: verifier with characters it cannot have", Start.Redeem, "code_verifier=dBjftJeZ4CVP mB92K27uhbUJU1p1r wW1gFWFOEjXk"),
        new("code: verifier twice", Start.Redeem, "+code_verifier={verifier}"),
        new("code: no redirect_uri", Start.Redeem, "-redirect_uri"),
        new("code: another redirect_uri", Start.Redeem, "redirect_uri=http://127.0.0.1:33418/elsewhere"),
        new("code: redirect_uri at another port", Start.Redeem, "redirect_uri=http://127.0.0.1:61234/callback"),
        new("code: redirect_uri twice", Start.Redeem, "+redirect_uri={redirect}"),
        new("code: unknown resource", Start.Redeem, "resource=https://elsewhere.example/mcp"),
        new("code: relative resource", Start.Redeem, "resource=/mcp"),
        new("code: an unknown resource as well", Start.Redeem, "+resource=https://elsewhere.example/mcp"),
        new("code: resource twice", Start.Redeem, "+resource={resource}"),
        new("code: no resource", Start.Redeem, "-resource"),
        new("code: with an unknown scope", Start.Redeem, "scope=notes:burn"),
    ];

    private static IEnumerable<Request> Credentials() =>
    [
        new("client: none", Start.Redeem, "-client_id"),
        new("client: unknown", Start.Redeem, "client_id=m2m_0000000000000000000000"),
        new("client: another public one", Start.Redeem, "client_id={other}"),
        new("client: twice", Start.Redeem, "+client_id={public}"),
        new("client: a public one with an empty secret", Start.Redeem, "client_secret="),
        new("client: a public one with a secret", Start.Redeem, "client_secret=lks_nonsense"),
        new("client: a public one by Basic", Start.Redeem, "-client_id", "@Authorization: Basic {public_basic}"),
        new("client: in the address", Start.Redeem, "-client_id", "?client_id={public}"),
        new("client: its secret in the address", Start.RedeemWithSecret, "@Authorization:", "client_id={secret}", "?client_secret={secret_secret}"),
        new("client: no secret where there is one", Start.RedeemWithSecret, "@Authorization:", "client_id={secret}"),
        new("client: secret in the body instead of the header", Start.RedeemWithSecret, "@Authorization:", "client_id={secret}", "client_secret={secret_secret}"),
        new("client: wrong secret in the body", Start.RedeemWithSecret, "@Authorization:", "client_id={secret}", "client_secret=lks_nonsense"),
        new("client: wrong secret in the header", Start.RedeemWithSecret, "@Authorization: Basic {wrong_basic}"),
        new("client: secret in header and body", Start.RedeemWithSecret, "client_id={secret}", "client_secret={secret_secret}"),
        new("client: its client_id in the body as well", Start.RedeemWithSecret, "client_id={secret}"),
        new("client: another client_id in the body", Start.RedeemWithSecret, "client_id={other}"),
        new("client: Basic without a colon", Start.RedeemWithSecret, "@Authorization: Basic bm9uc2Vuc2U="),
        new("client: Basic that is no base64", Start.RedeemWithSecret, "@Authorization: Basic ***"),
        new("client: Basic and nothing", Start.RedeemWithSecret, "@Authorization: Basic"),
        new("client: another scheme", Start.RedeemWithSecret, "@Authorization: Digest username=a"),
        new("client: a bearer", Start.Redeem, "@Authorization: Bearer nonsense"),
        new("client: an assertion that is no token", Start.Redeem, "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "client_assertion=nonsense"),
        new("client: an assertion of an unknown type", Start.Redeem, "client_assertion_type=magic", "client_assertion=nonsense"),
        new("client: an assertion without its type", Start.Redeem, "client_assertion=nonsense"),
    ];

    private static IEnumerable<Request> Refresh() =>
    [
        new("refresh: no token", Start.Refresh, "-refresh_token"),
        new("refresh: empty token", Start.Refresh, "refresh_token="),
        new("refresh: nonsense", Start.Refresh, "refresh_token=nonsense"),
        new("refresh: two tokens", Start.Refresh, "+refresh_token={refresh}"),
        new("refresh: another client's token", Start.Refresh, "refresh_token={other_refresh}"),
        new("refresh: in fact an access token", Start.Refresh, "refresh_token={access}"),
        new("refresh: in fact a code", Start.Refresh, "refresh_token={code}"),
        new("refresh: a token that was rotated a moment ago", Start.Refresh, "twice"),
        new("refresh: the same token of a client with a secret again", Start.RefreshWithSecret, "twice"),
        new("refresh: narrower scope", Start.Refresh, "scope=notes:read"),
        new("refresh: empty scope", Start.Refresh, "scope="),
        new("refresh: unknown scope", Start.Refresh, "scope=notes:read notes:burn"),
        new("refresh: scope twice", Start.Refresh, "scope=notes:read", "+scope=notes:read"),
        new("refresh: unknown resource", Start.Refresh, "resource=https://elsewhere.example/mcp"),
        new("refresh: no client", Start.Refresh, "-client_id"),
        new("refresh: another public client", Start.Refresh, "client_id={other}"),
        new("refresh: a client with a secret, without it", Start.RefreshWithSecret, "@Authorization:", "client_id={secret}"),
        new("refresh: a client with a secret, and a wrong one", Start.RefreshWithSecret, "@Authorization: Basic {wrong_basic}"),
    ];

    private static IEnumerable<Request> Machine() =>
    [
        new("for itself: a public client", Start.Machine, "@Authorization:", "client_id={public}"),
        new("for itself: a client that people use, too", Start.Machine, "@Authorization: Basic {secret_basic}"),
        new("for itself: a client that only people use", Start.Machine, "@Authorization: Basic {registered_basic}"),
        new("for itself: wrong secret", Start.Machine, "@Authorization: Basic {wrong_basic}"),
        new("for itself: no credentials", Start.Machine, "@Authorization:"),
        new("for itself: no scope", Start.Machine, "-scope"),
        new("for itself: unknown scope", Start.Machine, "scope=notes:burn"),
        new("for itself: one unknown scope of two", Start.Machine, "scope=notes:read notes:burn"),
        new("for itself: scope with characters it cannot have", Start.Machine, "scope=notes:read \"é"),
        new("for itself: scope twice", Start.Machine, "+scope=notes:read"),
        new("for itself: unknown resource", Start.Machine, "resource=https://elsewhere.example/mcp"),
        new("for itself: no resource", Start.Machine, "-resource"),
        new("for itself: resource twice", Start.Machine, "+resource={resource}"),
    ];
}
