using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Not_you_decisions_on_SQLite(OnSqlite host) : Not_you_decisions(host), IClassFixture<OnSqlite>;

public sealed class Not_you_decisions_on_PostgreSQL(OnPostgres host) : Not_you_decisions(host), IClassFixture<OnPostgres>;

/// <summary>"Not you" on the consent page starts another login request under the same authorization and ends the former one.</summary>
public abstract class Not_you_decisions(LatchkeyHost host)
{
    private static readonly object Bob = new { sub = "bob", email = "bob@acme.example" };

    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task Not_you_starts_a_login_request_with_a_new_state_cookie_and_proof(string verification)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent, verification);
        var oldCookie = login.Browser.Cookies.GetAllCookies().Single();
        var next = await NotYouAsync(login);
        var newCookie = login.Browser.Cookies.GetAllCookies().Single();

        Assert.NotEqual(login.Redirect.LoginRequestId, next.LoginRequestId);
        Assert.NotEqual(login.Redirect.State, next.State);
        Assert.NotEqual((oldCookie.Name, oldCookie.Value), (newCookie.Name, newCookie.Value));
        Assert.Equal(["from", "login_request_id", "state"], Browser.QueryOf(next.LoginUrl).Keys);
        var report = await login.Company.ReportAsync(next.LoginRequestId, Bob);
        Assert.Equal(login.Report!.AuthRequestId.Split('.')[0], report.AuthRequestId.Split('.')[0]);
        Assert.NotEqual(login.Report.AuthRequestId.Split('.')[1], report.AuthRequestId.Split('.')[1]);

        using var allowed = await login.Browser.DecideAsync(await login.Browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        Assert.Equal(McpClient.State, Browser.QueryOf(allowed.Headers.Location!)["state"]);
        var tokens = await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("bob", tokens.Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Not_you_asks_the_login_page_for_a_fresh_login_whatever_the_client_asked()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("prompt", "consent"), ("max_age", "60"), ("login_hint", "ada")));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var again = await browser.DecideAsync(consent, "not_you");
        var next = Browser.QueryOf(again.Headers.Location!)["login_request_id"];

        using var context = await company.SendAsync(HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{next}");
        var asked = await context.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("login", asked.GetProperty("prompt").GetString());
        Assert.Equal(60, asked.GetProperty("max_age").GetInt64());
    }

    /// <summary>An attacker kept all values of the former login request, including its cookie.</summary>
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task Not_you_ends_the_former_login_request(string verification)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent, verification);
        var oldCookie = login.Browser.Cookies.GetAllCookies().Single();
        var next = await NotYouAsync(login);
        using var former = new Browser(host);
        former.Cookies.Add(new Cookie(oldCookie.Name, oldCookie.Value, "/", oldCookie.Domain));

        await Expect.ProblemAsync(await login.Company.TryReportAsync(login.Redirect.LoginRequestId), 409, "login_request_over");
        await Expect.ProblemAsync(
            await login.Company.RejectAsync(login.Redirect.LoginRequestId, "access_denied", "no"), 409, "login_request_over");
        await Expect.PageAsync(await former.GetAsync(login.Callback), 400, "login_over");
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 403, "foreign_browser");
        await Expect.PageAsync(await former.GetAsync(login.Consent!.Path), 400, "login_over");

        // The former browser is a foreign one for the new login request, and the former form token is a wrong one. Neither changes the new
        // login request.
        var report = await login.Company.ReportAsync(next.LoginRequestId, Bob);
        var consent = await login.Browser.ComeBackAsync(report.CallbackPath);
        await Expect.PageAsync(await former.GetAsync(consent.Path), 403, "foreign_browser");
        await Expect.PageAsync(await former.DecideAsync(consent, "allow", "notes:read"), 403, "foreign_browser");
        await Expect.PageAsync(
            await login.Browser.DecideAsync(consent with { Token = login.Consent.Token }, "allow", "notes:read"), 403, "form_token");
        using var allowed = await login.Browser.DecideAsync(consent, "allow", "notes:read");
        await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
    }

    [Fact]
    public async Task The_proof_of_the_former_login_request_is_wrong_for_the_new_one()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var next = await NotYouAsync(login);
        var report = await login.Company.ReportAsync(next.LoginRequestId, Bob);

        await Expect.PageAsync(
            await login.Browser.GetAsync($"{login.Company.CallbackPath}?state={next.State}&auth_request_id={login.Report!.AuthRequestId}"),
            400,
            "proof_missing");
        await Expect.PageAsync(await login.Browser.GetAsync(report.CallbackPath), 400, "login_over");
    }

    [Fact]
    public async Task Not_you_may_be_repeated()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var consent = login.Consent!;
        var seen = new HashSet<string>(StringComparer.Ordinal) { login.Redirect.LoginRequestId };
        for (var i = 0; i < 12; i++)
        {
            using var again = await login.Browser.DecideAsync(consent, "not_you");
            var query = Browser.QueryOf(again.Headers.Location!);
            Assert.True(seen.Add(query["login_request_id"]));
            consent = await login.Browser.ComeBackAsync((await login.Company.ReportAsync(query["login_request_id"])).CallbackPath);
        }

        using var allowed = await login.Browser.DecideAsync(consent, "allow", "notes:read");
        await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(12, (await login.SignInEventsAsync()).Count(e => e == "consent.not_you"));
    }

    /// <summary>A double click sends the form twice with the same cookie: both responses lead to the same new login request.</summary>
    [Fact]
    public async Task A_repeated_form_with_not_you_starts_one_login_request()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        var responses = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => login.Browser.Snapshot()).ToList().Select(b => b.DecideAsync(login.Consent!, "not_you")));

        Assert.All(responses, a => Assert.Equal(HttpStatusCode.SeeOther, a.StatusCode));
        var location = Assert.Single(responses.Select(a => a.Headers.Location!.OriginalString).Distinct(StringComparer.Ordinal));
        Assert.StartsWith("https://app.example/login?", location, StringComparison.Ordinal);
        Assert.All(responses, a => Assert.Contains(a.Headers.GetValues("Set-Cookie"), c =>
            c.StartsWith($"lk-{Browser.QueryOf(new Uri(location))["login_request_id"][4..]}=", StringComparison.Ordinal)));
        Assert.Single(await login.SignInEventsAsync(), "consent.not_you");
    }

    [Fact]
    public async Task Not_you_shows_an_error_page_when_the_connection_is_disabled_or_the_client_deleted()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await Expect.PageAsync(await browser.DecideAsync(consent, "not_you"), 400, "no_longer_offered");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = true });
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");
        await Expect.PageAsync(await browser.DecideAsync(consent, "not_you"), 400, "no_longer_offered");
    }

    private static async Task<LoginRedirect> NotYouAsync(LoginFlow login)
    {
        using var again = await login.Browser.DecideAsync(login.Consent!, "not_you");
        Assert.Equal(HttpStatusCode.SeeOther, again.StatusCode);
        var query = Browser.QueryOf(again.Headers.Location!);
        return new(query["login_request_id"], query["state"], again.Headers.Location!);
    }
}
