using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Consent_page(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Lasts = "Access lasts until you or your company take it back.";

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

    /// <summary>A resource without scopes gives every client the whole of it; a heading without a list would hide that.</summary>
    [Fact]
    public async Task The_page_of_a_resource_without_scopes_says_that_everything_is_allowed()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes = Array.Empty<object>() });
        var consent = await ConsentAsync(company, scope: null);

        Assert.Matches("Use everything that <bdi>Notes [0-9]+</bdi> offers you", consent.Html);
        Assert.DoesNotContain("Untick", consent.Html, StringComparison.Ordinal);
    }

    private async Task<ConsentForm> ConsentAsync(Company company, string? scope)
    {
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, "authorization_code");
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", scope)));
        return await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
    }
}
