using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>What the consent page offers, by what the client requests and by what the operator says about the scopes.</summary>
public sealed partial class Default_scopes(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static readonly string[] NothingSaid = ["notes:read", "notes:write"];

    /// <summary>A tick is written as <c>+</c>, an offered scope without a tick as <c>-</c>.</summary>
    [Theory]
    // Default scopes by access, or as listed.
    [InlineData("by access", null, true, "+notes:read")]
    [InlineData("by access", "", true, "+notes:read")]
    [InlineData("by access", "nonsense", true, "+notes:read")]
    [InlineData("by access", "notes:write nonsense", true, "+notes:write")]
    [InlineData("by access", "openid", true, "+notes:read +openid")]
    [InlineData("by access", "openid email offline_access", true, "+notes:read +openid +email")]
    [InlineData("by access", "openid nonsense", false, "+openid")]
    [InlineData("by access", "openid", false, "+openid")]
    [InlineData("by access", "openid notes:write", false, "+notes:write +openid")]
    [InlineData("by access", "email", false, "+email")]
    [InlineData("by access", "email", true, "+notes:read +email")]
    [InlineData("by access", "profile email nonsense", false, "+profile +email")]
    [InlineData("by access", "email notes:write", false, "+notes:write +email")]
    [InlineData("by access", null, false, "+notes:read")]
    [InlineData("listed", null, true, "+notes:write")]
    [InlineData("listed", "notes:read", true, "+notes:read")]
    [InlineData("listed", "openid", true, "+notes:write +openid")]
    [InlineData("all listed", null, true, "+notes:read +notes:write")]
    // The operator says nothing: the person chooses.
    [InlineData("nothing said", null, true, "-notes:read -notes:write")]
    [InlineData("nothing said", "nonsense", true, "-notes:read -notes:write")]
    [InlineData("nothing said", "openid", true, "-notes:read -notes:write +openid")]
    [InlineData("nothing said", "openid", false, "+openid")]
    [InlineData("nothing said", "profile", true, "-notes:read -notes:write +profile")]
    [InlineData("nothing said", "notes:write", true, "+notes:write")]
    [InlineData("nothing said", "offline_access", true, "-notes:read -notes:write")]
    // Without default scopes, only what is requested.
    [InlineData("none", "notes:read", true, "+notes:read")]
    [InlineData("none", "openid", true, "+openid")]
    [InlineData("none", "email", true, "+email")]
    [InlineData("only writing", "openid", true, "+openid")]
    [InlineData("without scopes", null, true, "")]
    [InlineData("without scopes", "nonsense", true, "")]
    [InlineData("without scopes", "openid", true, "+openid")]
    [Spec("OAuth 2.1 §1.4.1", "default-scope")]
    public async Task The_consent_page_offers_what_was_requested_or_the_default_scopes(
        string resource, string? requested, bool namesResource, string offered)
    {
        var company = await CompanyAsync(resource);
        var client = await McpClient.RegisterAsync(company);

        foreach (var path in new[] { Authorize(client, requested, namesResource), await PushAsync(client, requested, namesResource) })
        {
            using var browser = new Browser(host);
            var consent = await browser.ComeBackAsync(
                (await company.ReportAsync((await browser.StartAsync(path)).LoginRequestId)).CallbackPath);

            Assert.Equal(offered, OfferedBy(consent));
        }
    }

    [Theory]
    [InlineData("none", null)]
    [InlineData("none", "nonsense")]
    [InlineData("none", "offline_access")]
    [InlineData("only writing", null)]
    [InlineData("only writing", "nonsense")]
    [InlineData("disabled default", null)]
    public async Task A_request_without_a_grantable_scope_is_refused_where_nothing_is_offered_by_default(string resource, string? requested)
    {
        var company = await CompanyAsync(resource);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);

        using var response = await browser.GetAsync(Authorize(client, requested, namesResource: true));
        using var pushed = await PushResponseAsync(client, requested, namesResource: true);

        var query = Browser.QueryOf(response.Headers.Location!);
        Assert.Equal("invalid_scope", query["error"]);
        Assert.Contains("set default_scopes", query["error_description"], StringComparison.Ordinal);
        var error = JsonDocument.Parse(await pushed.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((400, "invalid_scope"), ((int)pushed.StatusCode, error.GetProperty("error").GetString()));
        Assert.Contains("set default_scopes", error.GetProperty("error_description").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing said", "notes:write", "notes:write")]
    [InlineData("nothing said", "notes:read notes:write", "notes:read notes:write")]
    [InlineData("nothing said and not untickable", "notes:write", "notes:write")]
    public async Task A_person_chooses_among_the_scopes_that_were_offered_unticked(string resource, string ticked, string granted)
    {
        var company = await CompanyAsync(resource);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize(("scope", null)));
        using var allowed = await browser.DecideAsync(consent, "allow", ticked.Split(' '));

        Assert.Contains("Tick what you want to allow.", consent.Html, StringComparison.Ordinal);
        Assert.Equal(
            granted, (await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope);
    }

    [Theory]
    [InlineData("nothing said")]
    [InlineData("nothing said and not untickable")]
    public async Task Allowing_none_of_the_scopes_offered_unticked_grants_nothing(string resource)
    {
        var company = await CompanyAsync(resource);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize(("scope", null)));

        Expect.Redirect(await browser.DecideAsync(consent, "allow"), client.RedirectUri, "access_denied", company.Issuer);
    }

    [Fact]
    public async Task Scopes_stay_unticked_for_the_next_person_after_not_you()
    {
        var company = await CompanyAsync("nothing said");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize(("scope", null)));
        using var other = await browser.DecideAsync(consent, "not_you");
        var report = await company.ReportAsync(Browser.QueryOf(other.Headers.Location!)["login_request_id"]);

        Assert.Equal("-notes:read -notes:write", OfferedBy(await browser.ComeBackAsync(report.CallbackPath)));
    }

    [Fact]
    public async Task An_openid_client_without_resource_gets_identity_only()
    {
        var company = await CompanyAsync("all listed");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var consent = await ConsentAsync(company, browser, client.Authorize(("scope", "openid offline_access"), ("resource", null)));
        using var allowed = await browser.DecideAsync(consent, "allow", "openid", "notes:read", "notes:write");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.Equal("openid offline_access", tokens.Scope);
        Assert.Equal("openid offline_access", (await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Scope);
    }

    [Fact]
    public async Task A_client_of_an_operator_gets_its_own_scopes_without_a_person_whatever_the_default()
    {
        var company = await CompanyAsync("none");
        var client = await McpClient.CreateAsync(company);
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];

        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, []))).Scope);
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("scope", "nonsense")]), 400, "invalid_scope");
    }

    [Fact]
    public async Task The_scope_of_a_registration_is_no_cap()
    {
        var company = await CompanyAsync("all listed");
        using var registered = await host.Anonymous.PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            JsonContent(new
            {
                client_name = "Capped",
                redirect_uris = new[] { McpClient.Loopback },
                token_endpoint_auth_method = "none",
                scope = "notes:read"
            }));
        var id = JsonDocument.Parse(await registered.Content.ReadAsStringAsync()).RootElement.GetProperty("client_id").GetString()!;

        Assert.Equal(
            "notes:read notes:write openid",
            (await new McpClient(company, id, secret: null, McpClient.Loopback).TokensAsync(scope: "notes:read notes:write openid")).Scope);
    }

    private static StringContent JsonContent(object body) =>
        new(JsonSerializer.Serialize(body), System.Text.Encoding.UTF8, "application/json");

    private Task<Company> CompanyAsync(string resource) => host.NewCompanyAsync(resource: resource switch
    {
        "by access" => new { scopes = WithAccess("read", "write") },
        "only writing" => new { scopes = WithAccess("delete", "write") },
        "listed" => new { scopes = WithAccess("read", "write"), default_scopes = new[] { "notes:write" } },
        "all listed" => new { scopes = NothingSaid, default_scopes = NothingSaid },
        "none" => new { scopes = WithAccess("read", "write"), default_scopes = Array.Empty<string>() },
        "disabled default" => new
        {
            scopes = new object[] { new { name = "notes:read", enabled = false }, new { name = "notes:write" } },
            default_scopes = new[] { "notes:read" },
        },
        "without scopes" => new { scopes = Array.Empty<string>() },
        "nothing said and not untickable" => new { scopes = NothingSaid, scopes_can_be_unticked = false },
        _ => (object)new { scopes = NothingSaid },
    });

    private static object[] WithAccess(string read, string write) =>
        [new { name = "notes:read", description = "Read your notes", access = read }, new { name = "notes:write", access = write }];

    private static string Authorize(McpClient client, string? scope, bool namesResource) => namesResource
        ? client.Authorize(("scope", scope))
        : client.Authorize(("scope", scope), ("resource", null));

    private static async Task<string> PushAsync(McpClient client, string? scope, bool namesResource)
    {
        using var pushed = await PushResponseAsync(client, scope, namesResource);
        var reference = JsonDocument.Parse(await pushed.Content.ReadAsStringAsync()).RootElement.GetProperty("request_uri").GetString()!;
        return $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(reference)}";
    }

    private static Task<HttpResponseMessage> PushResponseAsync(McpClient client, string? scope, bool namesResource) => client.PostAsync(
        "/oauth/par",
        [.. Browser.QueryOf(new Uri("https://x.example" + Authorize(client, scope, namesResource)))
            .Select(p => (p.Key, (string?)p.Value))],
        []);

    private static async Task<ConsentForm> ConsentAsync(Company company, Browser browser, string authorize) =>
        await browser.ComeBackAsync((await company.ReportAsync((await browser.StartAsync(authorize)).LoginRequestId)).CallbackPath);

    private static string OfferedBy(ConsentForm consent) => string.Join(
        ' ',
        Boxes().Matches(consent.Html).Select(m => (m.Groups["rest"].Value.Contains("checked", StringComparison.Ordinal) ? "+" : "-")
            + m.Groups["name"].Value));

    [GeneratedRegex(
        "<input type=\"checkbox\" name=\"scope\" value=\"(?<name>[^\"]+)\"(?<rest>[^>]*)>", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Boxes();
}
