using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// The consent page stays open while an operator changes the client or the resource. The decision counts only for what the page said.
/// </summary>
public sealed partial class Changes_between_the_consent_page_and_the_decision(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string RedirectUri = "https://client.example/callback";
    private const string Everything = "openid profile email notes:read offline_access";

    /// <summary>The person unticked the name; a limit that removes the scope meanwhile must not tell it all the same.</summary>
    [Theory]
    [InlineData("profile")]
    [InlineData("email")]
    public async Task A_claim_stays_unticked_when_the_client_loses_its_scope(string lost)
    {
        var company = await host.NewCompanyAsync(resource: new { token_claims = new[] { "email", "name" } });
        var client = await CreateAsync(company, Everything.Split(' '));
        using var browser = new Browser(host);
        var consent = await ConsentAsync(client, browser);
        await LimitAsync(client, [.. Everything.Split(' ').Where(s => s != lost)]);

        ExpectAskedAgain(await AllowAsync(browser, consent, "openid", "notes:read"), consent);
    }

    /// <summary>Each sentence of the page that depends on the configuration: the operator changes it while the page is open.</summary>
    [Theory]
    [InlineData("resources/{resource}", """{"name":"Payroll"}""")]
    [InlineData("resources/{resource}", """{"grant_expiry":315360000}""")]
    [InlineData("resources/{resource}", """{"refresh_token_expiry":300}""")]
    [InlineData("resources/{resource}", """{"scopes_can_be_unticked":false}""")]
    [InlineData("resources/{resource}", """{"scopes":[{"name":"notes:read","description":"Read and delete everything"}]}""")]
    [InlineData("resources/{resource}/clients/{client}", """{"name":"Payroll"}""")]
    public async Task A_decision_on_a_page_whose_text_has_changed_is_asked_again(string path, string change)
    {
        var company = await host.NewCompanyAsync();
        var client = await CreateAsync(company, Everything.Split(' '));
        using var browser = new Browser(host);
        var consent = await ConsentAsync(client, browser);
        await host.SendAsync(
            HttpMethod.Patch,
            "/api/v1/" + path.Replace("{resource}", company.ResourceId, StringComparison.Ordinal)
                .Replace("{client}", client.Id, StringComparison.Ordinal),
            JsonSerializer.Deserialize<JsonElement>(change));

        ExpectAskedAgain(await AllowAsync(browser, consent, "openid", "notes:read"), consent);
    }

    /// <summary>The same for a client without refresh tokens, whose page names the lifetime of the access token.</summary>
    [Fact]
    public async Task A_decision_on_a_page_that_named_another_lifetime_of_the_token_is_asked_again()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, "authorization_code");
        using var browser = new Browser(host);
        var consent = await ConsentAsync(client, browser, "notes:read");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { access_token_expiry = 86400 });

        ExpectAskedAgain(await AllowAsync(browser, consent, "notes:read"), consent);
    }

    /// <summary>A scope of the resource that was disabled since makes the decision smaller, and the person is not asked again.</summary>
    [Fact]
    public async Task A_resource_scope_that_was_taken_away_is_not_granted()
    {
        var company = await host.NewCompanyAsync();
        var client = await CreateAsync(company, "notes:read", "notes:write");
        using var browser = new Browser(host);
        var consent = await ConsentAsync(client, browser, "notes:read notes:write");
        await LimitAsync(client, ["notes:read"]);

        using var allowed = await AllowAsync(browser, consent, "notes:read", "notes:write");
        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.RedeemAsync(CodeOf(allowed)))).Scope);
    }

    /// <summary>The operator removes a private-use scheme from the resource: no later step opens a link of it.</summary>
    [Theory]
    [InlineData(LoginFlow.AwaitingLogin)]
    [InlineData(LoginFlow.AwaitingReturn)]
    [InlineData(LoginFlow.Refused)]
    [InlineData(LoginFlow.AwaitingConsent)]
    [InlineData(LoginFlow.AwaitingExchange)]
    public async Task A_scheme_that_the_operator_removes_counts_at_the_next_step(string stage)
    {
        var company = await host.NewCompanyAsync(resource: new { redirect_schemes = new[] { "acme-assistant" } });
        var client = await McpClient.RegisterAsync(company, "acme-assistant://host/callback");
        using var login = await LoginFlow.AtAsync(company, client, stage);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { redirect_schemes = Array.Empty<string>() });

        if (stage == LoginFlow.AwaitingLogin)
        {
            await Expect.ProblemAsync(await company.TryReportAsync(login.Redirect.LoginRequestId), 409, "login_request_over");
            return;
        }

        await Expect.PageAsync(await login.Browser.GetAsync(login.Callback), 400, "no_longer_offered");
        if (stage == LoginFlow.AwaitingExchange)
        {
            using var refused = await client.RedeemAsync(login.Code!);
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        }
        else if (stage == LoginFlow.AwaitingConsent)
        {
            await Expect.PageAsync(await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read"), 400, "no_longer_offered");
            await Expect.PageAsync(await login.Browser.DecideAsync(login.Consent!, "deny"), 400, "no_longer_offered");
        }
    }

    private static async Task<McpClient> CreateAsync(Company company, params string[] scopes)
    {
        var json = await company.Host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Back office", redirect_uris = new[] { RedirectUri }, scopes });
        return new(
            company, json.GetProperty("client").GetProperty("client_id").GetString()!, json.GetProperty("plain_secret").GetString(),
            RedirectUri);
    }

    private static Task<JsonElement> LimitAsync(McpClient client, string[] scopes) => client.Company.Host.SendAsync(
        HttpMethod.Patch, $"/api/v1/resources/{client.Company.ResourceId}/clients/{client.Id}", new { scopes });

    private static async Task<ConsentForm> ConsentAsync(McpClient client, Browser browser, string scope = Everything)
    {
        var login = await browser.StartAsync(client.Authorize(("scope", scope)));
        return await browser.ComeBackAsync((await client.Company.ReportAsync(login.LoginRequestId)).CallbackPath);
    }

    /// <summary>Sends what the form of the page sends.</summary>
    private Task<HttpResponseMessage> AllowAsync(Browser browser, ConsentForm consent, params string[] scopes) => browser.SendAsync(
        HttpMethod.Post, consent.Path,
        [
            new("form_token", consent.Token), new("claims", Claims().Match(consent.Html).Groups["names"].Value), new("decision", "allow"),
            .. scopes.Select(s => new KeyValuePair<string, string>("scope", s)),
        ],
        ("Origin", host.BaseUrl));

    private static void ExpectAskedAgain(HttpResponseMessage response, ConsentForm consent)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
            Assert.Equal(consent.Path, response.Headers.Location!.ToString());
        }
    }

    private static string CodeOf(HttpResponseMessage allowed) => Browser.QueryOf(allowed.Headers.Location!)["code"];

    [GeneratedRegex("name=\"claims\" value=\"(?<names>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Claims();
}
