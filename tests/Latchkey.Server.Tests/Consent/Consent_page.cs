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
}
