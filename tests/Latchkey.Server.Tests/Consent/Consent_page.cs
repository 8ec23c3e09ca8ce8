using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Consent_page(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Lasts = "Access lasts until your company takes it back, at most 365 days. "
        + "It ends earlier when the program has not used it for 30 days.";

    /// <summary>Access lasts when a refresh token would be issued.</summary>
    [Theory]
    [InlineData("authorization_code refresh_token", "notes:read", true)]
    [InlineData("authorization_code", "notes:read offline_access", true)]
    [InlineData("authorization_code", "notes:read", false)]
    [Spec("ASVS V10 §10.7.2", "10.7.2")]
    public async Task The_page_shows_client_host_resource_and_scopes_and_whether_access_lasts(string grantTypes, string scope, bool lasts)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, grantTypes.Split(' '));
        using var browser = new Browser(host);

        var redirect = await browser.StartAsync(client.Authorize(("scope", scope)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);

        foreach (var shown
            in new[] { "data-lk=\"client\">Inspector<", "data-lk=\"client-host\">this device<", "data-lk=\"resource\"", "Read your notes" })
        {
            Assert.Contains(shown, consent.Html, StringComparison.Ordinal);
        }

        Assert.Equal(lasts, consent.Html.Contains(Lasts, StringComparison.Ordinal));
    }

    /// <summary>Without a refresh token, access lasts as long as the access token, which the operator chooses.</summary>
    [Theory]
    [InlineData(30, "after one minute;")]
    [InlineData(61, "after 2 minutes;")]
    [InlineData(900, "after 15 minutes;")]
    [InlineData(7_201, "after 3 hours;")]
    [InlineData(86_400, "after 24 hours;")]
    public async Task The_page_says_how_long_access_without_a_refresh_token_lasts(int seconds, string text)
    {
        var company = await host.NewCompanyAsync(resource: new { access_token_expiry = seconds });
        var consent = await ConsentAsync(company, "notes:read");

        Assert.Contains($"Access ends by itself {text} the program must ask again.", consent.Html, StringComparison.Ordinal);
    }

    /// <summary>The person cannot take access back here, so the page names the company and the longest time.</summary>
    [Theory]
    [InlineData(86_400, 3_600, "at most 24 hours. It ends earlier when the program has not used it for 60 minutes.")]
    [InlineData(2_592_000, 2_592_000, "at most 30 days.<")]
    public async Task The_page_says_how_long_access_with_a_refresh_token_lasts_at_most(int grant, int refresh, string text)
    {
        var company = await host.NewCompanyAsync(resource: new { grant_expiry = grant, refresh_token_expiry = refresh });
        var consent = await ConsentAsync(company, "notes:read offline_access");

        Assert.Contains($"Access lasts until your company takes it back, {text}", consent.Html, StringComparison.Ordinal);
    }

    /// <summary>A resource without scopes gives every client the whole of it; a heading without a list would hide that.</summary>
    [Fact]
    public async Task The_page_of_a_resource_without_scopes_says_that_everything_is_allowed()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes = Array.Empty<object>() });
        var consent = await ConsentAsync(company, scope: null);

        Assert.Matches("Use everything that <bdi>Notes [0-9]+</bdi> offers you", consent.Html);
        Assert.DoesNotContain("Untick", consent.Html, StringComparison.Ordinal);
    }

    /// <summary>Identity scopes do not divide what a token of such a resource allows.</summary>
    [Fact]
    public async Task A_resource_without_scopes_grants_everything_also_beside_identity_scopes_that_were_not_ticked()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes = Array.Empty<object>() });
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", "openid offline_access")));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);

        Assert.Matches("Use everything that <bdi>Notes [0-9]+</bdi> offers you", consent.Html);
        Assert.Contains("Know who you are", consent.Html, StringComparison.Ordinal);
        using var allowed = await browser.DecideAsync(consent, "allow");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("offline_access", tokens.Scope);
        Assert.NotNull(tokens.Refresh);
    }

    private async Task<ConsentForm> ConsentAsync(Company company, string? scope)
    {
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, "authorization_code");
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", scope)));
        return await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
    }
}
