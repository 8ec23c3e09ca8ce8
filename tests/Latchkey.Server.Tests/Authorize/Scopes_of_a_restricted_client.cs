using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>The operator created the client with fewer scopes than the resource has.</summary>
public sealed class Scopes_of_a_restricted_client(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("notes:read notes:write")]
    [InlineData("notes:write")]
    [InlineData(null)]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Consent_offers_and_grants_only_the_scopes_of_the_client(string? asked)
    {
        var company = await host.CompanyAsync();
        var client = await CreateAsync(company);
        using var browser = new Browser(host);

        var redirect = await browser.StartAsync(client.Authorize(("scope", asked)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.DoesNotContain("Change your notes", consent.Html, StringComparison.Ordinal);
        Assert.Equal(("notes:read", "notes:read"), (tokens.Scope, tokens.Claims.GetProperty("scope").GetString()));
    }

    [Fact]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Client_credentials_grant_only_the_scopes_of_the_client()
    {
        var client = await CreateAsync(await host.CompanyAsync());
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];

        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, []))).Scope);
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("scope", "notes:write")]), 400, "invalid_scope");
    }

    /// <summary>The scopes of a client limit identity scopes and <c>offline_access</c> too.</summary>
    [Theory]
    [InlineData("notes:read", "openid profile email offline_access notes:read", "notes:read")]
    [InlineData("notes:read", "openid offline_access", "notes:read")]
    [InlineData("notes:read openid", "openid profile email offline_access notes:read", "notes:read openid")]
    [InlineData("notes:read openid email", "openid email notes:write", "notes:read openid email")]
    [InlineData("notes:read offline_access", "offline_access notes:read openid", "notes:read offline_access")]
    [InlineData("notes:read email", "openid email notes:read", "notes:read email")]
    public async Task Identity_scopes_and_offline_access_are_limited_too(string own, string asked, string granted)
    {
        var company = await host.NewCompanyAsync(resource: new { default_scopes = new[] { "notes:read", "notes:write" } });
        var client = await CreateAsync(company, own.Split(' '));
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", asked)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write", "openid", "profile", "email");
        using var response = await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]);
        var answer = await response.Content.ReadFromJsonAsync<JsonElement>();

        Assert.Equal(granted, answer.GetProperty("scope").GetString());
        Assert.Equal(granted.Contains("openid", StringComparison.Ordinal), answer.TryGetProperty("id_token", out _));
    }

    [Fact]
    public async Task A_limited_client_without_a_default_scope_of_its_own_is_offered_nothing()
    {
        var company = await host.NewCompanyAsync(resource: new { default_scopes = new[] { "notes:write" } });
        var client = await CreateAsync(company, "notes:read");
        using var browser = new Browser(host);
        using var response = await browser.GetAsync(client.Authorize(("scope", "nonsense")));
        var page = await response.Content.ReadAsStringAsync();

        Assert.Contains("error=invalid_scope", (response.Headers.Location?.ToString() ?? "") + page, StringComparison.Ordinal);
    }

    /// <summary>The stricter of then and now: the operator limits the client while a sign-in, a code and a grant exist.</summary>
    [Fact]
    public async Task A_limit_that_was_set_meanwhile_holds_at_the_consent_page_for_the_code_and_at_the_refresh()
    {
        var company = await host.NewCompanyAsync();
        var client = await CreateAsync(company, "notes:read", "notes:write", "openid", "offline_access");
        using var browser = new Browser(host);
        const string Scope = "notes:read notes:write openid";
        var tokens = await client.TokensAsync(scope: Scope);
        var code = await client.CodeAsync(browser, scope: Scope);
        var redirect = await browser.StartAsync(client.Authorize(("scope", Scope)));
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}", new { scopes = new[] { "notes:read" } });

        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", Scope.Split(' '));
        Assert.DoesNotContain("value=\"notes:write\"", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("value=\"openid\"", consent.Html, StringComparison.Ordinal);
        Assert.Equal(
            "notes:read", (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.RedeemAsync(code))).Scope);
        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Scope);
    }

    /// <summary>
    /// A client that an operator made has the grant type <c>refresh_token</c> without having registered it,
    /// so the operator's limit decides.
    /// </summary>
    [Theory]
    [InlineData("notes:read", "notes:read", false)]
    [InlineData("notes:read", "notes:read offline_access", false)]
    [InlineData("notes:read openid", "notes:read openid offline_access", false)]
    [InlineData("notes:read offline_access", "notes:read", true)]
    [InlineData("notes:read offline_access", "notes:read offline_access", true)]
    [InlineData("", "notes:read", true)]
    public async Task A_limited_client_gets_a_refresh_token_only_within_its_scopes(string own, string asked, bool refreshes)
    {
        var company = await host.NewCompanyAsync();
        var client = await CreateAsync(company, own.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", asked)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "openid");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.Equal(refreshes, tokens.Refresh is not null);
        Assert.Equal(!refreshes, consent.Html.Contains("Access ends by itself", StringComparison.Ordinal));
    }

    /// <summary>The stricter of then and now: the operator takes <c>offline_access</c> away while the code is not redeemed.</summary>
    [Fact]
    public async Task A_code_gives_no_refresh_token_after_offline_access_was_taken_from_the_client()
    {
        var company = await host.NewCompanyAsync();
        var client = await CreateAsync(company, "notes:read", "offline_access");
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser, scope: "notes:read offline_access");
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}", new { scopes = new[] { "notes:read" } });

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        Assert.Equal(("notes:read", (string?)null), (tokens.Scope, tokens.Refresh));
    }

    private Task<McpClient> CreateAsync(Company company) => CreateAsync(company, "notes:read");

    private async Task<McpClient> CreateAsync(Company company, params string[] scopes)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Reader", redirect_uris = new[] { "https://client.example/callback" }, scopes });
        return new(
            company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString(),
            "https://client.example/callback");
    }
}
