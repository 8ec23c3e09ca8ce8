using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Consent_decisions_on_SQLite(OnSqlite host) : Consent_decisions(host), IClassFixture<OnSqlite>;

public sealed class Consent_decisions_on_PostgreSQL(OnPostgres host) : Consent_decisions(host), IClassFixture<OnPostgres>;

/// <summary>A decision takes effect once, and only for the scopes that were shown and ticked.</summary>
public abstract class Consent_decisions(LatchkeyHost host)
{
    [Theory]
    [InlineData(null, "notes:read", "notes:read")]
    [InlineData(null, "notes:write notes:read", "notes:read notes:write")]
    [InlineData(null, "notes:read notes:read", "notes:read")]
    [InlineData(null, "notes:read never:asked offline_access openid", "notes:read")]
    [InlineData("notes:read", "notes:read notes:write", "notes:read")]
    [InlineData("notes:read offline_access", "notes:read", "notes:read offline_access")]
    [InlineData("notes:read offline_access", "notes:read notes:write", "notes:read offline_access")]
    [Spec("OAuth 2.1 §1.4.1", "scope-told-when-different")]
    public async Task Only_scopes_that_were_requested_shown_and_ticked_are_granted(string? requested, string ticked, string granted)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", requested)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", ticked.Split(' '));

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(granted, tokens.Scope);
        Assert.Equal(granted, tokens.Claims.GetProperty("scope").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("never:asked")]
    [InlineData("NOTES:READ")]
    public async Task Allowing_without_a_ticked_scope_is_a_denial(string ticked)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);

        Expect.Redirect(
            await login.Browser.DecideAsync(login.Consent!, "allow", ticked.Split(' ')), login.Client.RedirectUri, "access_denied",
            login.Company.Issuer);
        Expect.Redirect(
            await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"), login.Client.RedirectUri, "access_denied",
            login.Company.Issuer);
    }

    [Fact]
    public async Task Unticked_scopes_are_granted_when_the_resource_does_not_allow_unticking()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes_can_be_unticked = false });
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow");

        Assert.Equal(
            "notes:read notes:write",
            (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
    }

    [Fact]
    public async Task Unknown_form_fields_are_ignored()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        KeyValuePair<string, string>[] form =
        [
            new("form_token", login.Consent!.Token), new("decision", "allow"), new("scope", "notes:read"), new("sub", "root"),
            new("redirect_uri", "https://evil.example/"), new("client_id", "m2m_0000000000000000000000"),
            new("state", "other"), new("resource", "https://evil.example/"), new("code", "mine"), new("__proto__", "x"), new("", "x"),
        ];
        using var allowed = await login.Browser.SendAsync(
            HttpMethod.Post, login.Consent.Path + "?decision=deny&form_token=x", form, ("Origin", host.BaseUrl));
        Assert.StartsWith(login.Client.RedirectUri + "?code=", allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(McpClient.State, Browser.QueryOf(allowed.Headers.Location)["state"]);

        var tokens = await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location)["code"]));
        Assert.Equal(("ada", "notes:read"), (tokens.Claims.GetProperty("sub").GetString(), tokens.Scope));
    }

    /// <summary>303, so that the browser does not post the form to the client (RFC 9700 §4.12).</summary>
    [Theory]
    [InlineData("allow", "code")]
    [InlineData("deny", "error")]
    [Spec("OAuth 2.1 §4.1.2", "state-returned", "challenge-not-revealed")]
    [Spec("OAuth 2.1 §7.5.3", "no-307")]
    [Spec("RFC 9207 §2", "iss-in-success")]
    public async Task A_decision_redirects_by_303_with_state_and_issuer_and_is_not_cached(string decision, string parameter)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var response = await login.Browser.DecideAsync(login.Consent!, decision, "notes:read");

        Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.StartsWith($"{login.Client.RedirectUri}?{parameter}=", response.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.EndsWith(
            $"&state={McpClient.StateOnTheWire}&iss={Uri.EscapeDataString(login.Company.Issuer)}",
            response.Headers.Location.OriginalString,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_repeated_decision_has_the_same_redirect_and_after_the_exchange_a_final_page()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var first = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read");
        foreach (var (decision, scope) in new[] { ("allow", "notes:read"), ("allow", "notes:write"), ("deny", "notes:read"),
            ("not_you", "notes:read"), ("nonsense", "notes:read") })
        {
            using var again = await login.Browser.DecideAsync(login.Consent!, decision, scope);
            Assert.Equal(first.Headers.Location, again.Headers.Location);
        }

        var tokens = await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(first.Headers.Location!)["code"]));
        Assert.Equal("notes:read", tokens.Scope);
        foreach (var decision in new[] { "allow", "deny", "not_you", "nonsense" })
        {
            using var late = await login.Browser.DecideAsync(login.Consent!, decision, "notes:read");
            Assert.Equal(HttpStatusCode.OK, late.StatusCode);
            Assert.Null(late.Headers.Location);
            Assert.Contains("data-lk-finished", await late.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await Tokens.OfAsync(await login.Client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task A_denial_is_final_whatever_is_pressed_afterwards()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        foreach (var decision in new[] { "deny", "allow", "deny", "not_you" })
        {
            Expect.Redirect(
                await login.Browser.DecideAsync(login.Consent!, decision, "notes:read"), login.Client.RedirectUri, "access_denied",
                login.Company.Issuer);
        }
    }

    /// <summary>Client, connection and resource may change between the authorization request and the decision.</summary>
    [Theory]
    [InlineData("connection disabled")]
    [InlineData("connection replaced")]
    [InlineData("resource deleted")]
    [InlineData("client deleted")]
    [InlineData("registration closed")]
    [InlineData("all scopes disabled")]
    public async Task A_decision_for_a_deleted_or_disabled_object_shows_an_error_page_and_issues_no_code(string what)
    {
        var company = await host.NewCompanyAsync();
        var client = what == "client deleted" ? await McpClient.CreateAsync(company) : await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        await (what switch
        {
            "connection disabled" =>
                host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false }),
            "connection replaced" => host.SendAsync(
                HttpMethod.Patch,
                $"/api/v1/resources/{company.ResourceId}",
                new { connection_id = (await host.CompanyAsync()).ConnectionId }),
            "all scopes disabled" => host.SendAsync(
                HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}",
                new { scopes = new[] { new { name = "notes:read", enabled = false }, new { name = "notes:write", enabled = false } } }),
            "resource deleted" => host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}"),
            "client deleted" => host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}"),
            _ => host.SendAsync(
                HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true }),
        });

        await Expect.PageAsync(await browser.GetAsync(consent.Path), 400, "no_longer_offered");
        await Expect.PageAsync(await browser.DecideAsync(consent, "allow", "notes:read"), 400, "no_longer_offered");
    }

    [Fact]
    public async Task A_scope_that_was_disabled_meanwhile_is_not_granted()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        await host.SendAsync(
            HttpMethod.Patch,
            $"/api/v1/resources/{company.ResourceId}",
            new { scopes = new object[] { new { name = "notes:read" }, new { name = "notes:write", enabled = false } } });
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");

        Assert.Equal(
            "notes:read", (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
    }

    [Fact]
    [Spec("OAuth 2.1 §7.11", "clickjacking")]
    [Spec("RFC 9700 §4.16", "frames")]
    [Spec("RFC 9700 §4.2.4", "no-referrer-leak")]
    public async Task Clickjacking_caching_and_scripts_are_prevented_by_headers_of_the_consent_page()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        using var page = await login.Browser.GetAsync(login.Consent!.Path);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();

        Assert.Matches(
            "^default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            + "script-src 'nonce-[A-Za-z0-9_-]{22}'$",
            policy);
        Assert.Equal("DENY", page.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("unsafe-none", page.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.Equal("force-load-at-top", page.Headers.GetValues("Document-Policy").Single());
        Assert.True(page.Headers.CacheControl?.NoStore);
        using var again = await login.Browser.GetAsync(login.Consent.Path);
        Assert.NotEqual(policy, again.Headers.GetValues("Content-Security-Policy").Single());
    }
}
