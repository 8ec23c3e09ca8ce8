using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>
/// Before the person has acted on a page of this server, a response follows by itself only to a loopback address and to a client that is
/// vouched for. Every other response is a link or a button of a page, and no program of the device starts without a click.
/// </summary>
public sealed class Open_redirects(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string App = "cursor://anysphere.cursor-mcp/oauth/callback";

    /// <summary>The redirect URI, whether an operator created the client, and whether the browser goes on without a click.</summary>
    public static TheoryData<string, bool, bool> Redirects => new()
    {
        { "https://stranger.example/callback", false, false },
        { "https://stranger.example/phish?brand=acme", false, false },
        { "https://vscode.dev/redirect", false, false },
        { "https://claude.ai/api/mcp/auth_callback/", false, false },
        { App, false, false },
        { "com.example.app:/callback", false, false },
        { App, true, false },
        { "com.example.app://host/callback", true, false },
        { "https://vscode.dev/redirect", true, false },
        { "https://client.example/callback", true, true },
        { "https://claude.ai/api/mcp/auth_callback", false, true },
        { "http://127.0.0.1:8080/admin", false, true },
        { "http://localhost:8080/callback", true, true },
        { "https://localhost:8443/callback", false, true },
    };

    [Theory]
    [MemberData(nameof(Redirects))]
    [Spec("OAuth 2.1 §7.13.2", "no-open-redirector")]
    [Spec("RFC 9700 §4.11.2", "server-no-open-redirector")]
    public async Task An_error_at_authorize_follows_only_to_loopback_and_vouched_clients(string redirectUri, bool isOperators, bool follows)
    {
        var client = await ClientAsync(redirectUri, isOperators);
        foreach (var (name, value, error) in new[]
        {
            ("response_type", "bogus", "unsupported_response_type"), ("prompt", "none", "login_required"),
            ("resource", "https://unknown.example/mcp", "invalid_target"),
        })
        {
            await AssertAsync(await host.Anonymous.GetAsync(client.Authorize((name, value))), redirectUri, error, follows);
            await AssertFormAsync(
                await host.Anonymous.GetAsync(
                    client.Authorize((name, value), ("response_mode", "form_post"))), redirectUri, error, follows);
        }
    }

    [Theory]
    [MemberData(nameof(Redirects))]
    [Spec("RFC 9700 §4.11.2", "server-no-open-redirector")]
    public async Task A_failed_or_rejected_login_follows_only_to_loopback_and_vouched_clients(
        string redirectUri, bool isOperators, bool follows)
    {
        var client = await ClientAsync(redirectUri, isOperators);
        foreach (var path in new[] { "/user", ":reject" })
        {
            using var browser = new Browser(host);
            var callback = await EndAtLoginPageAsync(client, browser, path);
            await AssertAsync(await browser.GetAsync(callback), redirectUri, "access_denied", follows);
            await AssertAsync(await browser.GetAsync(callback), redirectUri, "access_denied", follows);

            callback = await EndAtLoginPageAsync(client, browser, path, ("response_mode", "form_post"));
            await AssertFormAsync(await browser.GetAsync(callback), redirectUri, "access_denied", follows);
        }
    }

    [Theory]
    [InlineData("allow", "code")]
    [InlineData("deny", "error")]
    public async Task After_a_decision_a_program_of_the_device_starts_only_by_a_click(string decision, string answer)
    {
        var client = await ClientAsync(App, isOperators: false);
        using var browser = new Browser(host);
        var report = await client.Company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId);
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        foreach (var _ in new[] { "first", "double click" })
        {
            using var decided = await browser.DecideAsync(consent, decision, "notes:read");
            Assert.Equal(HttpStatusCode.SeeOther, decided.StatusCode);
            Assert.StartsWith($"{App}?{answer}=", decided.Headers.Location!.OriginalString, StringComparison.Ordinal);
        }

        // Any page can lead the browser to these addresses again.
        foreach (var path in new[] { consent.Path, report.CallbackPath })
        {
            using var again = await browser.GetAsync(path);
            var html = await again.Content.ReadAsStringAsync();
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
            Assert.Null(again.Headers.Location);
            Assert.Contains("data-lk-continue", html, StringComparison.Ordinal);
            Assert.Contains($"<a id=\"return\" class=\"primary\" href=\"{App}?{answer}=", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_reloaded_pushed_request_starts_no_program_of_the_device()
    {
        var client = await ClientAsync(App, isOperators: false);
        using var pushed = await client.PostAsync(
            "/oauth/par",
            [("client_id", client.Id), ("response_type", "code"), ("redirect_uri", App), ("code_challenge", client.Challenge),
                ("code_challenge_method", "S256"), ("resource", client.Company.ResourceUri)],
            []);
        var requestUri = (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
        var authorize = $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(requestUri)}";
        using var browser = new Browser(host);
        var report = await client.Company.ReportAsync((await browser.StartAsync(authorize)).LoginRequestId);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        Assert.StartsWith(App, allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);

        using var reloaded = await browser.GetAsync(authorize);
        Assert.Equal(HttpStatusCode.OK, reloaded.StatusCode);
        Assert.Contains("data-lk-continue", await reloaded.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failed_login_of_a_deleted_client_leads_nowhere()
    {
        var client = await ClientAsync("https://client.example/callback", isOperators: true);
        using var browser = new Browser(host);
        var callback = await EndAtLoginPageAsync(client, browser, "/user");
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{client.Company.ResourceId}/clients/{client.Id}", body: null);

        await Expect.PageAsync(await browser.GetAsync(callback), 400, "no_longer_offered");
    }

    private async Task<McpClient> ClientAsync(string redirectUri, bool isOperators)
    {
        var company = await host.NewCompanyAsync();
        return isOperators ? await McpClient.CreateAsync(company, redirectUri) : await McpClient.RegisterAsync(company, redirectUri);
    }

    private static async Task<string> EndAtLoginPageAsync(
        McpClient client, Browser browser, string path, params (string Name, string? Value)[] changes)
    {
        var company = client.Company;
        var redirect = await browser.StartAsync(client.Authorize(changes));
        var answer = await company.Host.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}{path}",
            path == "/user" ? new { login_failed = true } : new { error = "access_denied" });
        return new Uri(answer.GetProperty("redirect_uri").GetString()!).PathAndQuery;
    }

    private static async Task AssertAsync(HttpResponseMessage response, string redirectUri, string error, bool follows)
    {
        using (response)
        {
            var html = await response.Content.ReadAsStringAsync();
            var target = $"{redirectUri}{(redirectUri.Contains('?') ? "&" : "?")}error={error}&error_description=";
            if (follows)
            {
                Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
                Assert.StartsWith(target, response.Headers.Location!.OriginalString, StringComparison.Ordinal);
                return;
            }

            Assert.Null(response.Headers.Location);
            Assert.Contains($"href=\"{WebUtility.HtmlEncode(target)}", html, StringComparison.Ordinal);
            Assert.Contains($"&amp;state={McpClient.StateOnTheWire}&amp;iss=", html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
            await Expect.PageAsync(response, 400, error);
        }
    }

    private static async Task AssertFormAsync(HttpResponseMessage response, string redirectUri, string error, bool follows)
    {
        using (response)
        {
            var html = await response.Content.ReadAsStringAsync();
            Assert.Equal(follows ? HttpStatusCode.OK : HttpStatusCode.BadRequest, response.StatusCode);
            Assert.Contains(
                $"<form id=\"{(follows ? "answer" : "return")}\" method=\"post\" action=\"{WebUtility.HtmlEncode(redirectUri)}\"", html,
                StringComparison.Ordinal);
            Assert.Contains($"name=\"error\" value=\"{error}\"", html, StringComparison.Ordinal);
            Assert.Contains("name=\"iss\"", html, StringComparison.Ordinal);
            Assert.Equal(follows, html.Contains("<script", StringComparison.Ordinal));
        }
    }
}
