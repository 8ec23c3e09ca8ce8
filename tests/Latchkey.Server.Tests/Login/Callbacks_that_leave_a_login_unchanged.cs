using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

public sealed class Callbacks_that_leave_a_login_unchanged_on_SQLite(OnSqlite host)
    : Callbacks_that_leave_a_login_unchanged(host), IClassFixture<OnSqlite>;

public sealed class Callbacks_that_leave_a_login_unchanged_on_PostgreSQL(OnPostgres host)
    : Callbacks_that_leave_a_login_unchanged(host), IClassFixture<OnPostgres>;

/// <summary>Requests that are no valid callback of this login are refused, and the login continues.</summary>
public abstract class Callbacks_that_leave_a_login_unchanged(LatchkeyHost host)
{
    private static readonly string[] Modes = ["required", "state_only"];

    [Theory]
    [InlineData("HEAD")]
    [InlineData("POST")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    public async Task A_callback_by_another_method_than_GET_is_405(string method)
    {
        foreach (var verification in Modes)
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
            using var foreign = new Browser(host);
            Expect.MethodRefused(await login.Browser.SendAsync(new(method), login.Callback, form: null), "GET");
            Expect.MethodRefused(await foreign.SendAsync(new(method), login.Callback, form: null), "GET");
            await login.ExpectUnchangedAsync();
        }
    }

    /// <summary>Browsers, mail scanners and link previews open links without a click.</summary>
    [Theory]
    [InlineData("Sec-Purpose", "prefetch")]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Sec-Purpose", "PREFETCH")]
    [InlineData("Purpose", "prefetch")]
    [InlineData("X-Moz", "prefetch")]
    public async Task A_prefetch_of_the_callback_is_refused(string header, string value)
    {
        foreach (var verification in Modes)
        {
            using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
            using var foreign = new Browser(host);
            await Expect.PageAsync(await login.Browser.GetAsync(login.Callback, (header, value)), 400, "prefetch_refused");
            await Expect.PageAsync(await login.Browser.GetAsync(login.CallbackWithoutProof, (header, value)), 400, "prefetch_refused");
            await Expect.PageAsync(await foreign.GetAsync(login.Callback, (header, value)), 400, "prefetch_refused");
            await login.ExpectUnchangedAsync();
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
    public async Task A_callback_with_an_unknown_empty_or_repeated_state_shows_an_error_page(string query)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var foreign = new Browser(host);
        var state = login.Redirect.State;
        var sent = query.Replace("{state}", state, StringComparison.Ordinal)
            .Replace("{STATE}", state.ToUpperInvariant(), StringComparison.Ordinal)
            .Replace("{forged}", state[..22] + new string('A', 43), StringComparison.Ordinal);
        if (query == "?state={state}&state=")
        {
            // A parameter without a value is treated as if it had not been sent (RFC 6749 §3.1), so this is the valid callback.
            using var response = await login.Browser.GetAsync(login.Callback + "&state=");
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
            return;
        }

        foreach (var browser in new[] { login.Browser, foreign })
        {
            Assert.Equal((400, true), (await PageAsync(browser, login.Company.CallbackPath + sent)));
        }

        await login.ExpectUnchangedAsync();
    }

    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task A_callback_of_another_connection_is_404(string verification)
    {
        var other = await host.NewCompanyAsync(verification);
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn, verification);
        using var elsewhere = new Browser(host);
        foreach (var connection in new[] { other.ConnectionId, "conn_0000000000000000000000", "conn_", "x", login.Company.ResourceId,
            login.Company.ConnectionId.ToUpperInvariant() })
        {
            var path = login.Callback.Replace(login.Company.ConnectionId, connection, StringComparison.Ordinal);
            await Expect.PageAsync(await login.Browser.GetAsync(path), 404, "unknown_connection");
            await Expect.PageAsync(await elsewhere.GetAsync(path), 404, "unknown_connection");
        }

        Assert.Equal(2, (await login.SignInEventsAsync()).Count(e => e == "callback.foreign_connection"));
        await login.ExpectUnchangedAsync();
    }

    /// <summary>With an encoded colon, another case or an additional slash the path leads to the same handler or is refused.</summary>
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
    public async Task Another_spelling_of_the_callback_path_is_answered_alike_or_refused(string spelling)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        var cookie = login.Browser.Cookies.GetAllCookies().Single();
        var path = login.Callback.Replace("partner:callback", spelling, StringComparison.Ordinal);
        var response = await RawHttp.SendAsync(host, "GET", path, [$"Cookie: {cookie.Name}={cookie.Value}"]);

        Assert.Contains(response.Status, new[] { 303, 404, 400 });
        if (response.Status == 303)
        {
            Assert.Equal($"/consent/{login.Redirect.LoginRequestId}", response["Location"]);
        }

        await login.ExpectUnchangedAsync();
    }

    /// <summary>
    /// Reload, Back and a second tab replay cookie and proof: they continue at the current stage and never get a second code.
    /// </summary>
    [Theory]
    [InlineData("required")]
    [InlineData("state_only")]
    public async Task A_replay_of_the_callback_in_the_same_browser_continues_at_the_current_stage(string verification)
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent, verification);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(login.Consent!.Token, (await login.Browser.ComeBackAsync(login.Callback)).Token);
        }

        await login.ContinueAsync(until: LoginFlow.AwaitingExchange);
        using var back = await login.Browser.GetAsync(login.Callback);
        Assert.Equal(login.Code, Browser.QueryOf(back.Headers.Location!)["code"]);
        using var page = await login.Browser.GetAsync(login.Consent!.Path);
        Assert.Equal(back.Headers.Location, page.Headers.Location);

        await login.ContinueAsync(until: LoginFlow.Exchanged);
        foreach (var path in new[] { login.Callback, login.Consent.Path })
        {
            using var finished = await login.Browser.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, finished.StatusCode);
            Assert.Contains("data-lk-finished", await finished.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }

        await login.ExpectUnchangedAsync();
        Assert.Single(await login.SignInEventsAsync(), "callback.accepted");
        Assert.Single(await login.SignInEventsAsync(), "token.issued");
    }

    [Fact]
    public async Task A_disabled_connection_shows_an_error_page_and_the_login_continues_when_it_is_enabled_again()
    {
        var company = await host.CompanyAsync();
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "connection_disabled");

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = true });
        await login.ExpectUnchangedAsync();
    }

    [Fact]
    public async Task A_resource_that_moved_to_another_connection_shows_an_error_page()
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
        using var response = await browser.GetAsync(path);
        return ((int)response.StatusCode,
            (await response.Content.ReadAsStringAsync()).Contains("data-lk-error=\"unknown_state\"", StringComparison.Ordinal));
    }
}
