using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>
/// The last step of <c>./dev check</c> searches every log for the secrets that were collected from responses. This test shows that they are
/// collected.
/// </summary>
public sealed class Secrets_collected_for_the_log_scan(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task All_secrets_of_a_login_are_collected()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(redirect.LoginRequestId);
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));

        string[] secrets =
        [
            client.Secret!, redirect.State, report.AuthRequestId.Split('.')[1], consent.Token, code, tokens.Refresh!,
            tokens.Access.Split('.')[2], browser.Cookies.GetAllCookies().Single().Value, (await company.TokenAsync()).Split('.')[2],
        ];
        Assert.Empty(secrets.Except(host.ResponseAudit.Secrets));
    }
}
