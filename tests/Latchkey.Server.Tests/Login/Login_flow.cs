using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Login_flow_on_SQLite(OnSqlite host) : Login_flow(host), IClassFixture<OnSqlite>;

public sealed class Login_flow_on_PostgreSQL(OnPostgres host) : Login_flow(host), IClassFixture<OnPostgres>;

public abstract class Login_flow(LatchkeyHost host)
{
    [Fact]
    [Spec("OAuth 2.1 §3.1", "owner-authenticated-first")]
    [Spec("OAuth 2.1 §7.1.3.5", "short-lived")]
    [Spec("OAuth 2.1 §7.1.3.6", "audience")]
    [Spec("OAuth 2.1 §7.3", "person-told-who-asks")]
    [Spec("RFC 9207 §2", "iss-in-success")]
    [Spec("RFC 9068 §2.2", "claims")]
    [Spec("RFC 9068 §2.2.3.1", "roles")]
    public async Task A_login_leads_from_authorize_through_the_login_page_to_tokens()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);

        var redirect = await browser.StartAsync(client.Authorize());
        Assert.StartsWith(
            "https://app.example/login?from=mcp&login_request_id=lri_", redirect.LoginUrl.OriginalString, StringComparison.Ordinal);
        Assert.Equal(["from", "login_request_id", "state"], Browser.QueryOf(redirect.LoginUrl).Keys);

        var report = await company.ReportAsync(redirect.LoginRequestId);
        Assert.Equal($"{company.CallbackPath}?state={redirect.State}&auth_request_id={report.AuthRequestId}", report.CallbackPath);

        var consent = await browser.ComeBackAsync(report.CallbackPath);
        foreach (var shown
            in new[] { "Ada Lovelace", "ada@acme.example", "Acme Ltd", "Inspector", "this device", "Read your notes", "Change your notes" })
        {
            Assert.Contains(shown, consent.Html, StringComparison.Ordinal);
        }

        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
        var response = Browser.QueryOf(allowed.Headers.Location!);
        Assert.Equal("a b+c&d=é", response["state"]);
        Assert.Equal(company.Issuer, response["iss"]);

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(response["code"], ("resource", company.ResourceUri)));
        Assert.Equal("notes:read notes:write", tokens.Scope);
        Assert.Equal(900, tokens.ExpiresIn);
        Assert.StartsWith("lkr_", tokens.Refresh, StringComparison.Ordinal);
        var claims = tokens.Claims;
        Assert.Equal(company.Issuer, claims.GetProperty("iss").GetString());
        Assert.Equal([company.ResourceId, company.ResourceUri], claims.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        Assert.Equal("ada", claims.GetProperty("sub").GetString());
        Assert.Equal(client.Id, claims.GetProperty("client_id").GetString());
        Assert.Equal("notes:read notes:write", claims.GetProperty("scope").GetString());
        Assert.Equal(["notes:read", "notes:write"], claims.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        Assert.Equal(900, claims.GetProperty("exp").GetInt64() - claims.GetProperty("iat").GetInt64());
        Assert.StartsWith("tkn_", claims.GetProperty("jti").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("grt_", claims.GetProperty("grant_id").GetString(), StringComparison.Ordinal);
        Assert.Equal(company.ConnectionId, claims.GetProperty("connection_id").GetString());
        Assert.Equal("acme", claims.GetProperty("org_id").GetString());
        Assert.Equal("author", claims.GetProperty("roles")[0].GetString());
        Assert.Equal(
            ["authorize.accepted", "login.reported", "callback.accepted", "consent.allowed", "token.issued"],
            await host.SignInEventsAsync(redirect.LoginRequestId));
    }

    [Fact]
    [Spec("RFC 8707 §2.1", "at-authorize")]
    [Spec("RFC 9207 §2.3", "iss-is-the-issuer")]
    public async Task A_login_works_at_the_entry_of_the_environment()
    {
        var company = await host.NewCompanyAsync();
        var registered = await McpClient.RegisterAsync(company);
        var client = new McpClient(company, registered.Id, secret: null, registered.RedirectUri) { Entry = "" };
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("resource", company.ResourceUri)));
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read");

        Assert.Equal(host.BaseUrl, Browser.QueryOf(allowed.Headers.Location!)["iss"]);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(company.Issuer, tokens.Claims.GetProperty("iss").GetString());
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2.1", "access-denied")]
    public async Task A_denial_is_access_denied_and_a_second_decision_has_the_same_result()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);

        Expect.Redirect(await browser.DecideAsync(consent, "deny"), client.RedirectUri, "access_denied", company.Issuer);
        Expect.Redirect(await browser.DecideAsync(consent, "allow", "notes:read"), client.RedirectUri, "access_denied", company.Issuer);
    }

    [Fact]
    public async Task A_token_has_only_the_scopes_that_were_ticked()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read",
            "never:asked");

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("notes:read", tokens.Scope);
        Assert.Equal("notes:read", tokens.Claims.GetProperty("scope").GetString());
    }

    [Fact]
    [Spec("OAuth 2.1 §7.3.1", "no-silent-repeat")]
    public async Task Scopes_that_are_new_for_a_client_that_was_allowed_before_are_marked()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await client.TokensAsync(scope: "notes:read");
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);

        Assert.Single(System.Text.RegularExpressions.Regex.Matches(consent.Html, "class=\"new\"", default, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    [Spec("RFC 9207 §2", "iss-in-forms")]
    [Spec("Form Post Response Mode §2", "form")]
    public async Task The_code_is_posted_to_the_client_that_asked_for_form_post()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, "https://client.example/callback");
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("response_mode", "form_post")));
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read");

        Assert.Equal(HttpStatusCode.OK, allowed.StatusCode);
        var html = await allowed.Content.ReadAsStringAsync();
        Assert.Contains("action=\"https://client.example/callback\"", html, StringComparison.Ordinal);
        Assert.Contains("name=\"code\" value=\"lkc_", html, StringComparison.Ordinal);
        Assert.Contains("name=\"iss\"", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_integration_without_the_proof_works_on_a_state_only_connection()
    {
        var company = await host.NewCompanyAsync("state_only");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        await company.ReportAsync(redirect.LoginRequestId, new { sub = "1234567890", email = "alice@example.com" });
        var sinceReturn = System.Diagnostics.Stopwatch.StartNew();
        var consent = await browser.ComeBackAsync($"{company.CallbackPath}?state={redirect.State}");

        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        Assert.True(sinceReturn.Elapsed >= LatchkeyHost.SettleTime, "the code was sent before the settle time had passed");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("1234567890", tokens.Claims.GetProperty("sub").GetString());
    }

    [Fact]
    public async Task Two_tabs_of_one_browser_both_finish()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var one = await browser.StartAsync(client.Authorize());
        var two = await browser.StartAsync(client.Authorize());
        var first = await browser.ComeBackAsync((await company.ReportAsync(one.LoginRequestId)).CallbackPath);
        var second = await browser.ComeBackAsync((await company.ReportAsync(two.LoginRequestId)).CallbackPath);

        foreach (var consent in new[] { second, first })
        {
            using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
            await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        }
    }
}
