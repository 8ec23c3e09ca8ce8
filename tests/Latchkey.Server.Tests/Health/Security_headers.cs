using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Health;

/// <summary>Headers that every response has, whatever it is: pages, redirects, JSON, static files and errors of every kind.</summary>
public sealed class Security_headers_over_HTTPS(BehindTls host) : IClassFixture<BehindTls>
{
    public static TheoryData<string, string> Requests => new()
    {
        { "GET", "/" },
        { "GET", "/nowhere" },
        { "GET", "/healthz" },
        { "GET", "/readyz" },
        { "GET", "/keys" },
        { "HEAD", "/keys" },
        { "GET", "/.well-known/oauth-authorization-server" },
        { "OPTIONS", "/oauth/token" },
        { "GET", "/oauth/token" },
        { "POST", "/oauth/token" },
        { "GET", "/oauth/authorize" },
        { "GET", "/consent/x" },
        { "GET", "/sso/v1/connections/x/partner:callback" },
        { "HEAD", "/sso/v1/connections/x/partner:callback" },
        { "GET", "/api/v1/resources" },
        { "DELETE", "/api/v1/nowhere" },
        { "GET", "/api/openapi.json" },
        { "GET", "/api/docs" },
        { "GET", "/userinfo" },
        { "POST", "/scalekit.v1.auth.AuthService/UpdateLoginUserDetails" },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Every_response_forbids_content_sniffing_and_plain_HTTP(string method, string path)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        using var response = await host.Anonymous.SendAsync(request);

        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
    }

    [Fact]
    public async Task The_redirect_to_the_login_page_has_them_too()
    {
        using var response = await host.Anonymous.GetAsync((await McpClient.RegisterAsync(await host.CompanyAsync())).Authorize());

        Assert.Equal(302, (int)response.StatusCode);
        Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("max-age=31536000", Assert.Single(response.Headers.GetValues("Strict-Transport-Security")));
    }
}

/// <summary>A browser would apply it to every port of localhost, and redirects to loopback URIs of native clients are plain HTTP.</summary>
public sealed class Strict_transport_security_on_loopback(OnSqlite plain, OverTls https) : IClassFixture<OnSqlite>, IClassFixture<OverTls>
{
    [Fact]
    public async Task A_loopback_host_does_not_ask_for_HTTPS_on_its_other_ports()
    {
        foreach (var host in new LatchkeyHost[] { plain, https })
        {
            using var response = await host.Anonymous.GetAsync("/keys");
            Assert.False(response.Headers.Contains("Strict-Transport-Security"));
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
        }
    }
}
