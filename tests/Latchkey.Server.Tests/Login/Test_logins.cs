using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Login;

public sealed class Test_logins_on_SQLite(OnSqlite host) : Test_logins(host), IClassFixture<OnSqlite>;

public sealed class Test_logins_on_PostgreSQL(OnPostgres host) : Test_logins(host), IClassFixture<OnPostgres>;

/// <summary>An operator tries a login page: a login request of purpose Test, which ends at the dashboard and has no client.</summary>
public abstract class Test_logins(LatchkeyHost host)
{
    [Fact]
    public async Task A_test_is_a_login_request_without_a_client_and_ends_at_its_page()
    {
        using var test = await TestLogin.BeginAsync(host);
        Assert.StartsWith(
            "https://app.example/login?from=mcp&login_request_id=lri_", test.Redirect.LoginUrl.ToString(), StringComparison.Ordinal);
        Assert.Equal("ok now no no no", await test.StatesAsync());

        var context = await ContextAsync(test);
        Assert.Equal(
            ("test", "awaiting_login", false, false, 0),
            (Text(context, "purpose"), Text(context, "stage"), context.TryGetProperty("client", out _),
                context.TryGetProperty("resource", out _), context.GetProperty("scopes").GetArrayLength()));
        Assert.Equal("ok ok now no no", await test.StatesAsync());

        await test.ReportAsync();
        Assert.Equal("ok ok ok now no", await test.StatesAsync());
        Assert.Equal("Your backend reported ada@acme.example", (await test.LinesAsync())[2].Text);

        using var returned = await test.User.GetAsync(test.Report!.CallbackPath);
        returned.ExpectRedirect(test.PagePath);
        Assert.Equal("ok ok ok ok ok", await test.StatesAsync());
        var html = await test.User.OpenAsync(test.PagePath);
        Assert.Contains("Your login page works.", html, StringComparison.Ordinal);
        Assert.Contains("Ada Lovelace", html, StringComparison.Ordinal);
        Assert.Equal("confirmed", Text(await ContextAsync(test), "stage"));
    }

    [Fact]
    public async Task A_reload_of_the_callback_leads_to_the_page_again_until_its_time_is_over()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var first = await test.ComeBackAsync();
        using var second = await test.User.GetAsync(test.Report!.CallbackPath);
        second.ExpectRedirect(test.PagePath);
        Assert.Equal(test.Report, await test.ReportAsync());

