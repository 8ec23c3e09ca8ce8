using System.Text.Json.Nodes;

namespace Fuzz.Requests;

/// <summary>Hostile and unexpected values.</summary>
internal static class HostileInput
{
    /// <summary>Markup that would be harmful on a page without escaping.</summary>
    public static readonly string[] Markers = [
        "<svg/onload=lk(1)>", "\"><svg/onload=lk(2)>", "'><script>lk(3)</script>", "\" onfocus=\"lk(4)\" autofocus=\"",
        "</title><svg/onload=lk(5)>", "--><svg/onload=lk(6)>"];

    /// <summary>A header that no response may have.</summary>
    public const string InjectedHeader = "X-Lk-Injected";

    private static readonly string[] Texts =
    [
        "", " ", "\t", "\0", "\u007f", "\u00a0", "\u202e", "\ufeff", "\uffff", "\ud83d\udde1", "\ud800", "é", "ſ", "İ", "ﬁ",
        "\r\nX-Lk-Injected: 1", "%0d%0aX-Lk-Injected: 1", "\n", "a\0b", "null", "undefined", "true", "false", "NaN", "0", "-1", "1e400",
        "9223372036854775807", "9223372036854775808", "99999999999999999999999", "00000000000000000000", "0x10", "' OR 1=1 --",
        "'; DROP TABLE grants; --", "$(id)", "`id`", "{{7*7}}", "${7*7}", "%s%n", "..", "../..", "/etc/passwd", "..%2f..", "*", "%", "%zz",
        "%u0041", "+", "&", "=", ";", ",", "urn:ietf:params:oauth:request_uri:x", "code", "token", "id_token", "code token", "form_post",
        "fragment", "S256", "plain", "none", "login", "consent", "select_account", "authorization_code", "refresh_token",
        "client_credentials", "password", "urn:ietf:params:oauth:grant-type:jwt-bearer", "openid", "offline_access", "notes:read",
        "notes:write", "notes:READ", "a", "allow", "deny", "not_you", "required", "state_only", "management", "read-only", "RS256",
        "MCP_SERVER", "m2m_0000000000000000000000", "res_0000000000000000000000", "conn_0000000000000000000000",
        "lri_0000000000000000000000", "req_0000000000000000000000.x", "grt_0000000000000000000000", "skc_operator", "skc_x", "lkc_x",
        "lkr_x", "lkr_0000000000000000000000.0.key_0000000000000000000000.x", "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30", "a.b.c", "Bearer",
        "Basic", "application/json", "2026-07-28T12:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.9999999Z", "00:00:01", "P1D",
        "*.example", "client.example",
    ];

    private static readonly string[] Urls =
    [
        "javascript:lk(7)", "data:text/html,<svg/onload=lk(8)>", "file:///etc/passwd", "https://evil.example/",
        "https://evil.example/callback", "https://client.example@evil.example/callback", "https://client.example.evil.example/callback",
        "https://client.example/callback/../evil", "https://client.example/callback#evil",
        "https://CLIENT.example/callback", "https://client.example:444/callback", "https://client.example/callback?evil=1",
        "http://client.example/callback", "http://127.0.0.1.evil.example/callback", "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.1:1/callback", "http://127.0.0.1:99999/callback", "http://localhost:65535/callback",
        "http://[::1]/callback", "http://0x7f.1/callback", "http://127.0.0.1:33418/callback/evil", "//evil.example", "https:evil.example",
        "/evil", "https://mcp1.example/mcp/", "HTTPS://MCP1.EXAMPLE:443/mcp", "https://mcp1.example", "https://other.example/mcp",
        "urn:evil", "cursor://evil/callback", "https://evil.example/\r\nX-Lk-Injected: 1",
    ];

    private static readonly int[] Lengths =
        [1, 2, 31, 32, 33, 42, 43, 44, 127, 128, 129, 255, 256, 257, 511, 512, 513, 2_047, 2_048, 2_049, 9_000, 20_000];

    public static readonly string[] Parameters =
    [
        "response_type", "client_id", "redirect_uri", "code_challenge", "code_challenge_method", "state", "scope", "resource", "prompt",
        "max_age", "acr_values", "login_hint", "ui_locales", "nonce", "request", "request_uri", "response_mode", "grant_type", "code",
        "code_verifier", "client_secret", "client_assertion", "client_assertion_type", "refresh_token", "token", "token_type_hint",
        "audience", "form_token", "decision", "login_request_id", "auth_request_id", "page_size", "page_token", "access_token", "error",
        "iss", "_method",
    ];

    private static readonly string[] Members =
    [
        "name", "resource_uri", "scopes", "description", "logo_uri", "login_url", "callback_verification", "enabled", "connection_id",
        "redirect_uris", "role", "connection_ids", "sub", "email", "custom_attributes", "login_failed", "auth_time", "amr", "groups",
        "client_name", "jwks", "jwks_uri", "client_id", "id", "__proto__", "$type", "", "Name", "emailVerified",
    ];

    /// <param name="name">The name of the replaced value: a URL is mostly replaced by another URL.</param>
    public static string Text(SeededRandom random, TestData testData, string name = "") => random.Below(10) switch
    {
        _ when random.OneIn(2) && (name.Contains("ur", StringComparison.Ordinal) || name == "resource") => random.Pick(Urls),
        0 or 1 => random.Pick(Markers),
        2 or 3 => random.Pick(testData.Words),
        4 => new string((char)('a' + random.Below(26)), random.Pick(Lengths)),
        5 => random.OneIn(2)
            ? random.Pick(Urls)
            : string.Concat(Enumerable.Range(0, random.Below(12)).Select(_ => (char)random.Below(0x3000))),
        _ => random.Pick(Texts),
    };

    public static string Parameter(SeededRandom random) => random.Pick(Parameters);

    public static string Member(SeededRandom random) => random.Pick(Members);

    public static JsonNode? Json(SeededRandom random, TestData testData, string name = "") => random.Below(12) switch
    {
        0 => null,
        1 => random.OneIn(2),
        2 => (random.Below(2_000_000) - 1_000_000) * (random.OneIn(3) ? 1_000_000_000L : 1L),
        3 => random.Below(1_000) / 7.0,
        4 =>
            JsonNode.Parse(random.Pick(new[] { "1e400", "-1e-400", "123456789012345678901234567890", "1.0", "-0", "9223372036854775808" })),
        5 => new JsonArray([.. Enumerable.Range(0, random.Below(4)).Select(_ => Json(random, testData))]),
        6 => new JsonArray([.. Enumerable.Range(0, random.Pick(new[] { 21, 201, 501, 1_001 })).Select(i => JsonValue.Create($"s{i}"))]),
        7 => new JsonObject([new(Member(random), Json(random, testData))]),
        8 => Deep(random.Pick(new[] { 3, 15, 31, 40, 63 })),
        _ => Text(random, testData, name),
    };

    private static JsonArray Deep(int levels) => levels == 0 ? [] : [Deep(levels - 1)];
}
