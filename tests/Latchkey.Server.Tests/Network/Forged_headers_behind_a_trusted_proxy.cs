using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Network;

/// <summary>
/// A trusted proxy passes on headers of its clients: the address of the client is trusted, the name of the server is not.
/// </summary>
public sealed class Forged_headers_behind_a_trusted_proxy(BehindProxies host) : IClassFixture<BehindProxies>
{
    private static readonly string[] Forged =
    [
        "Host: evil.example", "X-Forwarded-For: 203.0.113.7", "X-Forwarded-Host: evil.example", "X-Forwarded-Proto: https",
        "X-Forwarded-Port: 444", "X-Forwarded-Prefix: /evil", "X-Forwarded-Server: evil.example", "X-Original-Host: evil.example",
        "X-Host: evil.example", "Forwarded: host=evil.example;proto=https;for=203.0.113.7",
    ];

    [Theory]
    [InlineData("/.well-known/oauth-authorization-server")]
    [InlineData("/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-authorization-server/resources/{res}")]
    [InlineData("/.well-known/openid-configuration/resources/{res}")]
    [InlineData("/resources/{res}/.well-known/oauth-authorization-server")]
    [InlineData("/resources/{res}/.well-known/openid-configuration")]
    [InlineData("/.well-known/oauth-protected-resource/{res}")]
    [InlineData("/keys")]
    public async Task Forged_headers_do_not_change_discovery_documents(string path)
    {
        var address = path.Replace("{res}", (await host.CompanyAsync()).ResourceId, StringComparison.Ordinal);
        var plain = await RawHttp.SendAsync(host, "GET", address);
        var forged = await RawHttp.SendAsync(host, "GET", address, Forged);

        Assert.Equal(200, plain.Status);
        Assert.Equal((plain.Status, plain.Body, plain["ETag"]), (forged.Status, forged.Body, forged["ETag"]));
        Assert.DoesNotContain("evil", string.Join('\n', forged.Headers), StringComparison.Ordinal);
    }

    /// <summary>
    /// A forged callback URL would give the login to an attacker. A cookie without Secure, or with it over HTTP, would break it.
    /// </summary>
    [Fact]
    public async Task Forged_headers_do_not_change_the_URLs_or_the_cookie_of_a_login()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var plain = await RawHttp.SendAsync(host, "GET", client.Authorize());
        var forged = await RawHttp.SendAsync(host, "GET", client.Authorize(), Forged);
        Assert.Equal(LoginPageOf(plain), LoginPageOf(forged));
        Assert.Equal(AttributesOf(plain), AttributesOf(forged));

        var loginRequest = Browser.QueryOf(new Uri(forged["Location"]!))["login_request_id"];
        var reported = await RawHttp.SendAsync(
            host, "POST", $"/api/v1/connections/{company.ConnectionId}/auth-requests/{loginRequest}/user",
            [.. Forged, $"Authorization: Bearer {await company.TokenAsync()}", "Content-Type: application/json"],
            """{"sub":"ada","email":"ada@acme.example"}"""u8.ToArray());
        Assert.Contains($"\"redirect_uri\":\"{host.BaseUrl}{company.CallbackPath}?", reported.Body, StringComparison.Ordinal);
        Assert.DoesNotContain("evil", reported.Body, StringComparison.Ordinal);
    }

    private static string LoginPageOf(RawHttpResponse response) => response["Location"]!.Split("login_request_id=")[0];

    private static string AttributesOf(RawHttpResponse response) => string.Join(
        ';',
        response["Set-Cookie"]!.Split(';').Skip(1).Where(a => !a.TrimStart().StartsWith("expires", StringComparison.OrdinalIgnoreCase)));
}
