using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Account;

/// <summary>What another person, another site or another browser tries at the page of connected programs.</summary>
public sealed partial class Attacks_on_connected_programs(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static object Mallory => new { sub = "mallory", email = "mallory@acme.example", name = "Mallory" };

    [Theory]
    [InlineData("")]
    [InlineData("/change")]
    [InlineData("/disconnect")]
    [InlineData("/report")]
    public async Task A_grant_of_another_person_is_answered_like_one_that_does_not_exist(string page)
    {
        var (victim, grant, _) = await VictimAsync();
        using var mallory = await AccountUser.SignInAsync(victim.Company, Mallory);
        foreach (var id in new[] { grant, "grt_0000000000000000000000", "x", "%20" })
        {
            Assert.Equal("404 not_found", await ErrorOfAsync(await mallory.Browser.GetAsync($"/account/programs/{id}{page}")));
        }

        // A form of an own page, posted to the path of the victim's grant.
        var token = await mallory.TokenAsync("/account/sign-out", "/account");
        if (page.Length > 0)
        {
            Assert.Equal("403 form_refused", await ErrorOfAsync(await mallory.PostAsync($"/account/programs/{grant}{page}", token)));
        }

        await ExpectUnchangedAsync(victim, grant);
    }

    [Theory]
    [InlineData("https://evil.example", "cross-site")]
    [InlineData("null", "cross-site")]
    [InlineData(null, null)]
    [InlineData("{base}", "cross-site")]
    [InlineData("{base}", "same-site")]
    public async Task A_form_of_another_site_is_403(string? origin, string? site)
    {
        var (victim, grant, _) = await VictimAsync();
        var path = $"/account/programs/{grant}/disconnect";
        var token = await victim.TokenAsync(path, path);
        var headers = new List<(string, string)>();
        if (origin is not null)
        {
            headers.Add(("Origin", origin.Replace("{base}", host.BaseUrl, StringComparison.Ordinal)));
        }

        if (site is not null)
        {
            headers.Add(("Sec-Fetch-Site", site));
        }

        foreach (var target in new[] { path, "/account/disconnect-all", $"/account/programs/{grant}/report", "/account/sign-out" })
        {
            Assert.Equal("403 foreign_origin", await ErrorOfAsync(await victim.Browser.SendAsync(
                HttpMethod.Post, target, [KeyValuePair.Create("form_token", token)], [.. headers])));
        }

        await ExpectUnchangedAsync(victim, grant);
    }

    /// <summary>A token is valid for its session and its path.</summary>
    [Fact]
    public async Task A_form_token_of_another_path_or_session_is_403()
    {
        var (victim, grant, _) = await VictimAsync();
        var path = $"/account/programs/{grant}/disconnect";
        using var other = await AccountUser.SignInAsync(victim.Company);
        string?[] wrong =
        [
            null, "", "x", await victim.TokenAsync("/account/sign-out", "/account"),
            await victim.TokenAsync("/account/disconnect-all", "/account/disconnect-all"), await other.TokenAsync(path, path),
        ];
        foreach (var token in wrong)
        {
            Assert.Equal("403 form_refused", await ErrorOfAsync(await victim.PostAsync(path, token)));
        }

        await ExpectUnchangedAsync(victim, grant);
    }

    [Theory]
    [InlineData("iframe")]
    [InlineData("object")]
    public async Task The_pages_are_not_shown_in_a_frame(string destination)
    {
        var (victim, _, _) = await VictimAsync();

        await Expect.PageAsync(
            await victim.Browser.GetAsync("/account", ("Sec-Fetch-Dest", destination), ("Sec-Fetch-Mode", "navigate")), 403, "framed");
        using var page = await victim.Browser.GetAsync("/account");
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("form-action 'self'", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("script-src", policy, StringComparison.Ordinal);
        Assert.True(page.Headers.CacheControl!.NoStore);
    }

    /// <summary>
    /// Session fixation: the attacker begins, and hands the login link to a victim who is signed in at the company. The attacker's browser
    /// lacks the proof, and the victim's browser lacks the cookie.
    /// </summary>
    [Fact]
    public async Task A_login_link_that_another_browser_began_gives_no_session_to_either_browser()
    {
        var (victim, grant, _) = await VictimAsync();
        using var attacker = new Browser(host);
        var redirect = await AccountUser.BeginAsync(attacker, victim.Company);
        var report = await victim.Company.ReportAsync(redirect.LoginRequestId);
        using var fresh = new Browser(host);
        await Expect.PageAsync(await fresh.GetAsync(report.CallbackPath), 403, "foreign_browser");
        using (var arrived = await fresh.GetAsync($"/account/sign-in/{redirect.LoginRequestId}"))
        {
            Assert.False(arrived.Headers.Contains("Set-Cookie"));
        }

        await Expect.PageAsync(
            await attacker.GetAsync($"{victim.Company.CallbackPath}?state={redirect.State}"), 400, "proof_missing");
        await Expect.PageAsync(await attacker.GetAsync($"/account/sign-in/{redirect.LoginRequestId}"), 400, "login_over");
        Assert.DoesNotContain(attacker.Cookies.GetAllCookies(), cookie => cookie.Name.EndsWith("lk-account", StringComparison.Ordinal));
        await ExpectUnchangedAsync(victim, grant);
    }

    /// <summary>Before the report, the arrival gives nothing, however often it is asked.</summary>
    [Fact]
    public async Task An_arrival_before_the_callback_begins_no_session()
    {
        var company = await host.CompanyAsync();
        using var browser = new Browser(host);
        var redirect = await AccountUser.BeginAsync(browser, company);
        var path = $"/account/sign-in/{redirect.LoginRequestId}";
        await Expect.PageAsync(await browser.GetAsync(path), 400, "login_over");
        await company.ReportAsync(redirect.LoginRequestId);
        await Expect.PageAsync(await browser.GetAsync(path), 400, "login_over");

        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), cookie => cookie.Name == "lk-account");
    }

    [Fact]
    public async Task A_login_page_with_state_only_offers_no_list()
    {
        // The only login page that offers the list would be opened at once.
        await host.NewCompanyAsync();
        await host.NewCompanyAsync();
        var company = await host.NewCompanyAsync("state_only");
        using var browser = new Browser(host);
        using var response = await browser.GetAsync($"/account/sign-in?server={company.ResourceId}");

        Assert.DoesNotContain("login_request_id", $"{response.Headers.Location}", StringComparison.Ordinal);
        Assert.DoesNotContain(company.ResourceId, await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_session_ends_when_the_person_signs_out()
    {
        var (victim, grant, _) = await VictimAsync();
        using var copy = victim.Browser.Snapshot();
        using (var done = await victim.PressAsync("/account/sign-out", "/account"))
        {
            Assert.Equal(HttpStatusCode.OK, done.StatusCode);
        }

        Assert.Equal("401 signed_out", await ErrorOfAsync(await copy.GetAsync($"/account/programs/{grant}")));
    }

    [Fact]
    public async Task A_session_ends_after_30_minutes()
    {
        var (victim, grant, _) = await VictimAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(31));

        Assert.Equal("401 signed_out", await ErrorOfAsync(await victim.Browser.GetAsync($"/account/programs/{grant}")));
    }

    [Fact]
    public async Task A_session_ends_when_the_company_revokes_the_person()
    {
        var (victim, grant, _) = await VictimAsync();
        using var revoked = await victim.Company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{victim.Company.ConnectionId}/users:revoke", new { sub = "ada" });

        Assert.Equal("401 signed_out", await ErrorOfAsync(await victim.Browser.GetAsync($"/account/programs/{grant}")));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("0000000000000000000000.x")]
    [InlineData(".")]
    [InlineData("%00.%00")]
    public async Task An_invented_session_is_none(string value)
    {
        using var browser = new Browser(host);
        using var response = await browser.GetAsync("/account/disconnect-all", ("Cookie", $"lk-account={value}"));

        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }

    /// <summary>The cookie of a test login, or of a client's sign-in, is none of this page.</summary>
    [Fact]
    public async Task A_login_request_of_a_client_gives_no_session()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var arrived = await login.Browser.GetAsync($"/account/sign-in/{login.Redirect.LoginRequestId}");

        Assert.Equal("/account", arrived.Headers.Location?.ToString());
        Assert.False(arrived.Headers.Contains("Set-Cookie"));
        await login.ExpectUnchangedAsync();
    }

    private async Task<(AccountUser Victim, string Grant, Tokens Tokens)> VictimAsync()
    {
        var company = await host.NewCompanyAsync();
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        return (await AccountUser.SignInAsync(company), tokens.Claims.GetProperty("grant_id").GetString()!, tokens);
    }

    private static async Task ExpectUnchangedAsync(AccountUser victim, string grant)
    {
        Assert.Equal([grant], await victim.GrantsAsync());
        Assert.Contains("Change your notes", await victim.OpenAsync(), StringComparison.Ordinal);
        victim.Dispose();
    }

    private static async Task<string> ErrorOfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            return $"{(int)response.StatusCode} {Code().Match(await response.Content.ReadAsStringAsync()).Groups["code"].Value}";
        }
    }

    [GeneratedRegex("data-lk-error=\"(?<code>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Code();
}
