using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>Over HTTPS the binding cookie cannot be set by a sibling domain, read by a script, or sent with a cross-site POST.</summary>
public sealed class Binding_cookie_over_HTTPS(BehindTls host) : IClassFixture<BehindTls>
{
    [Fact]
    public async Task The_cookie_is_host_only_secure_and_hidden_from_scripts()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var begun = await host.Anonymous.GetAsync(client.Authorize());
        var redirect = Browser.QueryOf(begun.Headers.Location!);
        var parts = Assert.Single(begun.Headers.GetValues("Set-Cookie")).Split("; ");

        Assert.StartsWith($"__Host-lk-{redirect["login_request_id"][4..]}=", parts[0], StringComparison.Ordinal);
        Assert.Equal(
            ["httponly", "max-age=1620", "path=/", "samesite=lax", "secure"],
            parts[1..].Select(p => p.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    /// <summary>The same value is ignored under a name without the __Host- prefix, which a sibling domain could set.</summary>
    [Theory]
    [InlineData("lk-")]
    [InlineData("__Secure-lk-")]
    [InlineData("__host-lk-")]
    public async Task The_cookie_is_ignored_under_a_name_that_a_sibling_domain_could_set(string prefix)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var begun = await host.Anonymous.GetAsync(client.Authorize());
        var redirect = Browser.QueryOf(begun.Headers.Location!);
        var cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]["__Host-lk-".Length..];
        var report = await company.ReportAsync(redirect["login_request_id"]);

        var response = await RawHttp.SendAsync(host, "GET", report.CallbackPath, [$"Cookie: {prefix}{cookie}"]);
        Assert.Equal(403, response.Status);
        Assert.Contains("data-lk-error=\"foreign_browser\"", response.Body, StringComparison.Ordinal);
    }

    /// <summary>The origin of the page is the base URL, also behind a proxy that terminates TLS.</summary>
    [Fact]
    [Spec("RFC 9700 §4.13", "proxy-headers")]
    public async Task A_consent_decision_is_accepted_only_from_the_origin_of_the_base_URL()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var begun = await host.Anonymous.GetAsync(client.Authorize());
        var redirect = Browser.QueryOf(begun.Headers.Location!);
        var cookie = $"Cookie: {begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]}";
        var report = await company.ReportAsync(redirect["login_request_id"]);
        Assert.StartsWith("/sso/v1/", report.CallbackPath, StringComparison.Ordinal);
        var returned = await RawHttp.SendAsync(host, "GET", report.CallbackPath, [cookie]);
        Assert.Equal(303, returned.Status);
        cookie = $"Cookie: {returned.Headers.Single(h => h.Name == "Set-Cookie").Value.Split(';')[0]}";
        var path = $"/consent/{redirect["login_request_id"]}";
        var page = await RawHttp.SendAsync(host, "GET", path, [cookie]);
        var token = page.Body.Split("name=\"form_token\" value=\"")[1].Split('"')[0];
        var form = System.Text.Encoding.ASCII.GetBytes($"form_token={token}&decision=allow&scope=notes:read");

        foreach (var (origin, status) in new[] { (host.Address, 403), ("http://auth.example", 403), ("https://auth.example:443", 403),
            ("null", 403), (host.BaseUrl, (int)HttpStatusCode.SeeOther) })
        {
            Assert.Equal(
                status,
                (await RawHttp.SendAsync(
                    host, "POST", path, [cookie, $"Origin: {origin}", "Content-Type: application/x-www-form-urlencoded"], form)).Status);
        }
    }
}

public sealed class Binding_cookie_on_loopback(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>Browsers refuse the prefix and Secure without TLS, which is allowed on loopback only.</summary>
    [Fact]
    public async Task The_cookie_is_hidden_from_scripts_and_has_no_Host_prefix()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var begun = await host.Anonymous.GetAsync(client.Authorize());
        var parts = Assert.Single(begun.Headers.GetValues("Set-Cookie")).Split("; ");

        Assert.StartsWith("lk-", parts[0], StringComparison.Ordinal);
        Assert.Equal(
            ["httponly", "max-age=1620", "path=/", "samesite=lax"],
            parts[1..].Select(p => p.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("lk-")]
    [InlineData("lk-x=1")]
    [InlineData("lk-0000000000000000000000=x; lk-0000000000000000000001=y")]
    [InlineData("=; ;;=;")]
    [InlineData("lk-0000000000000000000000=\"x")]
    public async Task A_malformed_cookie_is_ignored(string cookie)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());

        Assert.Equal(302, (await RawHttp.SendAsync(host, "GET", client.Authorize(), [$"Cookie: {cookie}"])).Status);
        Assert.Equal(403, (await RawHttp.SendAsync(host, "GET", "/consent/lri_0000000000000000000000", [$"Cookie: {cookie}"])).Status);
    }

    /// <summary>Cookies of unknown login requests are deleted when there are ten or more.</summary>
    [Fact]
    public async Task Cookies_of_unknown_login_requests_do_not_count_toward_the_limit_of_ten()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var cookies = string.Join("; ", Enumerable.Range(0, 30).Select(i => $"lk-{i:D22}=x"));
        var response = await RawHttp.SendAsync(host, "GET", client.Authorize(), [$"Cookie: {cookies}"]);

        Assert.Equal(302, response.Status);
        Assert.Contains(
            response.Headers, h => h.Name == "Set-Cookie" && h.Value.StartsWith("lk-0000000000000000000000=;", StringComparison.Ordinal));
    }
}
