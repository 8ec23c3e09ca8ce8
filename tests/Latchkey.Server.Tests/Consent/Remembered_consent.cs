using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Remembered_consent_on_SQLite(OnSqlite host) : Remembered_consent(host), IClassFixture<OnSqlite>;

public sealed class Remembered_consent_on_PostgreSQL(OnPostgres host) : Remembered_consent(host), IClassFixture<OnPostgres>;

/// <summary>
/// "Do not ask me again": offered only by the operator's choice and where no other program or page could use it, and used only while
/// everything is as it was.
/// </summary>
public abstract class Remembered_consent(LatchkeyHost host)
{
    private const string RedirectUri = "https://client.example/callback";
    private const string Asked = "notes:read notes:write";

    [Theory]
    [InlineData("none")]
    [InlineData("same-origin")]
    public async Task A_remembered_consent_skips_the_page_with_the_scopes_that_were_ticked(string site)
    {
        var (company, client) = await RememberAsync("notes:read");

        using var visit = await VisitAsync(client, site: site);
        Assert.True(visit.IsSkipped, visit.Html);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(visit.Code));
        Assert.Equal("notes:read", tokens.Scope);
        Assert.Equal("acme", tokens.Claims.GetProperty("org_id").GetString());
        Assert.Contains("consent.remembered", await host.SignInEventsAsync(visit.LoginRequestId), StringComparer.Ordinal);
        Assert.Equal("Ada Lovelace", tokens.Claims.GetProperty("name").GetString());

        var listed = (await ConsentsAsync(company))[0].GetProperty("remembered");
        Assert.Equal("client.example", listed.GetProperty("redirect_host").GetString());
        Assert.Equal(["notes:read"], listed.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
    }

