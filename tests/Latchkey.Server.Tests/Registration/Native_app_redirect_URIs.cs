using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

/// <summary>The kinds of redirect URIs of native apps (RFC 8252 §7): each is registered, requested and gets the code.</summary>
public sealed class Native_app_redirect_URIs(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("com.example.app:/oauth2redirect/example-provider", "com.example.app:/oauth2redirect/example-provider")]
    [InlineData("https://app.example.com/oauth2redirect/example-provider", "https://app.example.com/oauth2redirect/example-provider")]
    [InlineData("http://127.0.0.1/oauth2redirect", "http://127.0.0.1:51004/oauth2redirect")]
    [InlineData("http://[::1]:1/oauth2redirect", "http://[::1]:61023/oauth2redirect")]
    [Spec("RFC 8252 §7", "three-redirects")]
    [Spec("RFC 8252 §7.3", "any-loopback-port")]
    public async Task A_public_client_registers_a_redirect_URI_of_each_kind_and_gets_its_code_there(string registered, string requested)
    {
        var company = await host.NewCompanyAsync();
        var response = await new Registrant(company).RegisterAsync(new
        {
            client_name = "Native",
            redirect_uris = new[] { registered },
            token_endpoint_auth_method = "none",
            application_type = "native",
        });
        var client = new McpClient(company, response.Id, secret: null, requested);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        using var allowed = await browser.DecideAsync(
            await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath), "allow", "notes:read");

        Assert.Equal(HttpStatusCode.SeeOther, allowed.StatusCode);
        Assert.StartsWith(requested + "?", allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location)["code"]));
    }
}
