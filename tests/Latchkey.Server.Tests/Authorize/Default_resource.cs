using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>A request without <c>resource</c>: the token still has an audience (RFC 9068 §3).</summary>
public sealed class Default_resource(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <param name="atResource">
    /// Whether the client uses the entry of its resource. At the entry of the environment, the resource where it was created counts.
    /// </param>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    [Spec("RFC 9068 §3", "aud-default")]
    public async Task A_request_without_a_resource_gets_a_token_for_the_resource_of_the_entry_or_of_the_client(bool atResource)
    {
        await host.NewCompanyAsync();
        var company = await host.NewCompanyAsync();
        var created = await McpClient.CreateAsync(company);
        var client = atResource ? created : new McpClient(company, created.Id, created.Secret, created.RedirectUri) { Entry = "" };
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("resource", null)));
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        var ofAPerson = await Tokens.OfAsync(await client.RedeemAsync(code, ("resource", null)));
        var ofTheClient = await Tokens.OfAsync(await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], []));

        foreach (var tokens in new[] { ofAPerson, ofTheClient })
        {
            Assert.Equal(
                [company.ResourceId, company.ResourceUri], tokens.Claims.GetProperty("aud").EnumerateArray().Select(a => a.GetString()));
        }
    }
}
