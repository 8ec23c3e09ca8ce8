using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Journeys;

public sealed class The_reference_on_an_error_page_on_SQLite(OnSqlite host) : The_reference_on_an_error_page(host), IClassFixture<OnSqlite>;

public sealed class The_reference_on_an_error_page_on_PostgreSQL(OnPostgres host) : The_reference_on_an_error_page(host), IClassFixture<OnPostgres>;

/// <summary>A person reads it out, an operator looks it up: also where no auth request could be found, or may not be named.</summary>
public abstract class The_reference_on_an_error_page(LatchkeyHost host)
{
    [Theory]
    [InlineData("/resources/res_0000000000000000000000/oauth/authorize", 404, "unknown_resource", "authorize.refused")]
    [InlineData("/oauth/authorize", 400, "missing_client", "authorize.refused")]
    [InlineData("/sso/v1/connections/conn_0000000000000000000000/partner:callback?state=x", 404, "unknown_connection", "callback.refused")]
    [InlineData("/consent/lri_0000000000000000000000", 403, "foreign_browser", "consent.refused")]
    public async Task Leads_to_what_a_stranger_met(string path, int status, string code, string step)
    {
        using var browser = new Browser(host);
        var reference = await Expect.PageAsync(await browser.GetAsync(path), status, code);
        Assert.Equal([step], await host.SignInEventsAsync(reference));
    }

    [Theory]
    [InlineData("Sec-Purpose", "prefetch", 400, "prefetch_refused")]
    [InlineData("X-None", "", 400, "unknown_state")]
    public async Task Leads_to_why_a_callback_was_refused(string header, string value, int status, string code)
    {
        var company = await host.NewCompanyAsync();
        using var browser = new Browser(host);
        var reference = await Expect.PageAsync(await browser.GetAsync(company.CallbackPath + "?state=unknown", (header, value)), status, code);
        Assert.Equal(["callback.refused"], await host.SignInEventsAsync(reference));
    }

    [Fact]
    public async Task Leads_to_why_an_answer_did_not_count_and_not_to_the_question_it_was_about()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);

        var framed = await Expect.PageAsync(await browser.GetAsync(consent.Path, ("Sec-Fetch-Dest", "iframe")), (int)HttpStatusCode.Forbidden, "framed");
        var foreign = await Expect.PageAsync(
            await browser.SendAsync(HttpMethod.Post, consent.Path, [new("form_token", consent.Token), new("decision", "allow")], ("Origin", "null")),
            (int)HttpStatusCode.Forbidden,
            "foreign_origin");
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(framed));
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(foreign));
        Assert.DoesNotContain("consent.refused", await host.SignInEventsAsync(visit.LoginRequestId));
    }
}
