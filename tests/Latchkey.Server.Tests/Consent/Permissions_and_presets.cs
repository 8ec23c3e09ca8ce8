using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Consent;

/// <summary>
/// What the consent page ticks, fixes and sets apart (<c>optional</c>, <c>sensitive</c>, <c>group</c>), and presets. The server grants what
/// the page says, whatever the form contains.
/// </summary>
public sealed partial class Permissions_and_presets(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Asked = "notes:read tags:read notes:write tags:write notes:delete";

    private static readonly object[] Scopes =
    [
        new { name = "notes:read", description = "Read your notes", access = "read", group = "Notes" },
        new { name = "tags:read", description = "Read your tags", access = "read", group = "Tags" },
        new { name = "notes:write", description = "Change your notes", access = "write", group = "Notes" },
        new { name = "tags:write", description = "Change your tags", access = "write", group = "Tags" },
        new { name = "notes:delete", description = "Delete your notes", access = "delete", sensitive = true },
    ];

    [Fact]
    public async Task Sensitive_scopes_stand_apart_and_unticked_below_the_groups()
    {
        var page = (await OpenAsync(new { scopes = Scopes })).Html;

        Assert.Equal(["Notes", "Tags"], Groups().Matches(page).Select(m => m.Groups["name"].Value));
        var apart = page.IndexOf("data-lk=\"sensitive\"", StringComparison.Ordinal);
        Assert.True(apart > page.IndexOf("value=\"tags:write\"", StringComparison.Ordinal));
        Assert.Contains("It also asks to", page[apart..], StringComparison.Ordinal);
        Assert.Equal(
            ["+notes:read", "+notes:write", "+tags:read", "+tags:write", "-notes:delete"],
            Boxes().Matches(page).Select(m =>
                (m.Groups["rest"].Value.Contains("checked", StringComparison.Ordinal) ? "+" : "-") + m.Groups["name"].Value));
        Assert.Single(Regex.Matches(page, "<form", RegexOptions.None, TimeSpan.FromMinutes(1)));
    }

    /// <summary>A scope that the operator requires is granted; one that may be unticked is granted only if ticked.</summary>
    [Theory]
    [InlineData(true, "notes:write", "notes:read notes:write")]
    [InlineData(true, "tags:read", "notes:read tags:read")]
    [InlineData(true, "", "notes:read")]
    [InlineData(false, "", "notes:read notes:write")]
    [InlineData(false, "tags:read notes:delete", "notes:read notes:write tags:read notes:delete")]
    public async Task Optional_decides_for_a_scope_and_the_resource_for_the_others(bool canUntick, string ticked, string granted)
    {
        var scopes = new object[]
        {
            new { name = "notes:read", optional = false }, new { name = "notes:write" }, new { name = "tags:read", optional = true },
            new { name = "notes:delete", sensitive = true },
        };
        var login = await OpenAsync(
            new { scopes, scopes_can_be_unticked = canUntick }, "notes:read notes:write tags:read notes:delete");

        Assert.Contains("<input type=\"hidden\" name=\"scope\" value=\"notes:read\"", login.Html, StringComparison.Ordinal);
        Assert.Equal(granted, await login.AllowAsync(preset: null, ticked));
    }

    /// <summary>The server reads the preset first; ticks decide only for <c>choose</c> and without a preset.</summary>
    [Theory]
    [InlineData("read", "notes:write notes:delete", "notes:read tags:read")]
    [InlineData("read", "", "notes:read tags:read")]
    [InlineData("asked", "notes:delete", "notes:read tags:read notes:write tags:write")]
    [InlineData("asked", "", "notes:read tags:read notes:write tags:write")]
    [InlineData("choose", "notes:write notes:delete", "notes:write notes:delete")]
    [InlineData(null, "notes:write notes:delete", "notes:write notes:delete")]
    [InlineData("choose", "notes:read never:asked", "notes:read")]
    public async Task A_preset_that_contradicts_the_ticks_decides(string? preset, string ticked, string granted)
    {
        var login = await OpenAsync(new { scopes = Scopes });

        Assert.Equal(granted, await login.AllowAsync(preset, ticked));
    }

    [Theory]
    [InlineData("everything")]
    [InlineData("READ")]
    [InlineData("read", "asked")]
    [InlineData("choose", "choose")]
    public async Task An_unknown_or_repeated_preset_is_no_decision(params string[] presets)
    {
        var login = await OpenAsync(new { scopes = Scopes });

        await Expect.PageAsync(await login.PostAsync(presets, Asked), 400, "no_decision");
        Assert.Equal("notes:read tags:read", await login.AllowAsync("read", ""));
    }

    /// <summary>A preset that the page did not offer is ignored.</summary>
    [Fact]
    public async Task A_preset_grants_nothing_where_the_page_offers_none()
    {
        var login = await OpenAsync(resource: null, "notes:read notes:write");

        Assert.DoesNotContain("name=\"preset\"", login.Html, StringComparison.Ordinal);
        Assert.Equal("notes:read", await login.AllowAsync("asked", "notes:read"));
    }

    [Theory]
    [InlineData("read", "read")]
    [InlineData("asked", "asked")]
    [InlineData("none", null)]
    [InlineData(null, "read")]
    public async Task The_operator_chooses_the_first_preset(string? setting, string? chosen)
    {
        var page = (await OpenAsync(new { scopes = Scopes, first_preset = setting })).Html;

        var radios = Radios().Matches(page).Where(m => m.Groups["rest"].Value.Contains("checked", StringComparison.Ordinal));
        Assert.Equal(chosen is null ? [] : [chosen], radios.Select(m => m.Groups["name"].Value));
        Assert.Contains("Only look (2)", page, StringComparison.Ordinal);
        Assert.Contains("What it asks for (4)", page, StringComparison.Ordinal);
    }

    /// <summary>Fewer than four, only reading ones, or one that cannot be left out: "only look" would be wrong or of no use.</summary>
    [Theory]
    [InlineData("""[{"name":"a","access":"read"},{"name":"b","access":"write"},{"name":"c","access":"write"}]""")]
    [InlineData(
        """[{"name":"a","access":"read"},{"name":"b","access":"read"},{"name":"c","access":"read"},"""
        + """{"name":"d","access":"read"}]""")]
    [InlineData("""[{"name":"a","access":"write"},{"name":"b","access":"write"},{"name":"c","access":"write"},{"name":"d"}]""")]
    [InlineData(
        """[{"name":"a","access":"read"},{"name":"b","access":"read"},{"name":"c","access":"read"},"""
        + """{"name":"d","access":"write","optional":false}]""")]
    public async Task Presets_are_offered_only_where_they_divide_the_scopes(string scopes)
    {
        var login = await OpenAsync(new { scopes = JsonSerializer.Deserialize<JsonElement>(scopes) }, "a b c d");

        Assert.DoesNotContain("name=\"preset\"", login.Html, StringComparison.Ordinal);
    }

    /// <summary>The operator changes one of these while the page is open: the decision was for another page.</summary>
    [Theory]
    [InlineData("""[{"name":"notes:write","sensitive":true}]""")]
    [InlineData("""[{"name":"notes:write","access":"read"}]""")]
    [InlineData("""[{"name":"notes:write","optional":false}]""")]
    [InlineData("""[{"name":"notes:write","group":"Other"}]""")]
    public async Task A_decision_on_a_page_with_other_permissions_is_asked_again(string change)
    {
        var login = await OpenAsync(new { scopes = Scopes });
        var others = JsonSerializer.SerializeToElement(Scopes).EnumerateArray().Select(s => s.GetProperty("name").GetString()!);
        var changed = JsonSerializer.Deserialize<JsonElement>(change)[0];
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{login.Company.ResourceId}",
            new { scopes = others.Select(name => name == "notes:write" ? changed : JsonSerializer.SerializeToElement(name)).ToArray() });

        using var again = await login.PostAsync(["asked"], "");
        Assert.Equal((HttpStatusCode.SeeOther, login.Path), (again.StatusCode, again.Headers.Location!.OriginalString));
    }

    /// <summary>A bound of the API: the page, the stored request and the form hold as many scopes as a resource may have.</summary>
    [Fact]
    public async Task Five_hundred_scopes_with_names_of_forty_characters_are_shown_and_granted()
    {
        var names = Enumerable.Range(0, 500).Select(i => $"scope{i:000}:{new string('x', 31)}").ToArray();
        Assert.All(names, name => Assert.Equal(40, name.Length));
        var scopes = names.Select(
            (name, i) => new { name, group = $"{new string('g', 36)}{i / 100}", access = i % 2 == 0 ? "read" : "write" });
        var login = await OpenAsync(new { scopes = scopes.ToArray(), default_scopes = names }, scope: null);

        Assert.Equal(500, Boxes().Count(login.Html));
        Assert.Equal(5, Groups().Count(login.Html));
        Assert.Equal(string.Join(' ', names), await login.AllowAsync("choose", string.Join(' ', names)));
    }

    [Theory]
    [InlineData("""[{"name":"a","sensitive":true,"optional":false}]""", "sensitive")]
    [InlineData("""[{"name":"a","optional":"yes"}]""", "optional")]
    [InlineData("""[{"name":"a","group":"two\nlines"}]""", "group")]
    public async Task Scope_members_that_contradict_each_other_are_refused(string scopes, string named)
    {
        var company = await host.CompanyAsync();
        using var refused = await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}",
            new { scopes = JsonSerializer.Deserialize<JsonElement>(scopes) });

        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        Assert.Contains(named, await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    /// <summary>A scope that is listed again by its name keeps its members, and null removes one.</summary>
    [Fact]
    public async Task Members_of_a_scope_that_are_not_given_again_are_kept()
    {
        var company = await host.NewCompanyAsync(resource: new { scopes = Scopes });
        var path = $"/api/v1/resources/{company.ResourceId}";
        var kept = await host.SendAsync(HttpMethod.Patch, path, new { scopes = new[] { "notes:delete", "notes:read" } });
        var removed = await host.SendAsync(
            HttpMethod.Patch, path,
            JsonSerializer.Deserialize<JsonElement>("""{"scopes":["notes:delete",{"name":"notes:read","group":null}]}"""));

        Assert.True(ScopeOf(kept, 0).GetProperty("sensitive").GetBoolean());
        Assert.Equal("Notes", ScopeOf(kept, 1).GetProperty("group").GetString());
        Assert.False(ScopeOf(removed, 1).TryGetProperty("group", out _));

        static JsonElement ScopeOf(JsonElement answer, int index) => answer.GetProperty("resource").GetProperty("scopes")[index];
    }

    private async Task<OpenPage> OpenAsync(object? resource, string? scope = Asked)
    {
        var company = await host.NewCompanyAsync(resource: resource);
        var client = await McpClient.RegisterAsync(company, McpClient.Loopback, "authorization_code");
        var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", scope)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        return new(company, client, browser, consent);
    }

    /// <summary>A consent page in a browser.</summary>
    private sealed record OpenPage(Company Company, McpClient Client, Browser Browser, ConsentForm Form)
    {
        /// <summary>Without the marks of bidirectional text.</summary>
        public string Html =>
            Regex.Replace(WebUtility.HtmlDecode(Form.Html), "</?bdi[^>]*>", "", RegexOptions.None, TimeSpan.FromMinutes(1));

        public string Path => Form.Path;

        public Task<HttpResponseMessage> PostAsync(IEnumerable<string> presets, string ticked) => Browser.SendAsync(
            HttpMethod.Post,
            Form.Path,
            [
                new("form_token", Form.Token), new("decision", "allow"),
                .. presets.Select(preset => KeyValuePair.Create("preset", preset)),
                .. ticked.Split(' ').Select(scope => KeyValuePair.Create("scope", scope)),
            ],
            ("Origin", Browser.Host.BaseUrl));

        /// <summary>Returns the scope of the token.</summary>
        public async Task<string?> AllowAsync(string? preset, string ticked)
        {
            using var allowed = await PostAsync(preset is null ? [] : [preset], ticked);
            Assert.True(allowed.StatusCode == HttpStatusCode.SeeOther, await allowed.Content.ReadAsStringAsync());
            return (await Tokens.OfAsync(await Client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]))).Scope;
        }
    }

    [GeneratedRegex(
        "<input type=\"checkbox\" name=\"scope\" value=\"(?<name>[^\"]+)\"(?<rest>[^>]*)>", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Boxes();

    [GeneratedRegex(
        "<input type=\"radio\" name=\"preset\" value=\"(?<name>[^\"]+)\"(?<rest>[^>]*)>", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Radios();

    [GeneratedRegex(
        "data-lk=\"scope-group\">\\s*<legend>(?<name>[^<]+)</legend>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Groups();
}
