using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class The_time_a_login_has_on_SQLite(OnSqlite host) : The_time_a_login_has(host), IClassFixture<OnSqlite>;

public sealed class The_time_a_login_has_on_PostgreSQL(OnPostgres host) : The_time_a_login_has(host), IClassFixture<OnPostgres>;

/// <summary>Each stage at the last millisecond that counts and at the first that does not. The clock stands still; fifteen minutes, two minutes, ten minutes.</summary>
public abstract class The_time_a_login_has(LatchkeyHost host)
{
    private const int FifteenMinutes = 900_000;
    private const int TenMinutes = 600_000;
    private const int TwoMinutes = 120_000;

    [Theory]
    [InlineData(FifteenMinutes - 1, true)]
    [InlineData(FifteenMinutes, false)]
    [InlineData(FifteenMinutes + 1, false)]
    public async Task Is_fifteen_minutes_until_the_report(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.BeginAsync(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            await login.IsUnharmedAsync();
            return;
        }

        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Visit.LoginRequestId), 410, "login_request_expired");
        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Visit.LoginRequestId, new { login_failed = true }), 410, "login_request_expired");
        await Expect.ProblemAsync(await login.Company.RejectAsync(login.Visit.LoginRequestId, "access_denied", "no"), 410, "login_request_expired");
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
    }

    [Theory]
    [InlineData("required", TwoMinutes - 1, true)]
    [InlineData("required", TwoMinutes, false)]
    [InlineData("state_only", TwoMinutes - 1, true)]
    [InlineData("state_only", TwoMinutes, false)]
    public async Task Is_two_minutes_from_the_report_to_the_callback(string verification, int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            Assert.Equal(login.Report, await login.Company.ReportAsync(login.Visit.LoginRequestId));
            await login.IsUnharmedAsync();
            return;
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Visit.LoginRequestId), 410, "login_request_expired");
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
    }

    /// <summary>A report in the last moment still has its two minutes, so the browser's cookie must have them too.</summary>
    [Fact]
    public async Task Is_two_minutes_also_for_the_last_possible_report_and_the_cookie_lasts_as_long()
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.BeginAsync(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(FifteenMinutes - 1));
        await login.GoOnAsync(until: Handoff.AwaitingReturn);
        host.Clock.Advance(TimeSpan.FromMilliseconds(TwoMinutes - 1));
        await login.IsUnharmedAsync();

        using var browser = new Browser(host);
        using var begun = await browser.GetAsync(login.Client.Authorize());
        Assert.Contains("max-age=1020", Assert.Single(begun.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(TenMinutes - 1, true)]
    [InlineData(TenMinutes, false)]
    public async Task Is_ten_minutes_from_the_callback_to_the_answer(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            using var page = await login.Browser.GetAsync(login.Consent!.Path);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            await login.IsUnharmedAsync();
            return;
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Consent!.Path), 400, "login_expired");
        foreach (var decision in new[] { "allow", "deny", "not_you" })
        {
            await Expect.PageAsync(await login.Browser.DecideAsync(login.Consent, decision, "notes:read"), 400, "login_expired");
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
    }

    /// <summary>The code is dead after a minute; to be sent to the client with it, or with an old refusal, helps nobody.</summary>
    [Theory]
    [InlineData(59_999, true)]
    [InlineData(60_000, false)]
    [InlineData(TenMinutes, false)]
    [InlineData(24 * 3_600_000 - 1, false)]
    public async Task Is_a_minute_for_the_same_answer_again(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var allowed = await Handoff.AtAsync(host, Handoff.AwaitingExchange);
        using var denied = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        Expect.Redirect(await denied.Browser.DecideAsync(denied.Consent!, "deny"), denied.Client.RedirectUri, "access_denied", denied.Company.Issuer);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        foreach (var path in new[] { allowed.Callback, allowed.Consent!.Path })
        {
            if (inTime)
            {
                using var again = await allowed.Browser.GetAsync(path);
                Assert.Equal(allowed.Code, Browser.QueryOf(again.Headers.Location!)["code"]);
            }
            else
            {
                await Expect.PageAsync(await allowed.Browser.GetAsync(path), 400, "login_expired");
            }
        }

        foreach (var path in new[] { denied.Callback, denied.Consent!.Path })
        {
            if (inTime)
            {
                Expect.Redirect(await denied.Browser.GetAsync(path), denied.Client.RedirectUri, "access_denied", denied.Company.Issuer);
            }
            else
            {
                await Expect.PageAsync(await denied.Browser.GetAsync(path), 400, "login_over");
            }
        }
    }

    [Theory]
    [InlineData(FifteenMinutes - 1, true)]
    [InlineData(FifteenMinutes, false)]
    public async Task Is_what_is_left_of_the_fifteen_minutes_for_a_refusal(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.AtAsync(host, Handoff.Refused);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            await login.IsUnharmedAsync();
        }
        else
        {
            await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
        }
    }

    /// <summary>A foreign browser acts only while the login request lives, to the millisecond; later it is a page, and nothing is revoked.</summary>
    [Theory]
    [InlineData(FifteenMinutes - 1, Handoff.Exchanged, false)]
    [InlineData(FifteenMinutes, Handoff.Exchanged, true)]
    [InlineData(24 * 3_600_000, Handoff.Exchanged, true)]
    [InlineData(TwoMinutes - 1, Handoff.AwaitingReturn, false)]
    [InlineData(TenMinutes - 1, Handoff.AwaitingConsent, false)]
    public async Task Is_also_the_time_in_which_a_foreign_browser_can_stop_it(int milliseconds, string stage, bool isLate)
    {
        using var still = host.Clock.StandStill();
        using var login = await Handoff.AtAsync(host, stage, "state_only");
        using var stranger = new Browser(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        await Expect.PageAsync(await stranger.GetAsync(login.CallbackWithoutProof), isLate ? 400 : 403, isLate ? "login_over" : "foreign_browser");
        if (isLate)
        {
            await login.IsUnharmedAsync();
        }
        else
        {
            await login.IsDeadAsync();
        }
    }

    [Fact]
    public async Task Is_freed_for_another_login_in_the_same_browser_when_one_is_finished_or_over()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visits = new List<Visit>();
        for (var i = 0; i < 10; i++)
        {
            visits.Add(await browser.StartAsync(client.Authorize()));
        }

        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 400, "too_many_logins");
        using (var allowed = await browser.DecideAsync(await browser.ComeBackAsync((await company.ReportAsync(visits[3].LoginRequestId)).CallbackPath), "allow", "notes:read"))
        {
            await browser.StartAsync(client.Authorize());
        }

        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 400, "too_many_logins");
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        await browser.StartAsync(client.Authorize());
    }
}
