using System.Net;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Login;

/// <summary>
/// Each deadline has a page of its own, an event of its own, and a way on: the authorization request again, where it would still be
/// accepted.
/// </summary>
public sealed partial class Late_sign_ins(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>The stage, the code of the page, the event, and the time limit in the page's words.</summary>
    public static TheoryData<string, string, string, string> Delays => new()
    {
        { LoginFlow.AwaitingLogin, "login_expired", "login.expired", "you have 15 minutes to sign in" },
        { LoginFlow.AwaitingReturn, "return_expired", "callback.expired", "within 2 minutes of the report" },
        { LoginFlow.AwaitingConsent, "consent_expired", "consent.expired", "stays open for 10 minutes only" },
    };

    [Theory]
    [MemberData(nameof(Delays))]
    public async Task A_late_browser_is_told_which_step_was_late_and_can_start_the_same_sign_in_again(
        string stage, string code, string name, string limit)
    {
        using var login = await LoginFlow.AtAsync(host, stage);
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var page = await login.Browser.GetAsync(login.Callback);
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(400, (int)page.StatusCode);
        Assert.Contains($"data-lk-error=\"{code}\"", html, StringComparison.Ordinal);
        Assert.Contains(limit, html, StringComparison.Ordinal);
        Assert.Contains(name, await login.SignInEventsAsync(), StringComparer.Ordinal);
        var again = AgainOf(html);
        Assert.StartsWith($"{login.Company.Issuer}/oauth/authorize?", again, StringComparison.Ordinal);
        var redirect = await login.Browser.StartAsync(again[host.BaseUrl.Length..]);
        Assert.NotEqual(login.Redirect.LoginRequestId, redirect.LoginRequestId);
        var consent = await login.Browser.ComeBackAsync((await login.Company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await login.Browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        Assert.Contains($"state={McpClient.StateOnTheWire}", allowed.Headers.Location!.OriginalString, StringComparison.Ordinal);
        await Tokens.OfAsync(await login.Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
    }

    /// <summary>A late decision ends at the same page as a late visit.</summary>
    [Fact]
    public async Task A_late_decision_offers_the_sign_in_again_and_is_recorded()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingConsent);
        host.Clock.Advance(TimeSpan.FromMinutes(11));
        using var page = await login.Browser.DecideAsync(login.Consent!, "allow", "notes:read");

        AgainOf(await page.Content.ReadAsStringAsync());
        Assert.Contains("consent.expired", await login.SignInEventsAsync(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task The_repeated_request_has_every_parameter_of_the_first_one_and_no_other()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var browser = new Browser(host);
        (string Name, string? Value)[] rare =
        [
            ("response_mode", "form_post"), ("nonce", "n<1>"), ("login_hint", "ada@acme.example"), ("ui_locales", "en de"),
            ("acr_values", "urn:a urn:b"), ("max_age", "60"), ("prompt", "consent"), ("resource", client.Company.ResourceUri + "/"),
            ("unknown", "x"),
        ];
        var first = client.Authorize(rare);
        var redirect = await browser.StartAsync(first);
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var page = await browser.GetAsync($"{client.Company.CallbackPath}?state={redirect.State}");
        var again = Browser.QueryOf(new Uri(AgainOf(await page.Content.ReadAsStringAsync())));

        var asked = Browser.QueryOf(new Uri(host.BaseUrl + first));
        asked.Remove("unknown");
        Assert.Equal(asked.OrderBy(p => p.Key, StringComparer.Ordinal), again.OrderBy(p => p.Key, StringComparer.Ordinal));
    }

    /// <summary>Scopes that neither the client nor the operator chose are offered unticked again.</summary>
    [Fact]
    public async Task A_request_without_scopes_is_repeated_without_scopes()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", null), ("resource", null)));
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var page = await browser.GetAsync($"{client.Company.CallbackPath}?state={redirect.State}");
        var again = AgainOf(await page.Content.ReadAsStringAsync());

        Assert.DoesNotContain("scope=", again, StringComparison.Ordinal);
        Assert.DoesNotContain("resource=", again, StringComparison.Ordinal);
    }

    /// <summary>The link would lead to another error, or would be an open redirect of a removed client.</summary>
    [Theory]
    [InlineData("client deleted")]
    [InlineData("registration closed")]
    [InlineData("connection replaced")]
    [InlineData("push required")]
    public async Task A_request_that_would_not_be_accepted_is_not_offered_again(string change)
    {
        var company = await host.NewCompanyAsync();
        var client = change == "push required"
            ? await McpClient.CreateAsync(company)
            : await McpClient.RegisterAsync(company);
        using var login = await LoginFlow.AtAsync(company, client, LoginFlow.AwaitingConsent);
        var resource = $"/api/v1/resources/{company.ResourceId}";
        await (change switch
        {
            "client deleted" => host.SendAsync(HttpMethod.Delete, $"{resource}/clients/{client.Id}"),
            "registration closed" => host.SendAsync(HttpMethod.Patch, resource, new { disable_dynamic_client_registration = true }),
            "connection replaced" => host.SendAsync(
                HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false }),
            _ => host.SendAsync(
                HttpMethod.Patch, $"{resource}/clients/{client.Id}", new { require_pushed_authorization_requests = true }),
        });
        host.Clock.Advance(TimeSpan.FromMinutes(16));

        using var page = await login.Browser.GetAsync(login.Consent!.Path);
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.BadRequest, page.StatusCode);
        Assert.Contains("data-lk-error=\"consent_expired\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("id=\"again\"", html, StringComparison.Ordinal);
    }

    /// <summary>The link has the state of the client, so only the browser that began the sign-in gets it.</summary>
    [Fact]
    public async Task Another_browser_is_not_given_the_request()
    {
        using var login = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var other = new Browser(host);
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var page = await other.GetAsync(login.Callback);

        Assert.DoesNotContain("id=\"again\"", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string AgainOf(string html)
    {
        var found = Again().Match(html);
        Assert.True(found.Success, html);
        return WebUtility.HtmlDecode(found.Groups["url"].Value);
    }

    [GeneratedRegex("<a id=\"again\"[^>]* href=\"(?<url>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Again();
}
