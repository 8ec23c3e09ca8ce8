using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class What_a_login_keeps_on_SQLite(OnSqlite host) : What_a_login_keeps(host), IClassFixture<OnSqlite>;

public sealed class What_a_login_keeps_on_PostgreSQL(OnPostgres host) : What_a_login_keeps(host), IClassFixture<OnPostgres>;

/// <summary>What was true when it began, and what may change on its way.</summary>
public abstract class What_a_login_keeps(LatchkeyHost host)
{
    /// <summary>At least 128 random bits each, and none of it twice.</summary>
    [Fact]
    [Spec("OAuth 2.1 §7.7", "not-guessable")]
    public async Task Its_ids_and_state_are_nobodys_guess()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var browser = new Browser(host);
            var visit = await browser.StartAsync(client.Authorize());
            Assert.Matches("^lri_[0-9A-Za-z]{22}$", visit.LoginRequestId);
            Assert.Matches("^[0-9A-Za-z]{22}[0-9A-Za-z_-]{43}$", visit.State);
            Assert.True(seen.Add(visit.LoginRequestId) && seen.Add(visit.State[^43..]) && seen.Add(browser.Cookies.GetAllCookies().Single().Value));
        }
    }

    /// <summary>What a person reads and agrees to does not change under their hands; what the client learns is the newest.</summary>
    [Fact]
    public async Task The_consent_page_shows_the_report_and_the_token_carries_the_newest()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId, new { sub = "ada", email = "ada@old.example", name = "Ada Old" });
        using var updated = await company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:update", new { sub = "ada", email = "ada@new.example", name = "Ada New" });
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        Assert.Contains("Ada Old", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Ada New", consent.Html, StringComparison.Ordinal);

        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(("ada@new.example", "Ada New"), (tokens.Claims.GetProperty("email").GetString(), tokens.Claims.GetProperty("name").GetString()));
    }

    /// <summary>Whoever loosens a connection does not loosen the logins that are on their way.</summary>
    [Fact]
    public async Task The_mode_of_its_connection_when_it_began()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { callback_verification = "state_only" });

        await Expect.PageAsync(await browser.GetAsync($"{company.CallbackPath}?state={visit.State}"), 400, "proof_missing");
        await Expect.PageAsync(await browser.GetAsync(report.CallbackPath), 400, "login_over");
    }

    /// <summary>An unmodified integration cannot know what was asked: its report is taken, but says nothing it does not show. A resource may insist.</summary>
    [Theory]
    [InlineData("max_age", "60", "auth_time")]
    [InlineData("prompt", "login", "auth_time")]
    [InlineData("acr_values", "mfa phr", "acr")]
    [Spec("OpenID Connect §3.1.2.1", "max-age")]
    public async Task No_fact_about_the_login_that_does_not_satisfy_the_client(string parameter, string value, string fact)
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
            var visit = await browser.StartAsync(client.Authorize((parameter, value)));
            using var allowed = await browser.DecideAsync(await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId, user)).CallbackPath), "allow", "notes:read");
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
        using var again = await browser.DecideAsync(await browser.ComeBackAsync((await company.ReportAsync(insisted.LoginRequestId, satisfied)).CallbackPath), "allow", "notes:read");
        var fresh = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(again.Headers.Location!)["code"]));
        Assert.True(fresh.Claims.TryGetProperty(fact, out _));
    }
}
