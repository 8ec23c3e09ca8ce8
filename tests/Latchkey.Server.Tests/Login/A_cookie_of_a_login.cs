using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>On https the cookie cannot be planted by a sibling domain, read by a script, or sent with a cross-site POST.</summary>
public sealed class A_cookie_of_a_login_on_https(BehindTls host) : IClassFixture<BehindTls>
{
    [Fact]
    public async Task Is_host_only_secure_and_hidden_from_scripts()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var begun = await host.Anybody.GetAsync(client.Authorize());
        var visit = Browser.QueryOf(begun.Headers.Location!);
        var parts = Assert.Single(begun.Headers.GetValues("Set-Cookie")).Split("; ");

        Assert.StartsWith($"__Host-lk-{visit["login_request_id"][4..]}=", parts[0], StringComparison.Ordinal);
        Assert.Equal(["httponly", "max-age=1020", "path=/", "samesite=lax", "secure"], parts[1..].Select(p => p.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    /// <summary>The same value under the name without the prefix, which a sibling domain could set, is no cookie of ours.</summary>
    [Theory]
    [InlineData("lk-")]
    [InlineData("__Secure-lk-")]
    [InlineData("__host-lk-")]
    public async Task Does_not_count_under_a_name_that_others_could_set(string prefix)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var begun = await host.Anybody.GetAsync(client.Authorize());
        var visit = Browser.QueryOf(begun.Headers.Location!);
        var cookie = begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]["__Host-lk-".Length..];
        var report = await company.ReportAsync(visit["login_request_id"]);

        var planted = await Wire.SendAsync(host, "GET", report.CallbackPath, [$"Cookie: {prefix}{cookie}"]);
        Assert.Equal(403, planted.Status);
        Assert.Contains("data-lk-error=\"foreign_browser\"", planted.Body, StringComparison.Ordinal);
    }

    /// <summary>The page's origin is the base URL, however the request reached the server.</summary>
    [Fact]
    [Spec("RFC 9700 §4.13", "proxy-headers")]
    public async Task Goes_with_an_answer_whose_origin_is_the_base_URL_and_not_the_address_behind_it()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var begun = await host.Anybody.GetAsync(client.Authorize());
        var visit = Browser.QueryOf(begun.Headers.Location!);
        var cookie = $"Cookie: {begun.Headers.GetValues("Set-Cookie").Single().Split(';')[0]}";
        var report = await company.ReportAsync(visit["login_request_id"]);
        Assert.StartsWith("/sso/v1/", report.CallbackPath, StringComparison.Ordinal);
        Assert.Equal(303, (await Wire.SendAsync(host, "GET", report.CallbackPath, [cookie])).Status);
        var path = $"/consent/{visit["login_request_id"]}";
        var page = await Wire.SendAsync(host, "GET", path, [cookie]);
        var token = page.Body.Split("name=\"form_token\" value=\"")[1].Split('"')[0];
        var form = System.Text.Encoding.ASCII.GetBytes($"form_token={token}&decision=allow&scope=notes:read");

        foreach (var (origin, status) in new[] { (host.Address, 403), ("http://auth.example", 403), ("https://auth.example:443", 403), ("null", 403), (host.BaseUrl, (int)HttpStatusCode.SeeOther) })
        {
            Assert.Equal(status, (await Wire.SendAsync(host, "POST", path, [cookie, $"Origin: {origin}", "Content-Type: application/x-www-form-urlencoded"], form)).Status);
        }
    }
}

public sealed class A_cookie_of_a_login_on_loopback(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>Browsers refuse the prefix and Secure without TLS; loopback is the only place where there may be none.</summary>
    [Fact]
    public async Task Is_hidden_from_scripts_without_the_prefix()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var begun = await host.Anybody.GetAsync(client.Authorize());
        var parts = Assert.Single(begun.Headers.GetValues("Set-Cookie")).Split("; ");

        Assert.StartsWith("lk-", parts[0], StringComparison.Ordinal);
        Assert.Equal(["httponly", "max-age=1020", "path=/", "samesite=lax"], parts[1..].Select(p => p.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("lk-")]
    [InlineData("lk-x=1")]
    [InlineData("lk-0000000000000000000000=x; lk-0000000000000000000001=y")]
    [InlineData("=; ;;=;")]
    [InlineData("lk-0000000000000000000000=\"x")]
    public async Task That_is_nonsense_is_as_if_there_were_none(string cookie)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());

        Assert.Equal(302, (await Wire.SendAsync(host, "GET", client.Authorize(), [$"Cookie: {cookie}"])).Status);
        Assert.Equal(403, (await Wire.SendAsync(host, "GET", "/consent/lri_0000000000000000000000", [$"Cookie: {cookie}"])).Status);
    }

    /// <summary>Ten that name no login request make room by themselves.</summary>
    [Fact]
    public async Task Of_logins_nobody_knows_does_not_count_against_the_ten()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var cookies = string.Join("; ", Enumerable.Range(0, 30).Select(i => $"lk-{i:D22}=x"));
        var answer = await Wire.SendAsync(host, "GET", client.Authorize(), [$"Cookie: {cookies}"]);

        Assert.Equal(302, answer.Status);
        Assert.Contains(answer.Headers, h => h.Name == "Set-Cookie" && h.Value.StartsWith("lk-0000000000000000000000=;", StringComparison.Ordinal));
    }
}
