using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

public sealed class Organization_choice_on_SQLite(OnSqlite host) : Organization_choice(host), IClassFixture<OnSqlite>;

public sealed class Organization_choice_on_PostgreSQL(OnPostgres host) : Organization_choice(host), IClassFixture<OnPostgres>;

/// <summary>
/// A person of several organisations (tenants) chooses one for a client. It becomes <c>org_id</c>, and access ends with the membership.
/// </summary>
public abstract class Organization_choice(LatchkeyHost host)
{
    private static readonly string[] Two = ["acme", "globex"];

    [Theory]
    [InlineData("one", 1, "line")]
    [InlineData("one", 2, "radios")]
    [InlineData("one", 7, "radios")]
    [InlineData("one", 8, "list")]
    [InlineData("one", 200, "list")]
    [InlineData("none", 2, "nothing")]
    public async Task The_page_offers_the_reported_organizations_and_chooses_none(string selection, int count, string shown)
    {
        var login = await OpenAsync(selection, Organizations([.. Enumerable.Range(1, count).Select(i => $"o{i}")]));

        Assert.Equal(
            shown == "radios" ? count : 0,
            Regex.Count(login.Html, "type=\"radio\" name=\"organization\"", RegexOptions.None, Forever));
        Assert.Equal(shown == "list" ? count + 1 : 0, Regex.Count(login.Html, "<option value", RegexOptions.None, Forever));
        Assert.Equal(shown == "line", login.Html.Contains("data-lk=\"organization\"", StringComparison.Ordinal));
        Assert.Equal(shown != "nothing", login.Html.Contains("Name of o1<", StringComparison.Ordinal));
        Assert.DoesNotMatch("name=\"organization\"[^>]*checked|<option[^>]*selected", login.Html);
    }

