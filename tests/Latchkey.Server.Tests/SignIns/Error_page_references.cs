using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.SignIns;

public sealed class Error_page_references_on_SQLite(OnSqlite host) : Error_page_references(host), IClassFixture<OnSqlite>;

public sealed class Error_page_references_on_PostgreSQL(OnPostgres host) : Error_page_references(host), IClassFixture<OnPostgres>;

/// <summary>
/// A user tells the reference on the page to an operator, who looks it up. It also works when there is no auth request or when it must not
/// be disclosed.
/// </summary>
public abstract class Error_page_references(LatchkeyHost host)
{
    [Theory]
    [InlineData("/resources/res_0000000000000000000000/oauth/authorize", 404, "unknown_resource", "authorize.refused")]
    [InlineData("/oauth/authorize", 400, "missing_client", "authorize.refused")]
    [InlineData("/sso/v1/connections/conn_0000000000000000000000/partner:callback?state=x", 404, "unknown_connection", "callback.refused")]
    [InlineData("/consent/lri_0000000000000000000000", 403, "foreign_browser", "consent.refused")]
    public async Task The_reference_finds_the_refusal_of_a_request_without_an_auth_request(
        string path, int status, string code, string step)
    {
        using var browser = new Browser(host);
        var reference = await Expect.PageAsync(await browser.GetAsync(path), status, code);
        Assert.Equal([step], await host.SignInEventsAsync(reference));
    }

    [Theory]
    [InlineData("Sec-Purpose", "prefetch", 400, "prefetch_refused")]
    [InlineData("X-None", "", 400, "unknown_state")]
    public async Task The_reference_finds_why_a_callback_was_refused(string header, string value, int status, string code)
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var reference = await Expect.PageAsync(
            await browser.GetAsync(company.CallbackPath + "?state=unknown", (header, value)), status, code);
        Assert.Equal(["callback.refused"], await host.SignInEventsAsync(reference));
    }

    [Fact]
    public async Task The_reference_of_a_framed_or_cross_origin_consent_finds_the_refusal_and_not_the_login_request()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(details.LoginRequestId)).CallbackPath);

        var framed = await Expect.PageAsync(
            await browser.GetAsync(consent.Path, ("Sec-Fetch-Dest", "iframe")), (int)HttpStatusCode.Forbidden, "framed");
        var foreign = await Expect.PageAsync(
            await browser.SendAsync(
                HttpMethod.Post, consent.Path, [new("form_token", consent.Token), new("decision", "allow")], ("Origin", "null")),
            (int)HttpStatusCode.Forbidden,
            "foreign_origin");
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(framed));
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(foreign));
        Assert.DoesNotContain("consent.refused", await host.SignInEventsAsync(details.LoginRequestId));
    }
}
