using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

/// <summary>Client metadata that cannot be registered at either endpoint gets the RFC's error, and nothing is stored.</summary>
public sealed class Dynamic_client_registration_errors(OnSqlite host) : IClassFixture<OnSqlite>
{
    public static TheoryData<string> WrongRedirects =>
    [
        "",
        " ",
        "callback",
        "/callback",
        "//client.example/callback",
        "client.example/callback",
        "http://client.example/callback",
        "HTTP://client.example/callback",
        "http://127.0.0.1.evil.example/callback",
        "http://127.0.0.1@evil.example/callback",
        "http://127.0.0.2/callback",
        "http://0x7f.1/callback",
        "http://127.1/callback",
        "http://2130706433/callback",
        "https://1.2.3.4./callback",
        "http://[::]/callback",
        "http://[::ffff:127.0.0.1]/callback",
        "http://localhost.evil.example/callback",
        "http://LOCALHOST/callback",
        "http://localhost:99999/callback",
        "http:callback",
        "http:/127.0.0.1/callback",
        "https:",
        "https://",
        "https:///callback",
        "https:client.example/callback",
        "https:/client.example/callback",
        "HTTPS://client.example/callback",
        "https://client.example/callback#",
        "https://client.example/callback#x",
        "https://*.example/callback",
        "https://client.example/*",
        "https://user@client.example/callback",
        "https://user:password@client.example/callback",
        "https://@client.example/callback",
        "https://client.example\\@evil.example/callback",
        "https://client.example/call back",
        "https://client.example/callback ",
        " https://client.example/callback",
        "https://client.example/callback\t",
        "https://client.example/callback\r\nX: y",
        "https://client.example/callback\0",
        "https://client.example/cällback",
        "https://clіent.example/callback",
        "https://client.example/<script>",
        "https://client.example/\"",
        "https://client.example:99999/callback",
        "https://[::1/callback",
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "javascript://client.example/%0aalert(1)",
        " javascript:alert(1)",
        "java\tscript:alert(1)",
        "java\nscript:alert(1)",
        "\u0001javascript:alert(1)",
        "data:text/html,x",
        "DATA:text/html;base64,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://client.example/x",
        "about:blank",
        "ws://client.example/",
        "wss://client.example/",
        "ftp://client.example/",
        "cursor://x#y",
        "cursor://user@x/",
        "1scheme://x",
        "{long}",
    ];

    /// <summary>Member, value and error, beside a valid redirect URI.</summary>
    public static TheoryData<string, string, string> WrongMembers => new()
    {
        { "client_name", "7", "invalid_client_metadata" },
        { "client_name", "[]", "invalid_client_metadata" },
        { "client_name", "{}", "invalid_client_metadata" },
        { "client_name", "true", "invalid_client_metadata" },
        { "client_name", "\"{201}\"", "invalid_client_metadata" },
        { "client_name", "\"a\\u0000b\"", "invalid_client_metadata" },
        { "client_name", "\"a\\nb\"", "invalid_client_metadata" },
        { "client_name", "\"a\\u202eb\"", "invalid_client_metadata" },
        { "client_name", "\"a\\u2066b\"", "invalid_client_metadata" },
        { "client_name", "\"a\\u200bb\"", "invalid_client_metadata" },
        { "client_name", "\"a\\ufeffb\"", "invalid_client_metadata" },
        { "client_name", "\"a\\u2028b\"", "invalid_client_metadata" },
        { "client_name", "\"\\ud800\"", "invalid_client_metadata" },
        { "token_endpoint_auth_method", "7", "invalid_client_metadata" },
        { "token_endpoint_auth_method", "\"None\"", "invalid_client_metadata" },
        { "grant_types", "\"authorization_code\"", "invalid_client_metadata" },
        { "grant_types", "7", "invalid_client_metadata" },
        { "grant_types", "[7]", "invalid_client_metadata" },
        { "grant_types", "[null]", "invalid_client_metadata" },
        { "grant_types", "[\"refresh_token\"]", "invalid_client_metadata" },
        { "grant_types", "[\"implicit\"]", "invalid_client_metadata" },
        { "grant_types", "[\"password\"]", "invalid_client_metadata" },
        { "grant_types", "[\"AUTHORIZATION_CODE\"]", "invalid_client_metadata" },
        { "response_types", "\"code\"", "invalid_client_metadata" },
        { "response_types", "[7]", "invalid_client_metadata" },
        { "response_types", "[\"token\"]", "invalid_client_metadata" },
        { "response_types", "[\"code id_token\"]", "invalid_client_metadata" },
        { "response_types", "[\"none\"]", "invalid_client_metadata" },
        { "jwks", "7", "invalid_client_metadata" },
        { "jwks", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}", "invalid_client_metadata" },
        { "grant_types", "[\"implicit\",\"refresh_token\"]", "invalid_client_metadata" },
        { "id_token_signed_response_alg", "7", "invalid_client_metadata" },
        { "jwks_uri", "7", "invalid_client_metadata" },
        { "require_pushed_authorization_requests", "\"true\"", "invalid_client_metadata" },
        { "require_pushed_authorization_requests", "1", "invalid_client_metadata" },
        { "application_type", "7", "invalid_client_metadata" },
        { "scope", "7", "invalid_client_metadata" },
        { "scope", "[\"notes:read\"]", "invalid_client_metadata" },
        { "client_uri", "7", "invalid_client_metadata" },
        { "logo_uri", "[]", "invalid_client_metadata" },
        { "redirect_uris", "null", "invalid_redirect_uri" },
        { "redirect_uris", "[]", "invalid_redirect_uri" },
        { "redirect_uris", "7", "invalid_redirect_uri" },
        { "redirect_uris", "\"https://client.example/callback\"", "invalid_redirect_uri" },
        { "redirect_uris", "{}", "invalid_redirect_uri" },
        { "redirect_uris", "[7]", "invalid_redirect_uri" },
        { "redirect_uris", "[null]", "invalid_redirect_uri" },
        { "redirect_uris", "[\"https://client.example/callback\",7]", "invalid_redirect_uri" },
        { "redirect_uris", "[[\"https://client.example/callback\"]]", "invalid_redirect_uri" },
        { "redirect_uris", "{21 of them}", "invalid_client_metadata" },
    };

