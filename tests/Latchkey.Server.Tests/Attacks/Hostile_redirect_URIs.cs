using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A client registers a redirect URI that is confirmed, followed or read as another one.</summary>
public sealed partial class Hostile_redirect_URIs(WithClientHost host) : IClassFixture<WithClientHost>
{
    private static int documents;

    /// <summary>
    /// A client that reads the first of two values takes the one of the attacker: with its <c>iss</c>, the client sends a code of this
    /// server to the attacker's token endpoint (mix-up, RFC 9207 §4).
    /// </summary>
    [Theory]
    [InlineData("https://victim.example/callback?iss=https://attacker.example")]
    [InlineData("https://victim.example/callback?a=b&state=planted")]
    [InlineData("https://victim.example/callback?code=planted")]
    [InlineData("https://victim.example/callback?error")]
    [InlineData("https://victim.example/callback?error_description=")]
    [InlineData("https://victim.example/callback?CODE=planted")]
    [InlineData("https://victim.example/callback?%63ode=planted")]
    [InlineData("https://victim.example/callback?+code=planted")]
    [InlineData("https://victim.example/callback?a=b;iss=x")]
    [InlineData("https://claude.ai/api/mcp/auth_callback?iss=x")]
    [InlineData("http://127.0.0.1:33418/callback?state=planted")]
    [InlineData("com.example.app:/callback?code=planted")]
    public async Task A_parameter_of_the_response_is_refused_in_the_query_of_a_redirect_URI(string redirectUri)
    {
        var company = await host.NewCompanyAsync();
        await Expect.ErrorAsync(await TryRegisterAsync(company, redirectUri), 400, "invalid_redirect_uri");
        await Expect.PageAsync(
            await host.Anonymous.GetAsync(Publish(company, redirectUri).Authorize()), 400, "client_document_invalid");
        await Expect.ProblemAsync(
            await host.TrySendAsync(
                HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
                new { name = "Back office", redirect_uris = new[] { redirectUri } }),
            400, "invalid_argument", "redirect_uris");
    }

    [Theory]
    [InlineData("https://victim.example/callback?a=code")]
    [InlineData("https://victim.example/callback?codes=1&my_state=2&a=code=x")]
    [InlineData("https://victim.example/code/state?x")]
    public void Other_parameters_are_accepted(string redirectUri) => Assert.Null(RedirectUri.Validate(redirectUri, []));

    /// <summary>The page of a forwarder answers at other spellings of its path too.</summary>
    [Theory]
    [InlineData("https://vscode.dev//redirect")]
    [InlineData("https://vscode.dev/redirect//")]
    [InlineData("https://vscode.dev/%2Fredirect")]
    [InlineData("https://insiders.vscode.dev//%52edirect/x?y")]
    public void Another_spelling_of_a_forwarder_goes_to_the_device(string redirectUri)
    {
        Assert.NotNull(RedirectUri.ForwarderOf(redirectUri));
        Assert.True(RedirectUri.GoesToThisDevice(redirectUri));
    }

