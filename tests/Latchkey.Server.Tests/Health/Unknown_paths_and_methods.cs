using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Health;

/// <summary>An unknown path or a wrong method gets an error in the format of that interface, and never a 5xx.</summary>
public sealed class Unknown_paths_and_methods(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Unknown = "res_0000000000000000000000";

    [Theory]
    [InlineData("/api")]
    [InlineData("/api/")]
    [InlineData("/api/v1")]
    [InlineData("/api/v2/resources")]
    [InlineData("/api/v1/nothing")]
    [InlineData("/API/v1/nothing")]
    [InlineData("/api/v1//resources")]
    [InlineData("/api/v1/resources/a/b/c")]
    public async Task An_unknown_path_of_the_API_is_a_404_problem(string path) =>
        await Expect.ProblemAsync(await host.TrySendAsync(HttpMethod.Get, path), 404, "not_found");

    [Theory]
    [InlineData("GET", "/oauth")]
    [InlineData("GET", "/oauth/")]
    [InlineData("POST", "/oauth/tokens")]
    [InlineData("POST", "/oauth/token/x")]
    [InlineData("POST", "/oauth/device")]
    [InlineData("POST", "/oauth/device_authorization")]
    [InlineData("GET", "/resources")]
    [InlineData("GET", "/resources/" + Unknown)]
    [InlineData("POST", "/resources/" + Unknown + "/oauth/nothing")]
    [InlineData("GET", "/.well-known")]
    [InlineData("GET", "/.well-known/nothing")]
    [InlineData("GET", "/.well-known/oauth-authorization-server/nothing")]
    [InlineData("GET", "/.well-known/oauth-protected-resource")]
    public async Task An_unknown_OAuth_or_discovery_path_is_a_404_JSON_error(string method, string path) =>
        await Expect.ErrorAsync(await host.Anonymous.SendAsync(new(new(method), path)), 404, "not_found");

    [Theory]
    [InlineData("POST", "/resources/{id}/oauth/token")]
    [InlineData("POST", "/resources/{id}/oauth/revoke")]
    [InlineData("POST", "/resources/{id}/oauth/par")]
    [InlineData("POST", "/api/v1/resources/{id}/clients:register")]
    [InlineData("GET", "/resources/{id}/.well-known/oauth-authorization-server")]
    [InlineData("GET", "/resources/{id}/.well-known/openid-configuration")]
    [InlineData("GET", "/resources/{id}/.well-known/jwks.json")]
    [InlineData("GET", "/.well-known/oauth-authorization-server/resources/{id}")]
    [InlineData("GET", "/.well-known/openid-configuration/resources/{id}")]
    [InlineData("GET", "/.well-known/oauth-protected-resource/{id}")]
    [Spec("RFC 8414 §3.2", "errors")]
    public async Task An_unknown_resource_is_a_404_JSON_error_at_each_of_its_endpoints(string method, string path)
    {
        var company = await host.CompanyAsync();
        foreach (var id
            in new[] { Unknown, "res_", "x", company.ConnectionId, company.ResourceId + "x", company.ResourceId.ToUpperInvariant() })
        {
            using var form = new StringContent("grant_type=client_credentials&token=x", Encoding.UTF8, "application/x-www-form-urlencoded");
            using var request = new HttpRequestMessage(new(method), path.Replace("{id}", id, StringComparison.Ordinal))
            {
                Content = method == "POST" ? form : null
            };
            await Expect.ErrorAsync(await host.Anonymous.SendAsync(request), 404, "unknown_resource");
        }
    }

    [Theory]
    [InlineData("/nothing")]
    [InlineData("/favicon.png")]
    [InlineData("/consent")]
    [InlineData("/sso/v1")]
    [InlineData("/sso/v1/connections/x/partner")]
    [InlineData("/assets/../secret")]
    [InlineData("/assets/pages.css")]
    [InlineData("/..%2f..%2fetc/passwd")]
    public async Task Any_other_path_is_a_404_problem_for_a_program(string path)
    {
        var answer = await RawHttp.SendAsync(host, "GET", path);

        Assert.Equal((404, "application/problem+json"), (answer.Status, answer["Content-Type"]));
        Assert.Contains("\"not_found\"", answer.Body, StringComparison.Ordinal);
    }

    public static TheoryData<string, string[]> Methods => new()
    {
        { "/oauth/token", ["POST"] },
        { "/resources/{res}/oauth/token", ["POST"] },
        { "/oauth/revoke", ["POST"] },
        { "/resources/{res}/oauth/revoke", ["POST"] },
        { "/oauth/introspect", ["POST"] },
        { "/resources/{res}/oauth/introspect", ["POST"] },
        { "/oauth/par", ["POST"] },
        { "/resources/{res}/oauth/par", ["POST"] },
        { "/userinfo", ["GET", "POST"] },
        { "/oauth/register", ["POST"] },
        { "/api/v1/resources/{res}/clients:register", ["POST"] },
        { "/oauth/register/m2m_0000000000000000000000", ["GET", "PUT", "DELETE"] },
        { "/oauth/authorize", ["GET", "POST"] },
        { "/resources/{res}/oauth/authorize", ["GET", "POST"] },
        { "/.well-known/oauth-authorization-server", ["GET", "HEAD"] },
        { "/.well-known/openid-configuration/resources/{res}", ["GET", "HEAD"] },
        { "/.well-known/oauth-protected-resource/{res}", ["GET", "HEAD"] },
        { "/keys", ["GET", "HEAD"] },
        { "/.well-known/jwks.json", ["GET", "HEAD"] },
        { "/resources/{res}/.well-known/jwks.json", ["GET", "HEAD"] },
        { "/api/v1/resources", ["GET", "POST"] },
        { "/api/v1/resources/{res}", ["GET", "PATCH", "DELETE"] },
        { "/api/v1/resources/{res}/connections", ["POST"] },
        { "/api/v1/resources/{res}/clients", ["GET", "POST"] },
        { "/api/v1/resources/{res}/clients/m2m_0000000000000000000000", ["GET", "PATCH", "DELETE"] },
        { "/api/v1/resources/{res}/initial-access-tokens", ["GET", "POST"] },
        { "/api/v1/resources/{res}/initial-access-tokens/iat_0000000000000000000000", ["DELETE"] },
        { "/api/v1/connections", ["GET"] },
        { "/api/v1/connections/{conn}", ["GET", "PATCH", "DELETE"] },
        { "/api/v1/connections/{conn}/auth-requests/lri_0000000000000000000000/user", ["POST"] },
        { "/api/v1/connections/{conn}/users:revoke", ["POST"] },
        { "/api/v1/connections/{conn}/users:erase", ["POST"] },
        { "/api/v1/connections/{conn}/users:update", ["POST"] },
        { "/api/v1/clients", ["GET", "POST"] },
        { "/api/v1/clients/skc_0000000000000000000000", ["GET", "PATCH", "DELETE"] },
        { "/api/v1/clients/skc_0000000000000000000000/secrets/sec_0000000000000000000000", ["PUT", "PATCH", "DELETE"] },
        { "/api/v1/oauth-clients/m2m_0000000000000000000000", ["GET", "PATCH"] },
        { "/api/v1/organizations/acme/clients", ["GET", "POST"] },
        { "/api/v1/user_consents", ["GET"] },
        { "/api/v1/keys:rotate", ["POST"] },
        { "/api/v1/configuration:apply", ["POST"] },
        { "/api/v1/configuration:init", ["POST"] },
        { "/api/v1/auth-requests/lri_0000000000000000000000", ["GET"] },
        { "/sso/v1/connections/{conn}/partner:callback", ["GET"] },
        { "/consent/lri_0000000000000000000000", ["GET", "POST"] },
        { "/api/openapi.json", ["GET", "HEAD"] },
        { "/api/docs", ["GET"] },
        { "/healthz", ["GET"] },
        { "/", ["GET", "HEAD"] },
        { "/favicon.ico", ["GET", "HEAD"] },
        { "/robots.txt", ["GET", "HEAD"] },
    };

    [Theory]
    [MemberData(nameof(Methods))]
    [Spec("OAuth 2.1 §3.2", "token-by-post")]
    [Spec("RFC 8414 §3.1", "by-get")]
    [Spec("RFC 7591 §3.1", "post-json")]
    [Spec("RFC 7592 §2", "other-methods")]
    [Spec("RFC 9110 §15.5.6", "allow")]
    public async Task A_wrong_method_is_405_with_the_allowed_methods(string path, string[] allowed)
    {
        var company = await host.CompanyAsync();
        var address = path.Replace("{res}", company.ResourceId, StringComparison.Ordinal)
            .Replace("{conn}", company.ConnectionId, StringComparison.Ordinal);
        foreach (var method in new[] { "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND" }.Except(
            allowed, StringComparer.Ordinal))
        {
            var answer = await host.TrySendAsync(new(method), address);
            var text = await answer.Content.ReadAsStringAsync();
            if (method != "HEAD" && address.StartsWith("/api", StringComparison.Ordinal)
                && !address.EndsWith(":register", StringComparison.Ordinal))
            {
                Assert.Equal("method_not_allowed", JsonSerializer.Deserialize<JsonElement>(text).GetProperty("code").GetString());
            }
            else if (method != "HEAD" && address.Contains("/oauth/", StringComparison.Ordinal)
                && !address.EndsWith("/authorize", StringComparison.Ordinal))
            {
                Assert.Equal("invalid_request", JsonSerializer.Deserialize<JsonElement>(text).GetProperty("error").GetString());
            }

            Expect.MethodRefused(answer, allowed);
        }
    }

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("GET /\u00ff HTTP/1.1\r\nHost: a\r\n\r\n")]
    [InlineData("POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n")]
    [InlineData("POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef")]
    [InlineData("POST /oauth/token HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: "
        + "application/x-www-form-urlencoded\r\n\r\nzz\r\n")]
    [InlineData("nonsense\r\n\r\n")]
    public async Task A_malformed_HTTP_request_is_400(string request) =>
        Assert.Equal(400, (await RawHttp.SendBytesAsync(host, Encoding.Latin1.GetBytes(request))).Status);

    [Theory]
    [InlineData("/oauth/token", "application/x-www-form-urlencoded")]
    [InlineData("/oauth/revoke", "application/x-www-form-urlencoded")]
    [InlineData("/oauth/par", "application/x-www-form-urlencoded")]
    [InlineData("/oauth/introspect", "application/x-www-form-urlencoded")]
    [InlineData("/api/v1/resources", "application/json")]
    [InlineData("/api/v1/connections/{conn}/users:revoke", "application/json")]
    [Spec("RFC 9126 §2.3", "too-large")]
    public async Task A_body_of_more_than_256_KiB_is_413_with_and_without_Content_Length(string path, string type)
    {
        var company = await host.CompanyAsync();
        var address = path.Replace("{conn}", company.ConnectionId, StringComparison.Ordinal);
        var bearer = $"Authorization: Bearer {await company.Host.OperatorTokenAsync()}";
        var body = Encoding.ASCII.GetBytes("{\"a\":\"" + new string('x', 270_000) + "\"}");

        foreach (var answer in new[] { await RawHttp.SendAsync(host, "POST", address, [$"Content-Type: {type}", bearer], body),
            await RawHttp.SendInChunksAsync(host, address, type, body, bearer) })
        {
            Assert.Equal(413, answer.Status);
            Assert.Equal(
                address.StartsWith("/api", StringComparison.Ordinal) ? "application/problem+json" : "application/json",
                answer["Content-Type"]);
        }
    }
}
