using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Metadata;

/// <summary>Documents anybody may read: the same at every place, whatever a request says about itself.</summary>
public sealed class Discovery(OnSqlite host) : IClassFixture<OnSqlite>
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
    ];

    /// <summary>A header that moved an endpoint would send codes and secrets to whoever forged it, for as long as a cache keeps the answer.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 9700 §4.13", "proxy-headers")]
    [Spec("RFC 8414 §6.2", "not-impersonated")]
    public async Task Is_not_changed_by_a_byte_by_forged_headers(string path)
    {
        var address = await AddressAsync(path);
        var plain = await Wire.SendAsync(host, "GET", address);
        Assert.Equal(200, plain.Status);
        foreach (var headers in new string[][]
        {
            ["Host: evil.example"],
            ["Host: evil.example:443"],
            ["Host: localhost"],
            ["X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-Prefix: /evil", "X-Forwarded-For: 203.0.113.7"],
            ["Forwarded: host=evil.example;proto=https;for=203.0.113.7"],
            ["X-Original-URL: /evil", "X-Rewrite-URL: /evil", "X-Host: evil.example", "X-HTTP-Method-Override: DELETE"],
            ["Origin: https://evil.example"],
            ["Authorization: Bearer stale"],
            ["Accept: text/html"],
        })
        {
            var forged = await Wire.SendAsync(host, "GET", address, headers);
            Assert.Equal((plain.Status, plain.Body, plain["ETag"]), (forged.Status, forged.Body, forged["ETag"]));
            Assert.DoesNotContain("evil", string.Join('\n', forged.Headers), StringComparison.Ordinal);
        }

        // The absolute form names another authority still.
        Assert.Equal(plain.Body, (await Wire.SendAsync(host, "GET", $"http://evil.example{address}", ["Host: evil.example"])).Body);
    }

    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 8414 §3.1", "by-get")]
    public async Task Answers_HEAD_without_a_body_and_a_known_ETag_with_304(string path)
    {
        var address = await AddressAsync(path);
        using var document = await host.Anybody.GetAsync(address);
        var length = (await document.Content.ReadAsByteArrayAsync()).Length;

        var head = await Wire.SendAsync(host, "HEAD", address);
        Assert.Equal((200, "", length.ToString(System.Globalization.CultureInfo.InvariantCulture), document.Headers.ETag!.Tag), (head.Status, head.Body, head["Content-Length"], head["ETag"]));
        var known = await Wire.SendAsync(host, "GET", address, [$"If-None-Match: {document.Headers.ETag.Tag}"]);
        Assert.Equal((304, ""), (known.Status, known.Body));
        foreach (var other in new[] { "\"x\"", "nonsense", "\"", "" })
        {
            Assert.Equal(200, (await Wire.SendAsync(host, "GET", address, [$"If-None-Match: {other}"])).Status);
        }
    }

    [Theory]
    [MemberData(nameof(Documents))]
    [Spec("RFC 8414 §3.2", "json")]
    public async Task Is_readable_by_scripts_of_any_origin_without_credentials(string path)
    {
        var answer = await Wire.SendAsync(host, "GET", await AddressAsync(path), ["Origin: https://inspector.example"]);

        Assert.Equal("*", answer["Access-Control-Allow-Origin"]);
        Assert.Null(answer["Access-Control-Allow-Credentials"]);
        Assert.Equal("application/json", answer["Content-Type"]);
    }

    [Theory]
    [InlineData("/keys")]
    [InlineData("/.well-known/jwks.json")]
    [Spec("RFC 8414 §2", "jwks")]
    [Spec("RFC 7517 §5", "key-set")]
    public async Task Of_keys_holds_public_members_only(string path)
    {
        await host.NewCompanyAsync(resource: new { signing_algorithm = "ES256" });
        var document = await host.Anybody.GetFromJsonAsync<JsonElement>(path);
        Assert.Equal(["keys"], document.EnumerateObject().Select(m => m.Name));
        var keys = document.GetProperty("keys").EnumerateArray().ToList();

        Assert.Equal(4, keys.Count);
        Assert.All(keys, key => Assert.Equal(
            key.GetProperty("kty").GetString() == "RSA" ? ["alg", "e", "kid", "kty", "n", "use"] : ["alg", "crv", "kid", "kty", "use", "x", "y"],
            key.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal)));
        Assert.Equal(4, keys.Select(k => k.GetProperty("kid").GetString()).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    [Spec("RFC 9700 §2.1.1", "pkce-published")]
    [Spec("RFC 8414 §2", "issuer")]
    [Spec("RFC 8414 §3", "well-known")]
    [Spec("RFC 8414 §3.3", "issuer-identical")]
    [Spec("RFC 9207 §2.3", "iss-is-the-issuer", "advertised")]
    public async Task Names_the_entry_that_was_asked_in_every_endpoint()
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
            var document = await host.Anybody.GetFromJsonAsync<JsonElement>(path);
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
    public async Task Does_not_advertise_registration_where_it_is_closed()
    {
        var closed = await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true });
        var document = await MetadataOfAsync(closed);
        Assert.False(document.TryGetProperty("registration_endpoint", out _));
        Assert.True(document.GetProperty("client_id_metadata_document_supported").GetBoolean());
        Assert.Equal("none", document.GetProperty("token_endpoint_auth_methods_supported")[0].GetString());

        var sealedOff = await MetadataOfAsync(await host.NewCompanyAsync(resource: new { disable_dynamic_client_registration = true, enable_cimd = false }));
        Assert.False(sealedOff.GetProperty("client_id_metadata_document_supported").GetBoolean());
        Assert.NotEqual("none", sealedOff.GetProperty("token_endpoint_auth_methods_supported")[0].GetString());
    }

    [Theory]
    [InlineData("/oauth/token", "POST")]
    [InlineData("/oauth/revoke", "POST")]
    [InlineData("/oauth/register", "POST")]
    [InlineData("/keys", "GET")]
    [Spec("OAuth 2.1 §3.2", "token-cors")]
    [Spec("RFC 7009 §2.3", "cors")]
    [Spec("MCP 2025-03-26 §Metadata", "protocol-version-header")]
    public async Task And_the_endpoints_for_scripts_answer_a_preflight(string path, string method)
    {
        var answer = await Wire.SendAsync(
            host, "OPTIONS", path, ["Origin: https://inspector.example", $"Access-Control-Request-Method: {method}", "Access-Control-Request-Headers: authorization,content-type,mcp-protocol-version"]);

        Assert.Equal((int)HttpStatusCode.NoContent, answer.Status);
        Assert.Equal("*", answer["Access-Control-Allow-Origin"]);
        Assert.Null(answer["Access-Control-Allow-Credentials"]);
        Assert.Contains("MCP-Protocol-Version", answer["Access-Control-Allow-Headers"], StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("/oauth/authorize")]
    [InlineData("/consent/lri_0000000000000000000000")]
    [InlineData("/sso/v1/connections/conn_0000000000000000000000/partner:callback")]
    [InlineData("/api/v1/resources")]
    [InlineData("/api/v1/auth-requests/lri_0000000000000000000000")]
    [Spec("OAuth 2.1 §3.1", "no-cors-at-authorize")]
    public async Task But_what_a_person_does_and_the_API_are_closed_to_scripts_of_others(string path)
    {
        foreach (var method in new[] { "OPTIONS", "GET" })
        {
            var answer = await Wire.SendAsync(host, method, path, ["Origin: https://evil.example", "Access-Control-Request-Method: GET"]);
            Assert.Null(answer["Access-Control-Allow-Origin"]);
        }
    }

    private async Task<string> AddressAsync(string path) => path.Replace("{res}", (await host.CompanyAsync()).ResourceId, StringComparison.Ordinal);

    private Task<JsonElement> MetadataOfAsync(Company company) =>
        host.Anybody.GetFromJsonAsync<JsonElement>($"/resources/{company.ResourceId}/.well-known/oauth-authorization-server");
}