    [Fact]
    public async Task The_chosen_organization_is_in_the_tokens_and_stays_at_refresh()
    {
        var login = await OpenAsync("one", Organizations(Two));
        var tokens = await login.TokensAsync("globex");

        Assert.Equal(("globex", "globex"), (Claim(tokens, "org_id"), Claim(tokens, "oid")));
        var grant = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?client_id={login.Client.Id}");
        Assert.Equal("globex", grant.GetProperty("grants")[0].GetProperty("organization_id").GetString());

        // The newest report has another order and another name, and the single member of older integrations.
        await login.UpdateAsync(new
        {
            sub = "ada",
            email = "ada@acme.example",
            organization_external_id = "acme",
            organizations = new[] { new { external_id = "acme", name = "A" }, new { external_id = "globex", name = "G" } },
        });
        var refreshed = await Tokens.OfAsync(await login.Client.RefreshAsync(tokens.Refresh!));
        Assert.Equal("globex", Claim(refreshed, "org_id"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_person_who_left_the_organization_loses_the_grant_at_refresh(bool byNewReport)
    {
        var login = await OpenAsync("one", Organizations(Two));
        var tokens = await login.TokensAsync("globex");
        if (byNewReport)
        {
            using var browser = new Browser(host);
            await login.Company.ReportAsync((await browser.StartAsync(login.Client.Authorize())).LoginRequestId, Organizations("acme"));
        }
        else
        {
            await login.UpdateAsync(Organizations("acme"));
        }

        await Expect.ErrorAsync(await login.Client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");

        // The grant has ended: a return to the organisation does not revive it.
        await login.UpdateAsync(Organizations(Two));
        await Expect.ErrorAsync(await login.Client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
    }

    /// <summary>The person leaves between the decision and the exchange of the code.</summary>
    [Fact]
    public async Task A_code_for_an_organization_that_the_person_left_is_refused_and_ends()
    {
        var login = await OpenAsync("one", Organizations(Two));
        var code = await login.CodeAsync("globex");
        await login.UpdateAsync(Organizations("acme"));

        await Expect.ErrorAsync(await login.Client.RedeemAsync(code), 400, "invalid_grant");
        await login.UpdateAsync(Organizations(Two));
        await Expect.ErrorAsync(await login.Client.RedeemAsync(code), 400, "invalid_grant");
        var grants = await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?client_id={login.Client.Id}&state=live");
        Assert.Equal(0, grants.GetProperty("total_size").GetInt32());
    }

    [Fact]
    public async Task An_access_token_of_a_left_organization_is_inactive_at_introspection()
    {
        var login = await OpenAsync("one", Organizations(Two));
        var tokens = await login.TokensAsync("globex");
        var server = await ResourceServer.CreateAsync(login.Company);
        Assert.True(await server.IsActiveAsync(tokens.Access));
        await login.UpdateAsync(Organizations("acme"));

        Assert.False(await server.IsActiveAsync(tokens.Access));
    }

    /// <summary>Nothing is decided by a form without a choice or with a foreign one, and the person can still choose.</summary>
    [Theory]
    [InlineData("organization_missing")]
    [InlineData("organization_missing", "")]
    [InlineData("organization_missing", "acme", "globex")]
    [InlineData("organization_missing", "acme", "acme")]
    [InlineData("organization_unknown", "initech")]
    [InlineData("organization_unknown", "ACME")]
    [InlineData("organization_unknown", "acme ")]
    [InlineData("organization_unknown", "Name of acme")]
    public async Task A_missing_or_foreign_organization_is_refused_and_changes_nothing(string code, params string[] posted)
    {
        var login = await OpenAsync("one", Organizations(Two));

        await Expect.PageAsync(await login.PostAsync("allow", posted), 400, code);
        Assert.Equal("acme", Claim(await login.TokensAsync("acme"), "org_id"));
    }

    [Theory]
    [InlineData("deny")]
    [InlineData("not_you")]
    public async Task Other_decisions_need_no_organization(string decision)
    {
        var login = await OpenAsync("one", Organizations(Two));

        using var decided = await login.PostAsync(decision, []);
        Assert.Equal(HttpStatusCode.SeeOther, decided.StatusCode);
    }

    /// <summary>One organisation needs no choice: a posted value is ignored, also a foreign one.</summary>
    [Theory]
    [InlineData("one", "acme")]
    [InlineData("none", "acme")]
    public async Task The_only_organization_is_not_chosen_by_the_form(string selection, string organization)
    {
        var login = await OpenAsync(selection, Organizations("acme"));

        Assert.Equal(organization, Claim(await login.TokensAsync("globex"), "org_id"));
    }

    /// <summary>The single members of the report are one organisation, as before.</summary>
    [Fact]
    public async Task The_single_members_of_a_report_are_an_organization_of_the_grant()
    {
        var login = await OpenAsync("one", Company.Ada);
        var tokens = await login.TokensAsync();

        Assert.Equal("acme", Claim(tokens, "org_id"));
        await login.UpdateAsync(new { sub = "ada", email = "ada@acme.example", organization_external_id = "other" });
        await Expect.ErrorAsync(await login.Client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task Without_a_choice_the_newest_report_names_the_organization_of_a_token()
    {
        var login = await OpenAsync("none", Company.Ada);
        var tokens = await login.TokensAsync();
        await login.UpdateAsync(new { sub = "ada", email = "ada@acme.example", organization_external_id = "other" });

        Assert.Equal("other", Claim(await Tokens.OfAsync(await login.Client.RefreshAsync(tokens.Refresh!)), "org_id"));
    }

    [Theory]
    [InlineData("""{"organizations":"acme"}""")]
    [InlineData("""{"organizations":["acme"]}""")]
    [InlineData("""{"organizations":[{"name":"Acme"}]}""")]
    [InlineData("""{"organizations":[{"external_id":""}]}""")]
    [InlineData("""{"organizations":[{"external_id":"a\nb"}]}""")]
    [InlineData("""{"organizations":[{"external_id":"a"},{"external_id":"a","name":"again"}]}""")]
    public async Task Unusable_organizations_of_a_report_are_refused(string members)
    {
        var company = await host.CompanyAsync();
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        var body = JsonSerializer.Deserialize<Dictionary<string, object>>(members)!;
        (body["sub"], body["email"]) = ("ada", "ada@acme.example");

        using var refused = await company.TryReportAsync(redirect.LoginRequestId, body);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains("organizations", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>A report may have at most 200; lowerCamelCase and members of later versions are accepted, as in the whole report.</summary>
    [Fact]
    public async Task Organizations_of_a_report_are_bounded_and_tolerant()
    {
        var company = await host.CompanyAsync();
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        using var refused = await company.TryReportAsync(
            redirect.LoginRequestId, Organizations([.. Enumerable.Range(1, 201).Select(i => $"o{i}")]));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);

        await company.ReportAsync(
            redirect.LoginRequestId,
            new { sub = "ada", email = "ada@acme.example", organizations = new[] { new { externalId = "a", roles = new[] { "x" } } } });
    }

    [Fact]
    public async Task The_context_of_a_login_request_tells_the_login_page_that_organizations_are_wanted()
    {
        var company = await host.NewCompanyAsync(resource: new { organization_selection = "one" });
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync((await McpClient.RegisterAsync(company)).Authorize());
        using var response = await company.SendAsync(
            HttpMethod.Get, $"/api/v1/connections/{company.ConnectionId}/auth-requests/{redirect.LoginRequestId}");

        Assert.Contains("\"organization_selection\":\"one\"", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static readonly TimeSpan Forever = TimeSpan.FromMinutes(1);

    private static string? Claim(Tokens tokens, string name) => tokens.Claims.GetProperty(name).GetString();

    private static object Organizations(params string[] ids) => new
    {
        sub = "ada",
        email = "ada@acme.example",
        organizations = ids.Select(id => new { external_id = id, name = $"Name of {id}" }).ToArray(),
    };

    private async Task<Choice> OpenAsync(string selection, object user)
    {
        var company = await host.NewCompanyAsync(resource: new { organization_selection = selection });
        var client = await McpClient.RegisterAsync(company);
        var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        return new(client, browser, await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId, user)).CallbackPath));
    }

    /// <summary>An open consent page.</summary>
    private sealed record Choice(McpClient Client, Browser Browser, ConsentForm Form)
    {
        public string Html => Form.Html;

        public Company Company => Client.Company;

        public Task<HttpResponseMessage> PostAsync(string decision, IEnumerable<string> organizations) => Browser.SendAsync(
            HttpMethod.Post,
            Form.Path,
            [
                new("form_token", Form.Token), new("decision", decision), new("scope", "notes:read"),
                .. organizations.Select(id => KeyValuePair.Create("organization", id)),
            ],
            ("Origin", Company.Host.BaseUrl));

        public async Task<string> CodeAsync(params string[] organizations)
        {
            using var allowed = await PostAsync("allow", organizations);
            Assert.True(allowed.StatusCode == HttpStatusCode.SeeOther, await allowed.Content.ReadAsStringAsync());
            return Browser.QueryOf(allowed.Headers.Location!)["code"];
        }

        public async Task<Tokens> TokensAsync(params string[] organizations) =>
            await Tokens.OfAsync(await Client.RedeemAsync(await CodeAsync(organizations)));

        public async Task UpdateAsync(object user)
        {
            using var updated = await Company.SendAsync(
                HttpMethod.Post, $"/api/v1/connections/{Company.ConnectionId}/users:update", user);
            Assert.True(updated.IsSuccessStatusCode, await updated.Content.ReadAsStringAsync());
        }
    }
}