    /// <summary>The value of <c>token_endpoint_auth_method</c> and the keys after it.</summary>
    public static TheoryData<string> WrongKeys =>
    [
        "\"private_key_jwt\"",
        "\"private_key_jwt\",\"jwks\":null",
        "\"private_key_jwt\",\"jwks\":7",
        "\"private_key_jwt\",\"jwks\":[]",
        "\"private_key_jwt\",\"jwks\":{}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[7]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[{key},{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[{private key}]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
        "\"private_key_jwt\",\"jwks\":{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AAAA\",\"e\":\"AQAB\"}]}",
        "\"private_key_jwt\",\"jwks\":{keys},\"jwks_uri\":\"https://client.example/keys\"",
        "\"private_key_jwt\",\"jwks_uri\":\"\"",
        "\"private_key_jwt\",\"jwks_uri\":\"http://client.example/keys\"",
        "\"private_key_jwt\",\"jwks_uri\":\"https://127.0.0.1/keys\"",
        "\"private_key_jwt\",\"jwks_uri\":\"https://client.example/keys#x\"",
        "\"private_key_jwt\",\"jwks_uri\":[\"https://client.example/keys\"]",
    ];

    [Theory]
    [MemberData(nameof(WrongRedirects))]
    [Spec("OAuth 2.1 §1.5", "https-redirects")]
    [Spec("OAuth 2.1 §2.3", "redirect-no-fragment")]
    [Spec("RFC 7591 §5", "redirects-checked")]
    public async Task An_invalid_redirect_URI_is_invalid_redirect_uri(string redirectUri)
    {
        var uri = redirectUri == "{long}" ? "https://client.example/" + new string('x', 2048) : redirectUri;
        foreach (var uris in new[] { new JsonArray(uri), new JsonArray("https://client.example/callback", uri) })
        {
            await RefusedAsync(new JsonObject { ["redirect_uris"] = uris }.ToJsonString(), "invalid_redirect_uri");
        }
    }

    [Theory]
    [MemberData(nameof(WrongMembers))]
    [Spec("OAuth 2.1 §2.3.1", "redirect-registered-whole")]
    [Spec("RFC 7591 §2", "redirects-required", "jwks-or-uri")]
    [Spec("RFC 7591 §2.1", "grants-and-responses-agree")]
    [Spec("RFC 7591 §3.2.2", "invalid-client-metadata")]
    [Spec("RFC 7591 §5", "names-not-trusted")]
    public async Task A_wrong_member_is_refused(string member, string value, string error)
    {
        var filled = value.Replace("{201}", new string('x', 201), StringComparison.Ordinal)
            .Replace("{keys}", Keys, StringComparison.Ordinal)
            .Replace(
                "{21 of them}",
                JsonSerializer.Serialize(Enumerable.Range(0, 21).Select(i => $"https://client.example/{i}")),
                StringComparison.Ordinal);
        var redirects = member == "redirect_uris" ? "" : "\"redirect_uris\":[\"https://client.example/callback\"],";

        await RefusedAsync($"{{{redirects}\"{member}\":{filled}}}", error);
    }