    /// <summary>A page of another site could otherwise give its client access without the person.</summary>
    [Theory]
    [InlineData("cross-site", "navigate", "document")]
    [InlineData("same-site", "navigate", "document")]
    [InlineData(null, null, null)]
    [InlineData("none", "navigate", null)]
    [InlineData("none", null, "document")]
    [InlineData(null, "navigate", "document")]
    public async Task A_sign_in_that_the_person_did_not_begin_is_asked(string? site, string? mode, string? destination)
    {
        var (_, client) = await RememberAsync();

        using var visit = await VisitAsync(client, site, mode, destination);
        Assert.False(visit.IsSkipped);
        Assert.DoesNotContain("name=\"remember\"", visit.Html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scope", "notes:read")]
    [InlineData("scope", "notes:read notes:write offline_access")]
    [InlineData("prompt", "consent")]
    [InlineData("prompt", "login")]
    [InlineData("redirect_uri", "https://other.client.example/callback")]
    public async Task Another_request_is_asked(string parameter, string value)
    {
        var (_, client) = await RememberAsync();

        using var visit = await VisitAsync(client, changes: (parameter, value));
        Assert.False(visit.IsSkipped);
    }

    /// <summary>The order of the scopes is no other request.</summary>
    [Fact]
    public async Task The_same_scopes_in_another_order_are_not_asked_again()
    {
        var (_, client) = await RememberAsync();

        using var visit = await VisitAsync(client, changes: ("scope", "notes:write notes:read"));
        Assert.True(visit.IsSkipped);
    }

    [Theory]
    [InlineData("resources/{resource}", """{"remember_consent":false}""")]
    [InlineData("resources/{resource}", """{"name":"Payroll"}""")]
    [InlineData("resources/{resource}", """{"grant_expiry":86400}""")]
    [InlineData("resources/{resource}", """{"token_claims":["email","name","org_id","groups"]}""")]
    [InlineData("resources/{resource}", """{"scopes":["notes:read",{"name":"notes:write","description":"Change everything"}]}""")]
    [InlineData("resources/{resource}", """{"organization_selection":"one"}""")]
    [InlineData("clients/{client}", """{"name":"Payroll"}""")]
    [InlineData("clients/{client}", """{"redirect_uris":["https://client.example/callback","https://evil.example/callback"]}""")]
    [InlineData("connections/{connection}", """{"callback_verification":"state_only"}""")]
    public async Task A_change_of_client_resource_or_login_page_is_asked(string path, string change)
    {
        var (company, client) = await RememberAsync();
        await host.SendAsync(
            HttpMethod.Patch,
            "/api/v1/" + path.Replace("{resource}", company.ResourceId, StringComparison.Ordinal)
                .Replace("{connection}", company.ConnectionId, StringComparison.Ordinal)
                .Replace("clients/{client}", $"resources/{company.ResourceId}/clients/{client.Id}", StringComparison.Ordinal),
            JsonSerializer.Deserialize<JsonElement>(change));

        using var visit = await VisitAsync(client);
        Assert.False(visit.IsSkipped);
    }

    [Fact]
    public async Task Another_organization_of_the_person_is_asked()
    {
        var (_, client) = await RememberAsync(resource: new { remember_consent = true, organization_selection = "one" });
        using (var same = await VisitAsync(client))
        {
            Assert.True(same.IsSkipped);
        }

        using var other = await VisitAsync(
            client, user: new { sub = "ada", email = "ada@acme.example", name = "Ada Lovelace", organization_external_id = "globex" });
        Assert.False(other.IsSkipped);
    }

    /// <summary>A choice of several organisations cannot be skipped, so the page does not offer to remember it.</summary>
    [Fact]
    public async Task Nothing_is_remembered_where_the_person_chooses_an_organization()
    {
        var company = await host.NewCompanyAsync(resource: new { remember_consent = true, organization_selection = "one" });
        using var visit = await VisitAsync(await McpClient.CreateAsync(company), user: new
        {
            sub = "ada",
            email = "ada@acme.example",
            organizations = new[] { new { external_id = "a" }, new { external_id = "b" } },
        });

        Assert.DoesNotContain("name=\"remember\"", visit.Html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_person_is_asked()
    {
        var (_, client) = await RememberAsync();

        using var visit = await VisitAsync(client, user: new { sub = "bob", email = "bob@acme.example" });
        Assert.False(visit.IsSkipped);
    }

    [Fact]
    public async Task Another_client_is_asked()
    {
        var (company, _) = await RememberAsync();

        using var visit = await VisitAsync(await McpClient.CreateAsync(company));
        Assert.False(visit.IsSkipped);
    }

    /// <summary>The checkbox is offered by choice of the operator only, and never where the answer goes to the device.</summary>
    [Theory]
    [InlineData(true, RedirectUri, "required", true)]
    [InlineData(false, RedirectUri, "required", false)]
    [InlineData(true, McpClient.Loopback, "required", false)]
    [InlineData(true, "cursor://anysphere.cursor-retrieval/oauth/callback", "required", false)]
    [InlineData(true, "https://vscode.dev/redirect", "required", false)]
    [InlineData(true, RedirectUri, "state_only", false)]
    public async Task The_page_offers_to_remember_only_where_it_is_safe(bool remembers, string redirectUri, string mode, bool isOffered)
    {
        var company = await host.NewCompanyAsync(mode, new { remember_consent = remembers });
        var client = await McpClient.CreateAsync(company, redirectUri);

        using (var first = await VisitAsync(client))
        {
            Assert.Equal(isOffered, first.Html.Contains("name=\"remember\"", StringComparison.Ordinal));

            // A form that sends it all the same is not remembered.
            await first.DecideAsync("allow", ("remember", "yes"));
        }

        using var second = await VisitAsync(client);
        Assert.Equal(isOffered, second.IsSkipped);
    }

    [Fact]
    public async Task Without_the_tick_nothing_is_remembered()
    {
        var company = await host.NewCompanyAsync(resource: new { remember_consent = true });
        var client = await McpClient.CreateAsync(company);
        using (var first = await VisitAsync(client))
        {
            Assert.DoesNotMatch("name=\"remember\"[^>]*checked", first.Html);
            await first.DecideAsync("allow");
        }

        using var second = await VisitAsync(client);
        Assert.False(second.IsSkipped);
        Assert.False((await ConsentsAsync(company))[0].TryGetProperty("remembered", out _));
    }

    /// <summary>The person is asked for another scope, and answers without the tick or with Deny.</summary>
    [Theory]
    [InlineData("allow")]
    [InlineData("deny")]
    public async Task A_later_answer_replaces_the_remembered_one(string decision)
    {
        var (_, client) = await RememberAsync();
        using (var asked = await VisitAsync(client, changes: ("scope", "notes:read")))
        {
            Assert.False(asked.IsSkipped);
            await asked.DecideAsync(decision);
        }

        using var again = await VisitAsync(client);
        Assert.False(again.IsSkipped);
    }

    /// <summary>An answer on a page that did not ask leaves what was remembered.</summary>
    [Fact]
    public async Task An_answer_on_a_page_without_the_question_leaves_the_remembered_one()
    {
        var (_, client) = await RememberAsync();
        using (var asked = await VisitAsync(client, site: "cross-site"))
        {
            await asked.DecideAsync("allow");
        }

        using var again = await VisitAsync(client);
        Assert.True(again.IsSkipped);
    }

    [Fact]
    public async Task Forgetting_over_the_API_asks_again_and_leaves_the_grants()
    {
        var (company, client) = await RememberAsync();
        using var visit = await VisitAsync(client);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(visit.Code));
        var consent = (await ConsentsAsync(company))[0].GetProperty("id").GetString();
        var path = $"/api/v1/clients/{client.Id}/consents/{consent}/remembered";
        var other = await McpClient.CreateAsync(company);

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{other.Id}/consents/{consent}/remembered"), 404,
            "consent_not_found");
        await host.SendAsync(HttpMethod.Delete, path);
        await host.SendAsync(HttpMethod.Delete, path);

        using var again = await VisitAsync(client);
        Assert.False(again.IsSkipped);
        Assert.False((await ConsentsAsync(company))[0].TryGetProperty("remembered", out _));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        var audit = await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={consent}");
        Assert.Contains("consent.forgotten", audit.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Revoking_the_consent_forgets_it()
    {
        var (company, client) = await RememberAsync();
        var consent = (await ConsentsAsync(company))[0].GetProperty("id").GetString();
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{consent}");

        using var visit = await VisitAsync(client);
        Assert.False(visit.IsSkipped);
    }

    /// <summary>The code that a reload of the skipped page would issue is the same one, and only once.</summary>
    [Fact]
    public async Task A_skipped_page_that_is_opened_twice_leads_to_the_same_response()
    {
        var (_, client) = await RememberAsync();
        using var visit = await VisitAsync(client);
        using var again = await visit.Browser.GetAsync(visit.Path);

        Assert.Equal(visit.Location, again.Headers.Location!.OriginalString);
        using var foreign = new Browser(host);
        await Expect.PageAsync(await foreign.GetAsync(visit.Path), 403, "foreign_browser");
    }

    /// <summary>A person remembers the consent for this client.</summary>
    private async Task<(Company Company, McpClient Client)> RememberAsync(string ticked = Asked, object? resource = null)
    {
        var company = await host.NewCompanyAsync(resource: resource ?? new { remember_consent = true });
        var client = await McpClient.CreateAsync(company, RedirectUri, "https://other.client.example/callback");
        using var visit = await VisitAsync(client);
        Assert.Contains(
            "Do not ask me again when Back office connects to Notes", visit.Html, StringComparison.Ordinal);
        await visit.DecideAsync("allow", [("remember", "yes")], ticked);
        return (company, client);
    }

    private async Task<Visit> VisitAsync(
        McpClient client, string? site = "none", string? mode = "navigate", string? destination = "document", object? user = null,
        params (string Name, string? Value)[] changes)
    {
        var browser = new Browser(host);
        (string, string?)[] headers = [("Sec-Fetch-Site", site), ("Sec-Fetch-Mode", mode), ("Sec-Fetch-Dest", destination)];
        using var begun = await browser.GetAsync(
            client.Authorize(changes), [.. headers.Where(h => h.Item2 is not null).Select(h => (h.Item1, h.Item2!))]);
        Assert.True(begun.StatusCode == HttpStatusCode.Redirect, await begun.Content.ReadAsStringAsync());
        var id = Browser.QueryOf(begun.Headers.Location!)["login_request_id"];
        using var back = await browser.GetAsync((await client.Company.ReportAsync(id, user)).CallbackPath);
        var path = back.Headers.Location!.OriginalString;
        using var page = await browser.GetAsync(path);
        var html = Regex.Replace(
            WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync()), "</?bdi[^>]*>", "", RegexOptions.None, TimeSpan.FromMinutes(1));
        return new(browser, id, path, page.Headers.Location?.OriginalString, html);
    }

    private async Task<List<JsonElement>> ConsentsAsync(Company company)
    {
        var listed = await host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?resource_id={company.ResourceId}");
        return [.. listed.GetProperty("consents").EnumerateArray()];
    }

    /// <summary>A sign-in up to the consent page, or beyond it.</summary>
    private sealed record Visit(Browser Browser, string LoginRequestId, string Path, string? Location, string Html) : IDisposable
    {
        public bool IsSkipped => Location is not null;

        public string Code => Browser.QueryOf(new Uri(Location!))["code"];

        public Task DecideAsync(string decision, params (string Name, string Value)[] more) => DecideAsync(decision, more, Asked);

        public async Task DecideAsync(string decision, (string Name, string Value)[] more, string ticked)
        {
            string Hidden(string name) => Regex.Match(
                Html, $"name=\"{name}\" value=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture, TimeSpan.FromMinutes(1))
                .Groups["value"].Value;
            using var decided = await Browser.SendAsync(
                HttpMethod.Post,
                Path,
                [
                    new("form_token", Hidden("form_token")), new("claims", Hidden("claims")), new("decision", decision),
                    .. ticked.Split(' ').Select(scope => KeyValuePair.Create("scope", scope)),
                    .. more.Select(m => KeyValuePair.Create(m.Name, m.Value)),
                ],
                ("Origin", Browser.Host.BaseUrl));
            Assert.True(decided.StatusCode == HttpStatusCode.SeeOther, await decided.Content.ReadAsStringAsync());
        }

        public void Dispose() => Browser.Dispose();
    }
}