    /// <summary>Nearly the redirect URI of a well-known client: refused, or neither confirmed nor followed by itself.</summary>
    [Theory]
    [InlineData("https://claude.ai/api/mcp/auth_callback?x=1")]
    [InlineData("https://claude.ai/api/mcp/auth_callback?")]
    [InlineData("https://claude.ai/api/mcp/auth_callback/")]
    [InlineData("https://claude.ai//api/mcp/auth_callback")]
    [InlineData("https://claude.ai/api/mcp/Auth_callback")]
    [InlineData("https://claude.ai/api/mcp/auth%5Fcallback")]
    [InlineData("https://claude.ai/api/mcp/auth_callback%2F")]
    [InlineData("https://claude.ai/api/mcp/x/../auth_callback")]
    [InlineData("https://claude.ai:8443/api/mcp/auth_callback")]
    [InlineData("https://claude.ai:443/api/mcp/auth_callback")]
    [InlineData("https://claude.ai./api/mcp/auth_callback")]
    [InlineData("https://CLAUDE.ai/api/mcp/auth_callback")]
    [InlineData("https://claude.ai@evil.example/api/mcp/auth_callback")]
    [InlineData("https://evil.example@claude.ai/api/mcp/auth_callback")]
    [InlineData("https://claude.ai:x@evil.example/api/mcp/auth_callback")]
    [InlineData("https://evil.example/https://claude.ai/api/mcp/auth_callback")]
    [InlineData("https://evil.example\\@claude.ai/api/mcp/auth_callback")]
    [InlineData("https://claude.ai\\.evil.example/api/mcp/auth_callback")]
    [InlineData("https://claude.ai%2eevil.example/api/mcp/auth_callback")]
    [InlineData("https://claude.ai%00.evil.example/api/mcp/auth_callback")]
    [InlineData("https://claude.ai\u3002evil.example/api/mcp/auth_callback")]
    [InlineData("https://claude\uff0eai/api/mcp/auth_callback")]
    [InlineData("https://\uff43laude.ai/api/mcp/auth_callback")]
    [InlineData("https://cl\u0430ude.ai/api/mcp/auth_callback")]
    [InlineData("https://xn--clude-ksa.ai/api/mcp/auth_callback")]
    [InlineData("https://claude.ai.evil.example/api/mcp/auth_callback")]
    [InlineData("https://evil.example/?https://claude.ai/api/mcp/auth_callback")]
    [InlineData("https://chatgpt.com/connector/oauth/")]
    [InlineData("https://chatgpt.com/connector/oauth/..")]
    [InlineData("https://chatgpt.com/connector/oauth/%2e%2e")]
    [InlineData("https://chatgpt.com/connector/oauth/...")]
    [InlineData("https://chatgpt.com/connector/oauth/a/b")]
    [InlineData("https://chatgpt.com/connector/oauth/a%2Fb")]
    [InlineData("https://chatgpt.com/connector/oauth/a;b")]
    [InlineData("https://chatgpt.com/connector/oauth/a?b")]
    [InlineData("https://vscode.dev/redirect")]
    [InlineData("https://vscode.dev//redirect")]
    [InlineData("http://localhost/callback")]
    [InlineData("cursor://anysphere.cursor-mcp/oauth/callback")]
    public async Task Nothing_but_the_redirect_URI_of_a_well_known_client_is_confirmed(string redirectUri)
    {
        var company = await host.NewCompanyAsync();
        using var response = await TryRegisterAsync(company, redirectUri);
        if (response.StatusCode != HttpStatusCode.Created)
        {
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
            return;
        }

        using var registered = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        var client = new McpClient(company, registered.RootElement.GetProperty("client_id").GetString()!, secret: null, redirectUri);
        if (!RedirectUri.GoesToLoopback(redirectUri))
        {
            await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize(("prompt", "none"))), 400, "login_required");
        }

        var (html, vouchedFor) = await ShownAsync(client);
        Assert.DoesNotContain("class=\"confirmed\"", html, StringComparison.Ordinal);
        Assert.Contains("class=\"warning\"", html, StringComparison.Ordinal);
        Assert.False(vouchedFor);
    }

    /// <summary>
    /// The redirect URI of a well-known client says where the response goes, and nothing about a name that a stranger chose.
    /// </summary>
    [Theory]
    [InlineData("Acme Payroll (official)", "Claude")]
    [InlineData("Claude", "Claude")]
    [InlineData("Claude for Acme", "Claude")]
    [InlineData("ChatGPT", "claude.ai")]
    public async Task A_vouched_redirect_URI_does_not_confirm_a_name_of_a_stranger(string name, string shown)
    {
        const string RedirectOfClaude = "https://claude.ai/api/mcp/auth_callback";
        var company = await host.NewCompanyAsync();
        var registered = await new Registrant(company).RegisterAsync(
            new { client_name = name, redirect_uris = new[] { RedirectOfClaude }, token_endpoint_auth_method = "none" });
        var (html, vouchedFor) = await ShownAsync(registered.Client);

        Assert.True(vouchedFor);
        Assert.Equal(shown, WebUtility.HtmlDecode(Client().Match(html).Groups["name"].Value));
        Assert.Equal(name == shown, html.Contains(WebUtility.HtmlEncode(name) + "<", StringComparison.Ordinal));
    }

    /// <summary>The button of an error page leaves this server, so the page says where to.</summary>
    [Theory]
    [InlineData("https://stranger.example/callback", "The button leads to", "stranger.example")]
    [InlineData("https://xn--clude-ksa.ai/callback", "The button leads to", "xn--clude-ksa.ai")]
    [InlineData("https://vscode.dev/redirect", "The button leads to a program on this device, through", "vscode.dev")]
    [InlineData("cursor://host/callback", "The button opens an app on this device, for links that begin with", "cursor:")]
    public async Task The_button_of_an_error_page_says_where_it_leads(string redirectUri, string sentence, string target)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync(), redirectUri);
        foreach (var mode in new[] { "query", "form_post" })
        {
            using var page = await host.Anonymous.GetAsync(client.Authorize(("prompt", "none"), ("response_mode", mode)));
            Assert.Contains(
                $"{sentence} <strong data-lk=\"return-host\" dir=\"ltr\">{target}</strong>", await page.Content.ReadAsStringAsync(),
                StringComparison.Ordinal);
        }
    }

    /// <summary>
    /// The document of a client is fetched again when it is not fresh any more, which its author can time: after the decision and before
    /// the redemption of the code.
    /// </summary>
    [Fact]
    public async Task A_document_that_adds_refresh_tokens_after_the_decision_gets_none()
    {
        var company = await host.NewCompanyAsync();
        var client = Publish(company, "https://client.example/callback");
        using var attacker = new Browser(host);
        await attacker.StartAsync(client.Authorize());
        host.Clock.Advance(TimeSpan.FromSeconds(290));
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingExchange);
        Assert.Contains("Access ends by itself", login.Consent!.Html, StringComparison.Ordinal);

        Publish(client.Id, client.RedirectUri, "authorization_code", "refresh_token");
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await attacker.StartAsync(client.Authorize());
        using var after = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        Assert.DoesNotContain("Access ends by itself", after.Consent!.Html, StringComparison.Ordinal);

        Assert.Null((await Tokens.OfAsync(await client.RedeemAsync(login.Code!))).Refresh);
    }

    private static Task<HttpResponseMessage> TryRegisterAsync(Company company, string redirectUri) => new Registrant(company).TryAsync(
        new { client_name = "Inspector", redirect_uris = new[] { redirectUri }, token_endpoint_auth_method = "none" });

    private McpClient Publish(Company company, string redirectUri)
    {
        var url = $"https://client.example/hostile-{Interlocked.Increment(ref documents)}.json";
        Publish(url, redirectUri, "authorization_code");
        return new McpClient(company, url, secret: null, redirectUri);
    }

    private void Publish(string url, string redirectUri, params string[] grantTypes) => host.Clients!.Publish(
        url["https://".Length..],
        new JsonObject
        {
            ["client_id"] = url,
            ["client_name"] = "Describing",
            ["redirect_uris"] = new JsonArray(redirectUri),
            ["token_endpoint_auth_method"] = "none",
            ["grant_types"] = new JsonArray([.. grantTypes.Select(t => JsonValue.Create(t))]),
        });

    /// <summary>The consent page, and whether the login page is told that the client is vouched for.</summary>
    private async Task<(string Html, bool VouchedFor)> ShownAsync(McpClient client)
    {
        var company = client.Company;
        using var browser = new Browser(host);
        var login = await browser.StartAsync(client.Authorize());
        var context = await host.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{login.LoginRequestId}");
        var consent = await browser.ComeBackAsync((await company.ReportAsync(login.LoginRequestId)).CallbackPath);
        return (consent.Html, context.GetProperty("client").GetProperty("vouched_for").GetBoolean());
    }

    [GeneratedRegex("data-lk=\"client\">(?<name>[^<]*)<", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Client();
}