    [Theory]
    [MemberData(nameof(WrongKeys))]
    [Spec("RFC 7591 §2", "jwks-or-uri", "keys-checked")]
    public async Task Keys_that_cannot_be_used_are_refused(string methodAndKeys)
    {
        var filled = methodAndKeys.Replace("{keys}", Keys, StringComparison.Ordinal)
            .Replace("{key}", ClientKey.Public, StringComparison.Ordinal)
            .Replace("{private key}", ClientKey.Private, StringComparison.Ordinal);

        await RefusedAsync(
            $"{{\"redirect_uris\":[\"https://client.example/callback\"],\"token_endpoint_auth_method\":{filled}}}",
            "invalid_client_metadata");
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"x\"")]
    [InlineData("{")]
    [InlineData("{\"redirect_uris\":[\"https://client.example/callback\"]")]
    [InlineData("{\"redirect_uris\":[\"https://client.example/callback\"]}x")]
    [InlineData("{\"redirect_uris\":[\"https://client.example/\u00ff\"]}")]
    [InlineData("{\"redirect_uris\":[\"https://client.example/callback\"],\"x\":\"\\ud800\"}")]
    [InlineData("redirect_uris=https://client.example/callback")]
    [InlineData("\0")]
    [Spec("RFC 7591 §3.1", "post-json")]
    public async Task A_body_that_is_not_a_JSON_object_is_invalid_client_metadata(string body) =>
        await RefusedAsync(Encoding.Latin1.GetBytes(body), "invalid_client_metadata");

    [Theory]
    [InlineData("redirect_uris", "[\"https://evil.example/callback\"]")]
    [InlineData("client_name", "\"x\"")]
    [InlineData("unknown_member", "1")]
    [Spec("RFC 7591 §3.2.2", "invalid-client-metadata")]
    public async Task A_duplicate_member_is_invalid_client_metadata(string member, string value) => await RefusedAsync(
        $$"""{"redirect_uris":["https://client.example/callback"],"client_name":"n","unknown_member":1,"{{member}}":{{value}}}""",
        "invalid_client_metadata");

    [Fact]
    [Spec("RFC 7591 §3.2.2", "invalid-client-metadata")]
    public async Task A_body_that_is_nested_too_deeply_or_larger_than_64_KiB_is_invalid_client_metadata()
    {
        await RefusedAsync(
            $$"""{"redirect_uris":["https://client.example/callback"],"x":{{new string('[', 20)}}{{new string(']', 20)}}}""",
            "invalid_client_metadata");
        await RefusedAsync(
            $$"""{"redirect_uris":["https://client.example/callback"],"x":{{new string('[', 20_000)}}""", "invalid_client_metadata");
        var large = Encoding.ASCII.GetBytes(
            $$"""{"redirect_uris":["https://client.example/callback"],"x":"{{new string('x', 64 * 1024)}}"}""");
        await RefusedAsync(large, "invalid_client_metadata");
        foreach (var address in await AddressesAsync())
        {
            var answer = await RawHttp.SendInChunksAsync(host, address, "application/json", large);
            Assert.Equal(400, answer.Status);
            Assert.Contains("invalid_client_metadata", answer.Body, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Spec("RFC 7591 §5", "operator-rules")]
    public async Task Every_registration_is_refused_where_the_resource_has_closed_registration()
    {
        var company = await host.NewCompanyAsync();
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });
        using var content = new StringContent(
            """{"redirect_uris":["https://client.example/callback"]}""", Encoding.UTF8, "application/json");

        await Expect.ErrorAsync(
            await host.Anonymous.PostAsync($"/api/v1/resources/{company.ResourceId}/clients:register", content),
            400,
            "invalid_client_metadata");
    }

    private static string Keys => $"{{\"keys\":[{ClientKey.Public}]}}";

    private async Task<string[]> AddressesAsync() =>
        ["/oauth/register", $"/api/v1/resources/{(await host.CompanyAsync()).ResourceId}/clients:register"];

    private Task RefusedAsync(string body, string error) => RefusedAsync(Encoding.UTF8.GetBytes(body), error);

    private async Task RefusedAsync(byte[] body, string error)
    {
        var company = await host.CompanyAsync();
        foreach (var address in await AddressesAsync())
        {
            using var content = new ByteArrayContent(body);
            content.Headers.ContentType = new("application/json");
            await Expect.ErrorAsync(await host.Anonymous.PostAsync(address, content), 400, error);
        }

        var clients = await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}/clients");
        Assert.Equal(0, clients.GetProperty("total_dcr_clients").GetInt32());
    }
}
