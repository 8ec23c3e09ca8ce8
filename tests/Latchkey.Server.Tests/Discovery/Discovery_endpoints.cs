using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Discovery;

/// <summary>Public documents: every header of a request leaves them unchanged.</summary>
public sealed class Discovery_endpoints(OnSqlite host) : IClassFixture<OnSqlite>
{
    public static TheoryData<string> Documents =>
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/resources/{res}",
        "/.well-known/openid-configuration/resources/{res}",
        "/resources/{res}/.well-known/oauth-authorization-server",
        "/resources/{res}/.well-known/openid-configuration",
        "/.well-known/oauth-protected-resource/{res}",
        "/keys",
        "/.well-known/jwks.json",
        "/resources/{res}/.well-known/jwks.json",
    ];

    /// <summary>
    /// A header that changed an endpoint would send codes and secrets to an attacker for as long as a cache keeps the response.
    /// </summary>
    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 9700 §4.13", "proxy-headers")]
    [Spec("RFC 8414 §6.2", "not-impersonated")]
    public async Task Forged_headers_do_not_change_a_document(string path)
    {
        var address = await AddressAsync(path);
        var plain = await RawHttp.SendAsync(host, "GET", address);
        Assert.Equal(200, plain.Status);
        foreach (var headers in new string[][]
        {
            ["Host: evil.example"],
            ["Host: evil.example:443"],
            ["Host: localhost"],
            ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Prefix: /evil",
                "X-Forwarded-For: 203.0.113.7"],
            ["Forwarded: host=evil.example;proto=https;for=203.0.113.7"],
            ["X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-Host: evil.example", "X-HTTP-Method-Override: DELETE"],
            ["Origin: https://evil.example"],
            ["Authorization: Bearer stale"],
            ["Accept: text/html"],
        })
        {
            var forged = await RawHttp.SendAsync(host, "GET", address, headers);
            Assert.Equal((plain.Status, plain.Body, plain["ETag"]), (forged.Status, forged.Body, forged["ETag"]));
            Assert.DoesNotContain("evil", string.Join('\n', forged.Headers), StringComparison.Ordinal);
        }

        // The absolute form of the request target has another authority.
        Assert.Equal(plain.Body, (await RawHttp.SendAsync(host, "GET", $"http://evil.example{address}", ["Host: evil.example"])).Body);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 8414 §3.1", "by-get")]
    public async Task HEAD_has_no_body_and_a_known_ETag_is_answered_by_304(string path)
    {
        var address = await AddressAsync(path);
        using var document = await host.Anonymous.GetAsync(address);
        var length = (await document.Content.ReadAsByteArrayAsync()).Length;

        var head = await RawHttp.SendAsync(host, "HEAD", address);
        Assert.Equal(
            (200, "", length.ToString(System.Globalization.CultureInfo.InvariantCulture), document.Headers.ETag!.Tag),
            (head.Status, head.Body, head["Content-Length"], head["ETag"]));
        var known = await RawHttp.SendAsync(host, "GET", address, [$"If-None-Match: {document.Headers.ETag.Tag}"]);
        Assert.Equal((304, ""), (known.Status, known.Body));
        foreach (var other in new[] { "\"x\"", "nonsense", "\"", "" })
        {
            Assert.Equal(200, (await RawHttp.SendAsync(host, "GET", address, [$"If-None-Match: {other}"])).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 8414 §3.2", "json")]
    public async Task CORS_allows_scripts_of_any_origin_without_credentials(string path)
    {
        var response = await RawHttp.SendAsync(host, "GET", await AddressAsync(path), ["Origin: https://inspector.example"]);

        Assert.Equal("*", response["Access-Control-Allow-Origin"]);
        Assert.Null(response["Access-Control-Allow-Credentials"]);
        Assert.Equal("application/json", response["Content-Type"]);
    }

    [Theory]
    [InlineData("/keys")]
    [InlineData("/.well-known/jwks.json")]
    [InlineData("/resources/{res}/.well-known/jwks.json")]
    [Spec("RFC 8414 §2", "jwks")]
    [Spec("RFC 7517 §5", "key-set")]
    public async Task The_key_set_has_public_members_only(string path)
    {
        await host.NewCompanyAsync(resource: new { signing_algorithm = "ES256" });
        var document = await host.Anonymous.GetFromJsonAsync<JsonElement>(await AddressAsync(path));
        Assert.Equal(["keys"], document.EnumerateObject().Select(m => m.Name));
        var keys = document.GetProperty("keys").EnumerateArray().ToList();

        Assert.Equal(4, keys.Count);
        Assert.All(keys, key => Assert.Equal(
            key.GetProperty("kty").GetString() == "RSA"
                ? ["alg", "e", "kid", "kty", "n", "use"]
                : ["alg", "crv", "kid", "kty", "use", "x", "y"],
            key.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(4, keys.Select(k => k.GetProperty("kid").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    [Spec("RFC 9700 §2.1.1", "pkce-published")]
    [Spec("RFC 8414 §2", "issuer")]
    [Spec("RFC 8414 §3", "well-known")]
    [Spec("RFC 8414 §3.3", "issuer-identical")]
    [Spec("RFC 9207 §2.3", "iss-is-the-issuer", "advertised")]
    public async Task Issuer_and_endpoints_are_those_of_the_requested_entry()
    {
        var company = await host.CompanyAsync();
        foreach (var (path, issuer) in new[]
        {
            ("/.well-known/oauth-authorization-server", host.BaseUrl),
            ("/.well-known/openid-configuration", host.BaseUrl),
            ($"/.well-known/oauth-authorization-server/resources/{company.ResourceId}", company.Issuer),
            ($"/resources/{company.ResourceId}/.well-known/openid-configuration", company.Issuer),
        })
        {
            var document = await host.Anonymous.GetFromJsonAsync<JsonElement>(path);
            Assert.Equal(issuer, document.GetProperty("issuer").GetString());
            foreach (var endpoint in new[] { "authorization_endpoint", "token_endpoint", "revocation_endpoint" })
            {
                Assert.StartsWith(issuer + "/oauth/", document.GetProperty(endpoint).GetString(), StringComparison.Ordinal);
            }

            Assert.Equal("S256", Assert.Single(document.GetProperty("code_challenge_methods_supported").EnumerateArray()).GetString());
            Assert.True(document.GetProperty("authorization_response_iss_parameter_supported").GetBoolean());
        }
    }

    [Fact]
    [Spec("RFC 8414 §2", "only-what-is-on")]
    [Spec("Client ID Metadata Document §5", "advertised")]
    public async Task Registration_is_not_advertised_when_it_is_disabled()
    {
        var closed = await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true });
        var document = await MetadataOfAsync(closed);
        Assert.False(document.TryGetProperty("registration_endpoint", out _));
        Assert.True(document.GetProperty("client_id_metadata_document_supported").GetBoolean());
        Assert.Equal("none", document.GetProperty("token_endpoint_auth_methods_supported")[0].GetString());

        var sealedOff = await MetadataOfAsync(
            await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true, enable_cimd = false }));
        Assert.False(sealedOff.GetProperty("client_id_metadata_document_supported").GetBoolean());
        Assert.NotEqual("none", sealedOff.GetProperty("token_endpoint_auth_methods_supported")[0].GetString());
    }

    [Theory]
    [InlineData("/oauth/token", "POST")]
    [InlineData("/oauth/revoke", "POST")]
    [InlineData("/oauth/register", "POST")]
    [InlineData("/keys", "GET")]
    [InlineData("/userinfo", "GET")]
    [Spec("OAuth 2.1 §3.2", "token-cors")]
    [Spec("OpenID Connect §5.3", "cors")]
    [Spec("RFC 7009 §2.3", "cors")]
    [Spec("MCP 2025-03-26 §Metadata", "protocol-version-header")]
    public async Task CORS_preflights_are_answered_at_endpoints_for_scripts(string path, string method)
    {
        var response = await RawHttp.SendAsync(
            host, "OPTIONS", path,
            [
                "Origin: https://inspector.example", $"Access-Control-Request-Method: {method}",
                "Access-Control-Request-Headers: authorization,content-type,mcp-protocol-version"]);

        Assert.Equal((int)HttpStatusCode.NoContent, response.Status);
        Assert.Equal("*", response["Access-Control-Allow-Origin"]);
        Assert.Null(response["Access-Control-Allow-Credentials"]);
        Assert.Contains("MCP-Protocol-Version", response["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/oauth/authorize")]
    [InlineData("/consent/lri_0000000000000000000000")]
    [InlineData("/sso/v1/connections/conn_0000000000000000000000/partner:callback")]
    [InlineData("/api/v1/resources")]
    [InlineData("/api/v1/auth-requests/lri_0000000000000000000000")]
    [Spec("OAuth 2.1 §3.1", "no-cors-at-authorize")]
    public async Task CORS_is_refused_at_browser_pages_and_the_management_API(string path)
    {
        foreach (var method in new[] { "OPTIONS", "GET" })
        {
            var response = await RawHttp.SendAsync(
                host, method, path, ["Origin: https://evil.example", "Access-Control-Request-Method: GET"]);
            Assert.Null(response["Access-Control-Allow-Origin"]);
        }
    }

    private async Task<string> AddressAsync(string path) =>
        path.Replace("{res}", (await host.CompanyAsync()).ResourceId, StringComparison.Ordinal);

    private Task<JsonElement> MetadataOfAsync(Company company) =>
        host.Anonymous.GetFromJsonAsync<JsonElement>($"/resources/{company.ResourceId}/.well-known/oauth-authorization-server");
}
