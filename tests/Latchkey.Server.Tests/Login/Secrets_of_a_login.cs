using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>The last step of <c>./dev check</c> searches every log for the secrets that the witnesses kept; here it is shown that they keep them.</summary>
public sealed class Secrets_of_a_login(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Are_all_seen_by_the_witness()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await company.ReportAsync(visit.LoginRequestId);
        var consent = await browser.ComeBackAsync(report.CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));

        string[] secrets =
        [
            client.Secret!, visit.State, report.AuthRequestId.Split('.')[1], consent.Token, code, tokens.Refresh!, tokens.Access.Split('.')[2],
            browser.Cookies.GetAllCookies().Single().Value, (await company.TokenAsync()).Split('.')[2],
        ];
        Assert.Empty(secrets.Except(host.ResponseAudit.Secrets));
    }
}