        host.Clock.Advance(TimeSpan.FromMinutes(11));
        await Expect.PageAsync(await test.User.GetAsync(test.Report.CallbackPath), 400, "login_over");
        Assert.Equal("ok warn ok ok ok", await test.StatesAsync());
        await Expect.ProblemAsync(await test.Company.TryReportAsync(test.Id), 410, "login_request_expired");
    }

    [Fact]
    public async Task No_code_grant_consent_or_user_comes_of_a_test()
    {
        var company = await host.NewCompanyAsync();
        using var test = await TestLogin.BeginAsync(company, await DashboardUser.SignInAsync(host, OperatorRole.Owner));
        using var returned = await test.ComeBackAsync();

        (string Path, string Members)[] lists =
        [
            ($"/api/v1/grants?connection_id={company.ConnectionId}", "grants"),
            ($"/api/v1/user_consents?connection_id={company.ConnectionId}", "consents"),
            ($"/api/v1/connections/{company.ConnectionId}/users", "users"),
        ];
        foreach (var (path, members) in lists)
        {
            Assert.Equal(0, (await host.SendAsync(HttpMethod.Get, path)).GetProperty(members).GetArrayLength());
        }
    }

    [Fact]
    public async Task The_values_of_a_test_open_no_consent_page()
    {
        using var test = await TestLogin.BeginAsync(host);
        await Expect.PageAsync(await test.User.GetAsync($"/consent/{test.Id}"), 403, "foreign_browser");
        using var returned = await test.ComeBackAsync();

        await Expect.PageAsync(await test.User.GetAsync($"/consent/{test.Id}"), 403, "foreign_browser");
        var details = await DetailsAsync(test);
        var token = host.Services.GetRequiredService<LoginSecrets>().FormToken(details, "anything");
        foreach (var decision in new[] { "allow", "deny", "not_you" })
        {
            await Expect.PageAsync(
                await test.User.Browser.DecideAsync(new($"/consent/{test.Id}", "", token), decision, "notes:read"), 403, "foreign_browser");
        }

        Assert.Equal("ok warn ok ok ok", await test.StatesAsync());
    }

    /// <summary>Nobody has this value: it is never sent. The server would derive it from its key.</summary>
    [Fact]
    public async Task A_code_of_a_test_is_refused_even_if_it_is_genuine()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var returned = await test.ComeBackAsync();
        var client = await McpClient.RegisterAsync(test.Company);
        var code = host.Services.GetRequiredService<LoginSecrets>().Code(await DetailsAsync(test)).Value;

        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    [Fact]
    public async Task State_and_proof_of_a_test_and_of_a_sign_in_cannot_be_exchanged()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();

        // A browser with the cookie of one of them gets nowhere with the state of the other one.
        await Expect.PageAsync(await login.Browser.GetAsync(test.Report!.CallbackPath), 403, "foreign_browser");
        await Expect.PageAsync(await test.User.GetAsync(login.Callback), 403, "foreign_browser");

        // One browser with both cookies: each proof belongs to its own state.
        login.Browser.Cookies.Add(test.User.Browser.Cookies.GetAllCookies());
        await Expect.PageAsync(
            await login.Browser.GetAsync($"{test.CallbackWithoutProof}&auth_request_id={login.Report!.AuthRequestId}"),
            400, "proof_missing");
        Assert.Equal("ok warn ok bad no", await test.StatesAsync());
        await login.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task The_proof_of_a_test_does_not_confirm_a_sign_in()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();
        login.Browser.Cookies.Add(test.User.Browser.Cookies.GetAllCookies());

        await Expect.PageAsync(
            await login.Browser.GetAsync($"{login.CallbackWithoutProof}&auth_request_id={test.Report!.AuthRequestId}"),
            400, "proof_missing");
        await login.ExpectEndedAsync();
        using var returned = await login.Browser.GetAsync(test.Report.CallbackPath);
        returned.ExpectRedirect(test.PagePath);
    }

    [Fact]
    public async Task A_test_is_hidden_from_every_other_session()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var returned = await test.ComeBackAsync();
        using var colleague = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        using var later = await DashboardUser.SignInAsync(host, test.User.Operator);
        foreach (var other in new[] { colleague, later })
        {
            foreach (var path in new[] { "", "/go", "/live.events" })
            {
                using var shown = await other.GetAsync(test.PagePath + path, ("Accept", "text/event-stream"));
                await shown.ExpectErrorAsync(HttpStatusCode.NotFound, "test_not_yours");
                Assert.DoesNotContain("ada@", await shown.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        }

        // Not at another connection, and not for a login request that is no test.
        using var login = await LoginFlow.BeginAsync(host);
        string[] paths =
        [
            TestLogin.PathOf(await host.NewCompanyAsync(), test.Id), TestLogin.PathOf(test.Company, login.Redirect.LoginRequestId),
        ];
        foreach (var path in paths)
        {
            using var shown = await test.User.GetAsync(path);
            await shown.ExpectErrorAsync(HttpStatusCode.NotFound, "test_not_yours");
        }

        using var visitor = new Browser(host);
        using var signIn = await visitor.GetAsync(test.PagePath);
        Assert.StartsWith("/dashboard/sign-in?next=", signIn.Headers.Location!.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The attacker starts the test, and a person who is signed in at the company opens its login link.</summary>
    [Fact]
    public async Task The_browser_of_another_person_does_not_finish_a_test()
    {
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();
        using var victim = new Browser(host);

        await Expect.PageAsync(await victim.GetAsync(test.Report!.CallbackPath), 403, "foreign_browser");
        await Expect.PageAsync(await test.User.GetAsync(test.CallbackWithoutProof), 400, "proof_missing");
        Assert.DoesNotContain("Ada Lovelace", await test.User.OpenAsync(test.PagePath), StringComparison.Ordinal);
        await Expect.ProblemAsync(await test.Company.TryReportAsync(test.Id), 409, "login_request_over");
    }

    [Fact]
    public async Task A_test_ends_with_the_session_of_its_operator()
    {
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();
        using var signedOut = await test.User.PostAsync("/dashboard/me", "/dashboard/sign-out");

        await Expect.PageAsync(await test.User.Browser.GetAsync(test.Report!.CallbackPath), 400, "no_longer_offered");
        await Expect.ProblemAsync(await test.Company.TryReportAsync(test.Id), 409, "login_request_over");
    }

    [Fact]
    public async Task A_test_ends_when_its_login_page_is_switched_off()
    {
        var company = await host.NewCompanyAsync();
        using var test = await TestLogin.BeginAsync(company, await DashboardUser.SignInAsync(host, OperatorRole.Admin));
        await test.ReportAsync();
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });

        await Expect.PageAsync(await test.User.GetAsync(test.Report!.CallbackPath), 400, "connection_disabled");
        var start = $"/dashboard/login-pages/{company.ConnectionId}/test";
        using var again = await test.User.PostAsync(start, start);
        await again.ExpectErrorAsync(HttpStatusCode.Conflict, "connection_disabled");
    }

    [Fact]
    public async Task A_second_person_is_refused_and_shown()
    {
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync();

        await Expect.ProblemAsync(
            await test.Company.TryReportAsync(test.Id, new { sub = "bob", email = "bob@acme.example" }), 409, "other_user_reported");
        Assert.Equal("Your backend reported ada@acme.example", (await test.LinesAsync())[2].Text);
    }

    [Fact]
    public async Task A_wrong_report_is_red_with_its_cause_until_a_right_one_comes()
    {
        using var test = await TestLogin.BeginAsync(host);
        await ContextAsync(test);

        await Expect.ProblemAsync(await test.Company.TryReportAsync(test.Id, new { sub = "ada" }), 400, "invalid_argument", "email");
        var (kind, text, why) = (await test.LinesAsync())[2];
        Assert.Equal(("bad", "Your backend reported who signed in"), (kind, text));
        Assert.Contains("email", why, StringComparison.Ordinal);

        await test.ReportAsync();
        Assert.Equal("ok ok ok now no", await test.StatesAsync());
    }

    [Fact]
    public async Task A_rejection_by_the_login_page_is_shown_where_the_test_ends()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var rejected = await test.Company.RejectAsync(test.Id, "access_denied", "Not today");

        using var returned = await test.User.GetAsync(test.CallbackWithoutProof);
        returned.ExpectRedirect(test.PagePath);
        Assert.Equal("ok no bad no no", await test.StatesAsync());
        Assert.Contains("Not today", (await test.LinesAsync())[2].Why, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_never_came_is_red_when_its_time_is_over()
    {
        using var unreported = await TestLogin.BeginAsync(host);
        using var alone = await TestLogin.BeginAsync(host);
        await alone.ReportAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(16));

        Assert.Contains("no report came", string.Join('\n', await unreported.LinesAsync()), StringComparison.Ordinal);
        Assert.Contains("never came back", string.Join('\n', await alone.LinesAsync()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_state_only_a_test_follows_the_rules_of_a_sign_in()
    {
        using var early = await TestLogin.BeginAsync(host, "state_only");
        await Expect.PageAsync(await early.User.GetAsync(early.CallbackWithoutProof), 400, "not_reported");
        await Expect.ProblemAsync(await early.Company.TryReportAsync(early.Id), 409, "login_request_over");

        using var test = await TestLogin.BeginAsync(host, "state_only");
        await test.ReportAsync();
        using var returned = await test.User.GetAsync(test.CallbackWithoutProof);
        returned.ExpectRedirect(test.PagePath);

        using var stolen = await TestLogin.BeginAsync(host, "state_only");
        await stolen.ReportAsync();
        using var other = new Browser(host);
        await Expect.PageAsync(await other.GetAsync(stolen.CallbackWithoutProof), 403, "foreign_browser");
        await Expect.PageAsync(await stolen.User.GetAsync(stolen.CallbackWithoutProof), 400, "login_over");
    }

    [Fact]
    public async Task A_prefetch_changes_nothing()
    {
        using var test = await TestLogin.BeginAsync(host);
        using var ahead = await test.User.GetAsync($"{test.PagePath}/go", ("Sec-Purpose", "prefetch"));
        await ahead.ExpectErrorAsync(HttpStatusCode.BadRequest, "prefetch_refused");
        await test.ReportAsync();

        await Expect.PageAsync(await test.User.GetAsync(test.Report!.CallbackPath, ("Sec-Purpose", "prefetch")), 400, "prefetch_refused");
        using var returned = await test.User.GetAsync(test.Report.CallbackPath);
        returned.ExpectRedirect(test.PagePath);
    }

    [Fact]
    public async Task A_viewer_begins_no_test()
    {
        var company = await host.CompanyAsync();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var start = $"/dashboard/login-pages/{company.ConnectionId}/test";

        using var refused = await viewer.SendAsync(start, viewer.TokenFor(start));
        await refused.ExpectErrorAsync(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task A_test_is_in_the_sign_in_log_and_is_not_counted()
    {
        var before = await CountedAsync();
        using var done = await TestLogin.BeginAsync(host);
        using var returned = await done.ComeBackAsync();
        using var rejected = await TestLogin.BeginAsync(host);
        using var answer = await rejected.Company.RejectAsync(rejected.Id, "access_denied", "Not today");

        var entry = (await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{done.Id}")).GetProperty("auth_request");
        Assert.Equal(
            ("test", "connected", "ada@acme.example", false),
            (Text(entry, "purpose"), Text(entry, "outcome"), Text(entry, "email"), entry.TryGetProperty("client_id", out _)));
        Assert.Equal(["test.begun", "test.sent", "login.reported", "callback.confirmed"], await host.SignInEventsAsync(done.Id));
        Assert.Equal(before, await CountedAsync());

        var timeline = await done.User.OpenAsync($"/dashboard/sign-ins/{Text(entry, "id")}");
        Assert.Contains("Test login: the login page works", timeline, StringComparison.Ordinal);
        Assert.Contains("Test login", await done.User.OpenAsync("/dashboard/sign-ins"), StringComparison.Ordinal);
    }

    /// <param name="sub">An id of the person. The second one is also the word that replaces ids in the sign-in log.</param>
    [Theory]
    [InlineData("leaver")]
    [InlineData("erased")]
    public async Task The_erasure_of_a_person_deletes_tests_too(string sub)
    {
        using var test = await TestLogin.BeginAsync(host);
        await test.ReportAsync(new { sub, email = $"{sub}@acme.example" });

        await Expect.ProblemAsync(
            await host.TrySendAsync(
                HttpMethod.Post, $"/api/v1/connections/{test.Company.ConnectionId}/users:erase", new { sub }),
            404, "user_not_found");
        await Expect.ProblemAsync(await test.Company.TryReportAsync(test.Id), 404, "login_request_not_found");
    }

    private static async Task<JsonElement> ContextAsync(TestLogin test)
    {
        using var response = await test.Company.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{test.Company.ConnectionId}/auth-requests/{test.Id}");
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private async Task<LoginRequestDetails> DetailsAsync(TestLogin test) =>
        (await host.Services.GetRequiredService<LoginRequestStore>().FindAsync(new LoginRequestId(test.Id), default))!.Details;

    private async Task<long> CountedAsync()
    {
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(default);
        var (slots, _) = await host.Services.GetRequiredService<EndedSignIns>().ReadAsync(SlotSize.Day, 0, 0, resource: null, default);
        return slots.Sum(slot => slot.Number);
    }
}
