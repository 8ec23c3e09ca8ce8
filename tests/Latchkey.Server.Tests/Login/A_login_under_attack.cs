using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class A_login_under_attack_on_SQLite(OnSqlite host) : A_login_under_attack(host), IClassFixture<OnSqlite>;

public sealed class A_login_under_attack_on_PostgreSQL(OnPostgres host) : A_login_under_attack(host), IClassFixture<OnPostgres>;

public abstract class A_login_under_attack(LatchkeyHost host)
{
    /// <summary>The attacker starts, the victim's application reports the victim, the attacker's browser holds the cookie and calls the callback.</summary>
    [Fact]
    public async Task Cannot_be_fixated_because_the_attackers_browser_has_no_proof()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var attacker = new Browser(host);
        var visit = await attacker.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        var reference = await Expect.PageAsync(await attacker.GetAsync($"{company.CallbackPath}?state={visit.State}"), 400, "proof_missing");
        await Expect.PageAsync(await attacker.GetAsync(report.CallbackPath), 400, "login_over");
        Assert.Contains("callback.burnt", await host.JourneyAsync(reference), StringComparer.Ordinal);
    }

    [Fact]
    public async Task Tells_the_login_page_what_to_append_when_the_proof_is_missing()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        await company.ReportAsync(visit.LoginRequestId);

        using var page = await browser.GetAsync($"{company.CallbackPath}?state={visit.State}");
        Assert.Contains("Append auth_request_id from the report&#x27;s answer to the callback", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wrong")]
    [InlineData("id only")]
    [InlineData("of another login")]
    public async Task Is_burnt_by_a_wrong_proof(string kind)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);
        var other = await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId);
        var proof = kind switch
        {
            "wrong" => report.AuthRequestId[..^1] + (report.AuthRequestId[^1] == 'A' ? 'B' : 'A'),
            "id only" => report.AuthRequestId.Split('.')[0],
            _ => other.AuthRequestId,
        };

        await Expect.PageAsync(await browser.GetAsync($"{company.CallbackPath}?state={visit.State}&auth_request_id={proof}"), 400, "proof_missing");
        await Expect.PageAsync(await browser.GetAsync(report.CallbackPath), 400, "login_over");
    }

    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task Is_burnt_by_a_callback_from_a_browser_that_did_not_begin(string verification)
    {
        var company = await host.NewCompanyAsync(verification);
        var client = await McpClient.RegisterAsync(company);
        using var attacker = new Browser(host);
        using var victim = new Browser(host);
        var visit = await attacker.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        var reference = await Expect.PageAsync(await victim.GetAsync(report.CallbackPath), 403, "foreign_browser");
        await Expect.PageAsync(await attacker.GetAsync(report.CallbackPath), 400, "login_over");
        Assert.Contains("callback.suspicious", await host.JourneyAsync(reference), StringComparer.Ordinal);
    }

    [Fact]
    public async Task With_state_only_loses_its_grant_when_the_victims_browser_comes_afterwards()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var attacker = new Browser(host);
        using var victim = new Browser(host);
        var visit = await attacker.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);
        using var allowed = await attacker.DecideAsync(await attacker.ComeBackAsync($"{company.CallbackPath}?state={visit.State}"), "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        await Expect.PageAsync(await victim.GetAsync(report.CallbackPath), 403, "foreign_browser");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task With_state_only_loses_its_code_when_the_victims_browser_comes_before_the_exchange()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var attacker = new Browser(host);
        using var victim = new Browser(host);
        var visit = await attacker.StartAsync(client.Authorize());
        await company.ReportAsync(visit.LoginRequestId);
        using var allowed = await attacker.DecideAsync(await attacker.ComeBackAsync($"{company.CallbackPath}?state={visit.State}"), "allow", "notes:read");

        await Expect.PageAsync(await victim.GetAsync($"{company.CallbackPath}?state={visit.State}"), 403, "foreign_browser");
        await Expect.ErrorAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]), 400, "invalid_grant");
    }

    [Fact]
    public async Task Keeps_its_grant_when_a_foreign_browser_comes_after_the_login_requests_life()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        using var stranger = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        await company.ReportAsync(visit.LoginRequestId);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync($"{company.CallbackPath}?state={visit.State}"), "allow", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        host.Clock.Advance(TimeSpan.FromMinutes(11));
        await Expect.PageAsync(await stranger.GetAsync($"{company.CallbackPath}?state={visit.State}"), 400, "login_over");
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Theory]
    [InlineData("state_only", true)]
    [InlineData("required", false)]
    public async Task Is_burnt_by_a_callback_before_the_report_only_with_state_only(string verification, bool isBurnt)
    {
        var company = await host.NewCompanyAsync(verification);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());

        await Expect.PageAsync(await browser.GetAsync($"{company.CallbackPath}?state={visit.State}"), 400, "not_reported");
        using var report = await company.TryReportAsync(visit.LoginRequestId);
        Assert.Equal(isBurnt ? HttpStatusCode.Conflict : HttpStatusCode.OK, report.StatusCode);
    }

    [Fact]
    public async Task Is_not_touched_by_a_callback_of_another_connection()
    {
        var company = await host.NewCompanyAsync();
        var stranger = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        var foreign = report.CallbackPath.Replace(company.ConnectionId, stranger.ConnectionId, StringComparison.Ordinal);
        await Expect.PageAsync(await browser.GetAsync(foreign), 404, "unknown_connection");
        await browser.ComeBackAsync(report.CallbackPath);
    }

    [Theory]
    [InlineData("HEAD", "", 405)]
    [InlineData("POST", "", 405)]
    [InlineData("GET", "prefetch", 400)]
    [InlineData("GET", "prefetch;prerender", 400)]
    public async Task Is_not_touched_by_anything_but_a_person_opening_the_callback(string method, string purpose, int status)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        using var answer = await browser.SendAsync(new HttpMethod(method), report.CallbackPath, form: null, ("Sec-Purpose", purpose));
        Assert.Equal(status, (int)answer.StatusCode);
        await browser.ComeBackAsync(report.CallbackPath);
    }

    [Theory]
    [InlineData("?state=unknown")]
    [InlineData("?state=")]
    [InlineData("")]
    [InlineData("?state={state}&state={state}")]
    [InlineData("?state={state}x")]
    public async Task Is_not_found_by_an_unknown_blank_or_doubled_state(string query)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        await Expect.PageAsync(await browser.GetAsync(company.CallbackPath + query.Replace("{state}", visit.State, StringComparison.Ordinal)), 400, "unknown_state");
        await browser.ComeBackAsync(report.CallbackPath);
    }

    [Fact]
    public async Task Leads_reload_and_Back_to_where_it_stands_and_never_to_a_second_code()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);
        await browser.ComeBackAsync(report.CallbackPath);
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        using var again = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        Assert.Equal(allowed.Headers.Location, again.Headers.Location);
        using var back = await browser.GetAsync(report.CallbackPath);
        Assert.Equal(allowed.Headers.Location, back.Headers.Location);

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("notes:read", tokens.Scope);
        using var finished = await browser.DecideAsync(consent, "allow", "notes:read");
        Assert.Contains("data-lk-finished", await finished.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_when_it_takes_too_long_at_each_stage()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);

        var unreported = await browser.StartAsync(client.Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(10.1));
        await Expect.ProblemAsync(await company.TryReportAsync(unreported.LoginRequestId), 410, "login_request_expired");
        await Expect.PageAsync(await browser.GetAsync($"{company.CallbackPath}?state={unreported.State}"), 400, "login_expired");

        var unreturned = await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId);
        host.Clock.Advance(TimeSpan.FromMinutes(2.1));
        await Expect.PageAsync(await browser.GetAsync(unreturned.CallbackPath), 400, "login_expired");

        var undecided = await browser.ComeBackAsync((await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        host.Clock.Advance(TimeSpan.FromMinutes(10.1));
        await Expect.PageAsync(await browser.DecideAsync(undecided, "allow", "notes:read"), 400, "login_expired");
    }

    [Fact]
    public async Task Ends_at_a_page_when_its_connection_is_disabled_meanwhile()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var report = await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });

        await Expect.PageAsync(await browser.GetAsync(report.CallbackPath), 400, "connection_disabled");
    }

    [Fact]
    public async Task Has_one_consent_however_many_callbacks_come_at_once()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => browser.GetAsync(report.CallbackPath)));
        Assert.All(answers, a => Assert.Equal(HttpStatusCode.SeeOther, a.StatusCode));
        Assert.Single(answers.Select(a => a.Headers.Location).Distinct());
        Assert.Single(await host.JourneyAsync(visit.LoginRequestId), "callback.accepted");
    }

    [Fact]
    public async Task Has_one_code_however_many_times_Allow_is_sent_at_once()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => browser.DecideAsync(consent, "allow", "notes:read")));
        Assert.Single(answers.Select(a => a.Headers.Location).Distinct());
        Assert.Single(await host.JourneyAsync(visit.LoginRequestId), "consent.allowed");
    }
}
