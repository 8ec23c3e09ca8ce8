using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Login_request_values_on_SQLite(OnSqlite host) : Login_request_values(host), IClassFixture<OnSqlite>;

public sealed class Login_request_values_on_PostgreSQL(OnPostgres host) : Login_request_values(host), IClassFixture<OnPostgres>;

/// <summary>Values that are fixed when a login request starts, and values that may change until its end.</summary>
public abstract class Login_request_values(LatchkeyHost host)
{
    /// <summary>At least 128 random bits each, and no value twice.</summary>
    [Fact]
    [Spec("OAuth 2.1 §7.7", "not-guessable")]
    public async Task ID_state_and_cookie_are_random_and_unique()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var browser = new Browser(host);
            var redirect = await browser.StartAsync(client.Authorize());
            Assert.Matches("^lri_[0-9A-Za-z]{22}$", redirect.LoginRequestId);
            Assert.Matches("^[0-9A-Za-z]{22}[0-9A-Za-z_-]{43}$", redirect.State);
            Assert.True(seen.Add(redirect.LoginRequestId) && seen.Add(redirect.State[^43..])
                && seen.Add(browser.Cookies.GetAllCookies().Single().Value));
        }
    }

    /// <summary>The values on the consent page stay the same during the decision. The client receives the newest ones.</summary>
    [Fact]
    public async Task The_consent_page_shows_the_report_and_the_token_has_the_newest_profile()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(redirect.LoginRequestId, new { sub = "ada", email = "ada@old.example", name = "Ada Old" });
        using var updated = await company.SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{company.ConnectionId}/users:update",
            new { sub = "ada", email = "ada@new.example", name = "Ada New" });
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        Assert.Contains("Ada Old", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada New", consent.Html, StringComparison.Ordinal);

        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(
            ("ada@new.example", "Ada New"),
            (tokens.Claims.GetProperty("email").GetString(), tokens.Claims.GetProperty("name").GetString()));
    }

    /// <summary>Loosening the callback verification of a connection does not affect login requests that have started.</summary>
    [Fact]
    public async Task The_callback_verification_at_the_start_applies_until_the_end()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(redirect.LoginRequestId);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { callback_verification = "state_only" });

        await Expect.PageAsync(await browser.GetAsync($"{company.CallbackPath}?state={redirect.State}"), 400, "proof_missing");
        await Expect.PageAsync(await browser.GetAsync(report.CallbackPath), 400, "login_over");
    }

    /// <summary>
    /// An unmodified integration cannot know what the client asked for: its report is accepted, without the claim that does not satisfy the
    /// request. A resource may require a fresh login.
    /// </summary>
    [Theory]
    [InlineData("max_age", "60", "auth_time")]
    [InlineData("prompt", "login", "auth_time")]
    [InlineData("acr_values", "mfa phr", "acr")]
    [Spec("OpenID Connect §3.1.2.1", "max-age")]
    public async Task A_login_that_is_not_as_fresh_or_strong_as_requested_loses_the_claim_or_is_refused(
        string parameter, string value, string fact)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        object[] unsatisfying =
        [
            new { sub = "ada", email = "a@b.example" },
            new { sub = "ada", email = "a@b.example", auth_time = host.Clock.GetUtcNow().AddHours(-1).ToUnixTimeSeconds(), acr = "pwd" },
        ];
        foreach (var user in unsatisfying)
        {
            var redirect = await browser.StartAsync(client.Authorize((parameter, value)));
            using var allowed = await browser.DecideAsync(
                await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId, user)).CallbackPath),
                "allow",
                "notes:read");
            var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
            Assert.False(tokens.Claims.TryGetProperty(fact, out _));
        }

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { require_fresh_login = true });
        var insisted = await browser.StartAsync(client.Authorize((parameter, value)));
        foreach (var user in unsatisfying)
        {
            await Expect.ProblemAsync(await company.TryReportAsync(insisted.LoginRequestId, user), 422, "login_not_fresh", fact);
        }

        var satisfied = new { sub = "ada", email = "a@b.example", auth_time = host.Clock.GetUtcNow().ToUnixTimeSeconds(), acr = "phr" };
        using var again = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(insisted.LoginRequestId, satisfied)).CallbackPath),
            "allow",
            "notes:read");
        var fresh = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(again.Headers.Location!)["code"]));
        Assert.True(fresh.Claims.TryGetProperty(fact, out _));
    }
}
