using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class What_leaves_a_login_untouched_on_SQLite(OnSqlite host) : What_leaves_a_login_untouched(host), IClassFixture<OnSqlite>;

public sealed class What_leaves_a_login_untouched_on_PostgreSQL(OnPostgres host) : What_leaves_a_login_untouched(host), IClassFixture<OnPostgres>;

/// <summary>Callbacks that are no callbacks of this login: refused, and it goes on as if they had not been.</summary>
public abstract class What_leaves_a_login_untouched(LatchkeyHost host)
{
    private static readonly string[] Modes = ["required", "state_only"];

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task Anything_but_GET_is_405(string method)
    {
        foreach (var verification in Modes)
        {
            using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
            using var stranger = new Browser(host);
            Expect.MethodRefused(await login.Browser.SendAsync(new(method), login.Callback, form: null), "GET");
            Expect.MethodRefused(await stranger.SendAsync(new(method), login.Callback, form: null), "GET");
            await login.IsUnharmedAsync();
        }
    }

    /// <summary>Browsers, mail scanners and link previews open what nobody clicked.</summary>
    [Theory]
    [InlineData("Sec-Purpose", "prefetch")]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Sec-Purpose", "PREFETCH")]
    [InlineData("Purpose", "prefetch")]
    [InlineData("X-Moz", "prefetch")]
    public async Task A_prefetch_is_refused(string header, string value)
    {
        foreach (var verification in Modes)
        {
            using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
            using var stranger = new Browser(host);
            await Expect.PageAsync(await login.Browser.GetAsync(login.Callback, (header, value)), 400, "prefetch_refused");
            await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof, (header, value)), 400, "prefetch_refused");
            await Expect.PageAsync(await stranger.GetAsync(login.Callback, (header, value)), 400, "prefetch_refused");
            await login.IsUnharmedAsync();
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("?")]
    [InlineData("?state=")]
    [InlineData("?state")]
    [InlineData("?state=unknown")]
    [InlineData("?state={state}x")]
    [InlineData("?state={state}%20")]
    [InlineData("?state={state}%00")]
    [InlineData("?state=%FF")]
    [InlineData("?state={STATE}")]
    [InlineData("?state={forged}")]
    [InlineData("?state={state}&state={state}")]
    [InlineData("?state={state}&state=")]
    [InlineData("?state={state}&state=x")]
    [InlineData("?State2={state}")]
    [InlineData("?code={state}")]
    public async Task A_callback_with_an_unknown_blank_or_doubled_state_finds_nothing(string query)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        using var stranger = new Browser(host);
        var state = login.Visit.State;
        var sent = query.Replace("{state}", state, StringComparison.Ordinal).Replace("{STATE}", state.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{forged}", state[..22] + new string('A', 43), StringComparison.Ordinal);
        if (query == "?state={state}&state=")
        {
            // Without a value is as if it had not been sent (RFC 6749 §3.1): this one is the callback itself.
            using var answer = await login.Browser.GetAsync(login.Callback + "&state=");
            Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
            return;
        }

        foreach (var browser in new[] { login.Browser, stranger })
        {
            Assert.Equal((400, true), (await PageAsync(browser, login.Company.CallbackPath + sent)));
        }

        await login.IsUnharmedAsync();
    }

    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task A_callback_of_another_connection_is_404(string verification)
    {
        var stranger = await host.NewCompanyAsync(verification);
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn, verification);
        using var elsewhere = new Browser(host);
        foreach (var connection in new[] { stranger.ConnectionId, "conn_0000000000000000000000", "conn_", "x", login.Company.ResourceId, login.Company.ConnectionId.ToUpperInvariant() })
        {
            var path = login.Callback.Replace(login.Company.ConnectionId, connection, StringComparison.Ordinal);
            await Expect.PageAsync(await login.Browser.GetAsync(path), 404, "unknown_connection");
            await Expect.PageAsync(await elsewhere.GetAsync(path), 404, "unknown_connection");
        }

        Assert.Equal(2, (await login.JourneyAsync()).Count(e => e == "callback.foreign_connection"));
        await login.IsUnharmedAsync();
    }

    /// <summary>The colon may come encoded, the case changed, a slash added: the same handler or 404, never something in between.</summary>
    [Theory]
    [InlineData("partner%3Acallback")]
    [InlineData("partner%3acallback")]
    [InlineData("partner:callback/")]
    [InlineData("Partner:Callback")]
    [InlineData("PARTNER:CALLBACK")]
    [InlineData("partner:callback/x")]
    [InlineData("partner:callback%00")]
    [InlineData("partner:callback;x=1")]
    [InlineData("partner%253Acallback")]
    [InlineData("partner:callbac%6B")]
    [InlineData("./partner:callback")]
    public async Task Another_spelling_of_the_address_is_the_same_or_nothing(string spelling)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        var path = login.Callback.Replace("partner:callback", spelling, StringComparison.Ordinal);
        var answer = await Wire.SendAsync(host, "GET", path, [$"Cookie: {cookie.Name}={cookie.Value}"]);

        Assert.Contains(answer.Status, new[] { 303, 404, 400 });
        if (answer.Status == 303)
        {
            Assert.Equal($"/consent/{login.Visit.LoginRequestId}", answer["Location"]);
        }

        await login.IsUnharmedAsync();
    }

    /// <summary>Reload, Back and a second tab come with cookie and proof again: they are led to where it stands, and never to a second code.</summary>
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task The_same_browser_with_the_same_proof_again_is_led_to_where_it_stands(string verification)
    {
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingConsent, verification);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(login.Consent!.Token, (await login.Browser.ComeBackAsync(login.Callback)).Token);
        }

        await login.GoOnAsync(until: Handoff.AwaitingExchange);
        using var back = await login.Browser.GetAsync(login.Callback);
        Assert.Equal(login.Code, Browser.QueryOf(back.Headers.Location!)["code"]);
        using var page = await login.Browser.GetAsync(login.Consent!.Path);
        Assert.Equal(back.Headers.Location, page.Headers.Location);

        await login.GoOnAsync(until: Handoff.Exchanged);
        foreach (var path in new[] { login.Callback, login.Consent.Path })
        {
            using var finished = await login.Browser.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, finished.StatusCode);
            Assert.Contains("data-lk-finished", await finished.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await login.IsUnharmedAsync();
        Assert.Single(await login.JourneyAsync(), "callback.accepted");
        Assert.Single(await login.JourneyAsync(), "token.issued");
    }

    [Fact]
    public async Task A_disabled_connection_stops_it_at_a_page_and_lets_it_go_on_when_it_is_back()
    {
        var company = await host.CompanyAsync();
        using var login = await Handoff.AtAsync(host, Handoff.AwaitingReturn);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "connection_disabled");

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = true });
        await login.IsUnharmedAsync();
    }

    [Fact]
    public async Task A_resource_that_moved_to_another_connection_ends_it_at_a_page()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var report = await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { connection_id = other.ConnectionId });

        await Expect.PageAsync(await browser.GetAsync(report.CallbackPath), 400, "connection_disabled");
    }

    private static async Task<(int Status, bool IsUnknownState)> PageAsync(Browser browser, string path)
    {
        using var answer = await browser.GetAsync(path);
        return ((int)answer.StatusCode, (await answer.Content.ReadAsStringAsync()).Contains("data-lk-error=\"unknown_state\"", StringComparison.Ordinal));
    }
}
