using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

/// <summary>
/// Names of clients, users and scopes are untrusted: they are shown as text and never as markup, with a warning for an untrusted client.
/// </summary>
public sealed class Untrusted_text_on_pages(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Script = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&";

    [Fact]
    [Spec("RFC 7591 §5", "names-not-trusted")]
    public async Task Cross_site_scripting_on_the_consent_page_is_prevented_by_encoding()
    {
        var company = await host.NewCompanyAsync(resource: new
        {
            name = "R" + Script,
            scopes = new[] { new { name = "notes:read", description = "S" + Script } },
        });
        using var registered = await host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            new { client_name = "C" + Script, redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = "none" });
        var client = new McpClient(
            company, (await registered.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("client_id").GetString()!, null,
            McpClient.Loopback);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("login_hint", Script), ("ui_locales", Script), ("state", Script)));
        var report = await company.ReportAsync(
            redirect.LoginRequestId,
            new
            {
                sub = "U" + Script,
                email = "e@b.example",
                name = "N" + Script,
                organization_external_name = "O" + Script,
                picture = "javascript:alert(3)"
            });
        var consent = await browser.ComeBackAsync(report.CallbackPath);

        Assert.DoesNotContain("<script>alert", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("javascript:", consent.Html, StringComparison.Ordinal);
        Assert.Contains("data-lk=\"client\">A program on this device<", consent.Html, StringComparison.Ordinal);
        foreach (var letter in new[] { 'R', 'S', 'N', 'O' })
        {
            Assert.Contains($"{letter}&lt;script&gt;alert(1)&lt;/script&gt;", consent.Html, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("state")]
    [InlineData("scope")]
    [InlineData("resource")]
    [InlineData("response_type")]
    [InlineData("prompt")]
    [InlineData("redirect_uri")]
    [InlineData("client_id")]
    [InlineData("code_challenge")]
    [Spec("OAuth 2.1 §7.12", "hostile-input")]
    public async Task Cross_site_scripting_on_an_error_page_is_prevented_by_encoding(string parameter)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync(), "https://stranger.example/callback");
        using var page = await host.Anonymous.GetAsync(
            client.Authorize(("prompt", "none"), (parameter, parameter == "prompt" ? "none " + Script : Script)));
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(400, (int)page.StatusCode);
        Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<img src=x", html, StringComparison.Ordinal);
        Assert.DoesNotContain("\"'&\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://stranger.example/callback", "stranger.example", "This program is not verified")]
    [InlineData("http://127.0.0.1:33418/callback", "this device", "Your answer goes to a program on this device")]
    [InlineData("cursor://anysphere/callback", "this device", "Your answer goes to a program on this device")]
    [InlineData("https://vscode.dev/redirect", "vscode.dev", "Your answer goes to a program on this device")]
    [Spec("OAuth 2.1 §7.3", "person-told-who-asks")]
    [Spec("RFC 7591 §5", "strangers-marked")]
    public async Task An_untrusted_client_has_a_warning_that_names_the_redirect_host(string redirectUri, string clientHost, string warning)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company, redirectUri);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);

        var direction = clientHost == "this device" ? "" : " dir=\"ltr\"";
        Assert.Contains($"data-lk=\"client-host\"{direction}>{clientHost}<", consent.Html, StringComparison.Ordinal);
        Assert.Contains(warning, consent.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_created_by_an_operator_has_no_warning()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var consent = await browser.ComeBackAsync(
            (await company.ReportAsync((await browser.StartAsync(client.Authorize())).LoginRequestId)).CallbackPath);

        Assert.DoesNotContain("class=\"warning\"", consent.Html, StringComparison.Ordinal);
    }
}
