using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Login_lifetimes_on_SQLite(OnSqlite host) : Login_lifetimes(host), IClassFixture<OnSqlite>;

public sealed class Login_lifetimes_on_PostgreSQL(OnPostgres host) : Login_lifetimes(host), IClassFixture<OnPostgres>;

/// <summary>
/// Each stage at the last millisecond of its lifetime and at the first one after it: fifteen minutes, two minutes, ten minutes. The clock
/// is stopped.
/// </summary>
public abstract class Login_lifetimes(LatchkeyHost host)
{
    private const int FifteenMinutes = 900_000;
    private const int TenMinutes = 600_000;
    private const int TwoMinutes = 120_000;

    [Theory]
    [InlineData(FifteenMinutes - 1, true)]
    [InlineData(FifteenMinutes, false)]
    [InlineData(FifteenMinutes + 1, false)]
    public async Task A_report_is_accepted_within_fifteen_minutes(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.BeginAsync(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            await login.ExpectUnchangedAsync();
            return;
        }

        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Redirect.LoginRequestId), 410, "login_request_expired");
        await Expect.ProblemAsync(
            await login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { login_failed = true }), 410, "login_request_expired");
        await Expect.ProblemAsync(
            await login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "no"), 410, "login_request_expired");
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
    }

    [Theory]
    [InlineData("required", TwoMinutes - 1, true)]
    [InlineData("required", TwoMinutes, false)]
    [InlineData("state_only", TwoMinutes - 1, true)]
    [InlineData("state_only", TwoMinutes, false)]
    public async Task A_callback_is_accepted_within_two_minutes_of_the_report(string verification, int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            Assert.Equal(login.Report, await login.Company.ReportAsync(login.Redirect.LoginRequestId));
            await login.ExpectUnchangedAsync();
            return;
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "return_expired");
        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Redirect.LoginRequestId), 410, "login_request_expired");
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "return_expired");
    }

    /// <summary>After a report at the last moment the callback has two minutes, so the cookie must live as long.</summary>
    [Fact]
    public async Task A_report_at_the_last_moment_has_its_two_minutes_and_the_cookie_lasts_as_long()
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.BeginAsync(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(FifteenMinutes - 1));
        await login.ContinueAsync(until: LoginFlow.AwaitingReturn);
        host.Clock.Advance(TimeSpan.FromMilliseconds(TwoMinutes - 1));
        await login.ExpectUnchangedAsync();

        using var browser = new Browser(host);
        using var begun = await browser.GetAsync(login.Client.Authorize());
        Assert.Contains("max-age=1620", Assert.Single(begun.Headers.GetValues("Set-Cookie")), StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData(TenMinutes - 1, true)]
    [InlineData(TenMinutes, false)]
    public async Task A_consent_decision_is_accepted_within_ten_minutes_of_the_callback(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            using var page = await login.Browser.GetAsync(login.Consent!.Path);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            await login.ExpectUnchangedAsync();
            return;
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Consent!.Path), 400, "consent_expired");
        foreach (var decision in new[] { "allow", "deny", "not_you" })
        {
            await Expect.PageAsync(await login.Browser.DecideAsync(login.Consent, decision, "notes:read"), 400, "consent_expired");
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "consent_expired");
        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Redirect.LoginRequestId), 410, "login_request_expired");
    }

    /// <summary>The code expires after a minute, so an older redirect would carry an expired code or an old error.</summary>
    [Theory]
    [InlineData(59_999, true)]
    [InlineData(60_000, false)]
    [InlineData(TenMinutes, false)]
    [InlineData(24 * 3_600_000 - 1, false)]
    public async Task A_consent_decision_is_repeated_to_the_client_for_one_minute(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var allowed = await LoginFlow.AtAsync(host, LoginFlow.AwaitingExchange);
        using var denied = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        Expect.Redirect(
            await denied.Browser.DecideAsync(denied.Consent!, "deny"), denied.Client.RedirectUri, "access_denied", denied.Company.Issuer);
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
                await Expect.PageAsync(await allowed.Browser.GetAsync(path), 400, "code_expired");
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
    public async Task A_rejection_is_returned_to_the_client_until_the_fifteen_minutes_have_passed(int milliseconds, bool inTime)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Refused);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));
        if (inTime)
        {
            await login.ExpectUnchangedAsync();
        }
        else
        {
            await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "login_expired");
        }
    }

    /// <summary>
    /// A foreign browser ends a login only during the lifetime of the login request, to the millisecond. Later it gets an error page, and
    /// nothing is revoked.
    /// </summary>
    [Theory]
    [InlineData(FifteenMinutes - 1, LoginFlow.Exchanged, false)]
    [InlineData(FifteenMinutes, LoginFlow.Exchanged, true)]
    [InlineData(24 * 3_600_000, LoginFlow.Exchanged, true)]
    [InlineData(TwoMinutes - 1, LoginFlow.AwaitingReturn, false)]
    [InlineData(TenMinutes - 1, LoginFlow.AwaitingConsent, false)]
    public async Task A_foreign_browser_can_end_a_login_only_during_its_lifetime(int milliseconds, string stage, bool isLate)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, stage, "state_only");
        using var foreign = new Browser(host);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        await Expect.PageAsync(
            await foreign.GetAsync(login.CallbackWithoutProof), isLate ? 400 : 403, isLate ? "login_over" : "foreign_browser");
        if (isLate)
        {
            await login.ExpectUnchangedAsync();
        }
        else
        {
            await login.ExpectEndedAsync();
        }
    }

    /// <summary>Each accepted report gives the browser two minutes again, and no more than ten minutes after the first one.</summary>
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task A_repeated_report_gives_the_callback_two_minutes_again_and_at_most_ten_in_all(string verification)
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        using var late = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        for (var milliseconds = 0; milliseconds + TwoMinutes < TenMinutes; milliseconds += TwoMinutes - 1)
        {
            host.Clock.Advance(TimeSpan.FromMilliseconds(TwoMinutes - 1));
            Assert.Equal(login.Report, await login.Company.ReportAsync(login.Redirect.LoginRequestId));
            Assert.Equal(late.Report, await late.Company.ReportAsync(late.Redirect.LoginRequestId));
        }

        // Ten minutes after the first report, less one millisecond.
        host.Clock.Advance(TimeSpan.FromMilliseconds(TenMinutes - 1 - (5 * (TwoMinutes - 1))));
        await login.ExpectUnchangedAsync();
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Expect.PageAsync(await late.Browser.GetAsync(late.Callback), 400, "return_expired");
        await Expect.ProblemAsync(await late.Company.TryReportAsync(late.Redirect.LoginRequestId), 410, "login_request_expired");
    }

    [Fact]
    public async Task A_repeated_report_never_shortens_the_time_for_the_callback()
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await login.Company.ReportAsync(login.Redirect.LoginRequestId);
        await Expect.ProblemAsync(
            await login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }),
            409,
            "other_user_reported");
        host.Clock.Advance(TimeSpan.FromMilliseconds(TwoMinutes - 1));
        await login.ExpectUnchangedAsync();
    }

    /// <summary>The report of another person is refused, so it must not keep the login alive.</summary>
    [Fact]
    public async Task A_refused_report_does_not_extend_the_time_for_the_callback()
    {
        using var still = host.Clock.StandStill();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        host.Clock.Advance(TimeSpan.FromMilliseconds(TwoMinutes - 1));
        await Expect.ProblemAsync(
            await login.Company.TryReportAsync(login.Redirect.LoginRequestId, new { sub = "bob", email = "bob@acme.example" }),
            409,
            "other_user_reported");
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "return_expired");
    }

    [Fact]
    public async Task The_eleventh_login_in_a_browser_takes_the_place_of_a_finished_or_else_of_the_oldest_open_one()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirects = new List<LoginRedirect>();
        for (var i = 0; i < 10; i++)
        {
            redirects.Add(await browser.StartAsync(client.Authorize()));
            host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        // A finished login goes before the open ones, although it is not the oldest.
        using (await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirects[3].LoginRequestId)).CallbackPath), "allow", "notes:read"))
        {
            redirects.Add(await browser.StartAsync(client.Authorize()));
            host.Clock.Advance(TimeSpan.FromMilliseconds(1));
        }

        // Then the oldest open one goes; all others still finish.
        redirects.Add(await browser.StartAsync(client.Authorize()));
        Assert.Equal(10, browser.Cookies.GetAllCookies().Count(c => !c.Expired));
        var displaced = await company.ReportAsync(redirects[0].LoginRequestId);
        await Expect.PageAsync(await browser.GetAsync(displaced.CallbackPath), 403, "foreign_browser");
        Assert.Contains("login.displaced", await host.SignInEventsAsync(redirects[0].LoginRequestId), StringComparer.Ordinal);
        foreach (var kept in redirects.Where((_, i) => i is not (0 or 3)))
        {
            await browser.ComeBackAsync((await company.ReportAsync(kept.LoginRequestId)).CallbackPath);
        }
    }

    [Fact]
    public async Task Expired_logins_make_room_before_open_ones()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        for (var i = 0; i < 9; i++)
        {
            await browser.StartAsync(client.Authorize());
        }

        host.Clock.Advance(TimeSpan.FromMinutes(16));
        var open = await browser.StartAsync(client.Authorize());
        await browser.StartAsync(client.Authorize());
        await browser.ComeBackAsync((await company.ReportAsync(open.LoginRequestId)).CallbackPath);
        Assert.Equal(2, browser.Cookies.GetAllCookies().Count(c => !c.Expired));
    }
}
