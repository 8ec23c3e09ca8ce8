using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class An_answer_on_SQLite(OnSqlite host) : An_answer(host), IClassFixture<OnSqlite>;

public sealed class An_answer_on_PostgreSQL(OnPostgres host) : An_answer(host), IClassFixture<OnPostgres>;

/// <summary>What a person's answer does: once, exactly, and only what was shown and ticked.</summary>
public abstract class An_answer(LatchkeyHost host)
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
    public async Task Grants_what_was_requested_shown_and_ticked_and_nothing_else(string? requested, string ticked, string granted)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize(("scope", requested)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", ticked.Split(' '));

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal(granted, tokens.Scope);
        Assert.Equal(granted, tokens.Claims.GetProperty("scope").GetString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("never:asked")]
    [InlineData("NOTES:READ")]
    public async Task That_ticks_nothing_of_what_was_shown_is_a_denial(string ticked)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);

        Expect.Redirect(await login.Browser.DecideAsync(login.Consent!, "allow", ticked.Split(' ')), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
        Expect.Redirect(await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
    }

    [Fact]
    public async Task Cannot_untick_where_the_resource_does_not_allow_it()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes_can_be_unticked = false });
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync((await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow");

        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
    }

    [Fact]
    public async Task Takes_no_notice_of_fields_nobody_asked_for()
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        KeyValuePair<string, string>[] form =
        [
            new("form_token", login.Consent!.Token), new("decision", "allow"), new("scope", "notes:read"), new("sub", "root"), new("redirect_uri", "https://evil.example/"), new("client_id", "m2m_0000000000000000000000"),
            new("state", "other"), new("resource", "https://evil.example/"), new("code", "mine"), new("__proto__", "x"), new("", "x"),
        ];
        using var allowed = await login.Browser.SendAsync(HttpMethod.Post, login.Consent.Path + "?decision=deny&form_token=x", form, ("Origin", host.BaseUrl));
        Assert.StartsWith(login.Client.RedirectUri + "?code=", allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(McpClient.State, Browser.QueryOf(allowed.Headers.Location)["state"]);

        var tokens = await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location)["code"]));
        Assert.Equal(("ada", "notes:read"), (tokens.Claims.GetProperty("sub").GetString(), tokens.Scope));
    }

    /// <summary>303, so that no browser repeats the form at the client (RFC 9700 §4.12).</summary>
    [Theory]
    [InlineData("allow", "code")]
    [InlineData("deny", "error")]
    [Spec("OAuth 2.1 §4.1.2", "state-returned", "challenge-not-revealed")]
    [Spec("OAuth 2.1 §7.5.3", "no-307")]
    [Spec("RFC 9207 §2", "iss-in-success")]
    public async Task Is_sent_on_by_303_uncached_with_state_and_issuer(string decision, string parameter)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        using var answer = await login.Browser.DecideAsync(login.Consent!, decision, "notes:read");

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.True(answer.Headers.CacheControl?.NoStore);
        Assert.StartsWith($"{login.Client.RedirectUri}?{parameter}=", answer.Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.EndsWith($"&state={McpClient.StateOnTheWire}&iss={Uri.EscapeDataString(login.Company.Issuer)}", answer.Headers.Location.OriginalString, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Given_again_is_the_same_redirect_and_after_the_code_was_redeemed_a_page_that_may_be_closed()
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        using var first = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read");
        foreach (var (decision, scope) in new[] { ("allow", "notes:read"), ("allow", "notes:write"), ("deny", "notes:read"), ("not_you", "notes:read"), ("nonsense", "notes:read") })
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
    public async Task Denied_stays_denied_whatever_is_pressed_afterwards()
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        foreach (var decision in new[] { "deny", "allow", "deny", "not_you" })
        {
            Expect.Redirect(await login.Browser.DecideAsync(login.Consent!, decision, "notes:read"), login.Client.RedirectUri, "access_denied", login.Company.Issuer);
        }
    }

    /// <summary>What was on offer when the person was sent here may be gone when they answer.</summary>
    [Theory]
    [InlineData("connection disabled")]
    [InlineData("connection replaced")]
    [InlineData("resource deleted")]
    [InlineData("client deleted")]
    [InlineData("registration closed")]
    public async Task To_what_is_no_longer_on_offer_is_a_page_and_no_code(string what)
    {
        var company = await host.NewCompanyAsync();
        var client = what == "client deleted" ? await McpClient.CreateAsync(company) : await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync((await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        await (what switch
        {
            "connection disabled" => host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false }),
            "connection replaced" => host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { connection_id = (await host.CompanyAsync()).ConnectionId }),
            "resource deleted" => host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}"),
            "client deleted" => host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}"),
            _ => host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true }),
        });

        await Expect.PageAsync(await browser.GetAsync(consent.Path), 400, "no_longer_offered");
        await Expect.PageAsync(await browser.DecideAsync(consent, "allow", "notes:read"), 400, "no_longer_offered");
    }

    [Fact]
    public async Task To_a_scope_that_was_switched_off_meanwhile_does_not_grant_it()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync((await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { scopes = new object[] { new { name = "notes:read" }, new { name = "notes:write", enabled = false } } });
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");

        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
    }

    [Fact]
    [Spec("OAuth 2.1 §7.11", "clickjacking")]
    [Spec("RFC 9700 §4.16", "frames")]
    [Spec("RFC 9700 §4.2.4", "no-referrer-leak")]
    public async Task Is_asked_on_a_page_that_cannot_be_framed_cached_or_scripted_by_others()
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent);
        using var page = await login.Browser.GetAsync(login.Consent!.Path);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();

        Assert.Matches("^default-src 'none'; style-src 'self'; img-src 'self' https: data:; base-uri 'none'; frame-ancestors 'none'; script-src 'nonce-[A-Za-z0-9_-]{22}'$", policy);
        Assert.Equal("DENY", page.Headers.GetValues("X-Frame-Options").Single());
        Assert.Equal("nosniff", page.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", page.Headers.GetValues("Referrer-Policy").Single());
        Assert.Equal("unsafe-none", page.Headers.GetValues("Cross-Origin-Opener-Policy").Single());
        Assert.True(page.Headers.CacheControl?.NoStore);
        using var again = await login.Browser.GetAsync(login.Consent.Path);
        Assert.NotEqual(policy, again.Headers.GetValues("Content-Security-Policy").Single());
    }
}
