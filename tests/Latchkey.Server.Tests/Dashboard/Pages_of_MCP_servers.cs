using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Audit;
using Latchkey.Server.OAuth;
using Latchkey.Server.Operators;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The list of MCP servers, the forms of one, its credentials, and its deletion.</summary>
public abstract partial class Pages_of_MCP_servers(LatchkeyHost host)
{
    private const string List = "/dashboard/servers";

    [Fact]
    public async Task A_server_is_added_and_shows_what_is_missing()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var uri = NewUri();
        using var added = await admin.PostAsync(
            List + "/new", List + "/new", ("name", "Wiki <b>"), ("resource_uri", uri), ("scopes.0.name", "wiki:read"),
            ("scopes.0.description", "Read the wiki"), ("scopes.0.access", "read"), ("scopes.0.enabled", "true"));
        Assert.Equal(HttpStatusCode.SeeOther, added.StatusCode);
        var path = added.Headers.Location!.ToString();
        var page = await admin.OpenAsync(path);
        Assert.Contains("Wiki &lt;b&gt; was added. Join a login page next.", page, StringComparison.Ordinal);
        Assert.Contains("No login page", page, StringComparison.Ordinal);
        Assert.Contains(uri, page, StringComparison.Ordinal);
        var id = path.Split('/')[^1];
        foreach (var value in new[]
            {
                $"{host.BaseUrl}/resources/{id}", $"{host.BaseUrl}/.well-known/oauth-protected-resource/{id}", $"{host.BaseUrl}/keys", id,
            })
        {
            Assert.Contains($"<code>{value}</code>", page, StringComparison.Ordinal);
        }

        Assert.Contains("No login page", await admin.OpenAsync(List), StringComparison.Ordinal);
        Assert.Contains("has no login page", await admin.OpenAsync("/dashboard"), StringComparison.Ordinal);
        var scopes = await admin.OpenAsync(path + "/scopes");
        Assert.Contains("value=\"wiki:read\"", scopes, StringComparison.Ordinal);
        Assert.Equal("resource.created", (await NewestAsync(id)).Action);
    }

    [Fact]
    public async Task What_was_typed_stays_after_an_error_and_every_error_is_beside_its_field()
    {
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var refused = await admin.PostAsync(
            List + "/new", List + "/new", ("name", ""), ("resource_uri", "no address"), ("scopes.0.description", "typed text"));
        await refused.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");
        var html = await refused.Content.ReadAsStringAsync();
        Assert.Contains("Name is required.", html, StringComparison.Ordinal);
        Assert.Contains("href=\"#field-resource_uri\"", html, StringComparison.Ordinal);
        Assert.Contains("id=\"field-resource_uri-error\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"no address\"", html, StringComparison.Ordinal);
        Assert.Contains("value=\"typed text\"", html, StringComparison.Ordinal);
        Assert.Contains("href=\"#field-scopes\"", html, StringComparison.Ordinal);

        var company = await host.CompanyAsync();
        using var taken = await admin.PostAsync(List + "/new", List + "/new", ("name", "x"), ("resource_uri", company.ResourceUri));
        await taken.ExpectErrorAsync(HttpStatusCode.Conflict, "resource_uri_taken");
        Assert.Contains("Another MCP server has this address.", await taken.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_rows_change_nothing_and_keep_what_was_typed()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}/scopes";
        var html = await admin.OpenAsync(path);
        Assert.Equal(3, Rows().Count(html));
        using var more = await admin.SendAsync(
            path, DashboardUser.TokenOf(html, path), ("scopes.0.name", "kept"), ("scopes.3.name", "also kept"), ("more", "true"));
        Assert.Equal(HttpStatusCode.OK, more.StatusCode);
        var shown = await more.Content.ReadAsStringAsync();
        Assert.Equal(9, Rows().Count(shown));
        Assert.Contains("value=\"also kept\"", shown, StringComparison.Ordinal);
        Assert.Equal(2, (await ResourceAsync(company)).GetProperty("scopes").GetArrayLength());
    }

    [Theory]
    [InlineData("scopes")]
    [InlineData("look")]
    [InlineData("advanced")]
    public async Task A_page_of_fields_that_is_saved_unchanged_changes_nothing(string section)
    {
        var company = await host.NewCompanyAsync(resource: new { default_scopes = new[] { "notes:read" }, access_token_expiry = 90 });
        var before = await ResourceAsync(company);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}/{section}";
        var html = await admin.OpenAsync(path);
        using var saved = await admin.SendAsync(path, DashboardUser.TokenOf(html, path), [.. InputsOf(html)]);
        saved.ExpectRedirect(path);
        var after = await ResourceAsync(company);
        foreach (var member in before.EnumerateObject().Where(m => m.Name != "update_time"))
        {
            Assert.Equal(member.Value.ToString(), after.GetProperty(member.Name).ToString());
        }
    }

    [Fact]
    public async Task A_change_over_another_one_is_shown_with_both_values_and_stored_at_the_next_press()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}/look";
        var html = await admin.OpenAsync(path);
        var opened = InputsOf(html);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { name = "Theirs", logo_uri = "https://new.example/a.png" });

        using var conflict = await admin.SendAsync(
            path, DashboardUser.TokenOf(html, path), [.. opened.Where(i => i.Name != "name"), ("name", "Mine")]);
        await conflict.ExpectErrorAsync(HttpStatusCode.Conflict, "overtaken");
        var shown = await conflict.Content.ReadAsStringAsync();
        Assert.Contains("Theirs", shown, StringComparison.Ordinal);
        Assert.Contains("value=\"Mine\"", shown, StringComparison.Ordinal);
        Assert.Equal("Theirs", (await ResourceAsync(company)).GetProperty("name").GetString());

        using var saved = await admin.SendAsync(path, DashboardUser.TokenOf(shown, path), [.. InputsOf(shown)]);
        saved.ExpectRedirect(path);
        var now = await ResourceAsync(company);
        Assert.Equal("Mine", now.GetProperty("name").GetString());
        Assert.Equal("https://new.example/a.png", now.GetProperty("logo_uri").GetString());
    }

    [Fact]
    public async Task A_viewer_sees_values_without_inputs()
    {
        var company = await host.CompanyAsync();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        foreach (var page in new[] { "", "/scopes", "/clients", "/look", "/advanced" })
        {
            var html = await viewer.OpenAsync($"{List}/{company.ResourceId}{page}");
            Assert.DoesNotContain($"action=\"{List}", html, StringComparison.Ordinal);
            Assert.DoesNotContain("danger", html, StringComparison.Ordinal);
        }

        Assert.Contains(
            "notes:read, Read your notes", await viewer.OpenAsync($"{List}/{company.ResourceId}/scopes"), StringComparison.Ordinal);
        Assert.DoesNotContain(List + "/new", await viewer.OpenAsync(List), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_secret_of_a_credential_is_shown_once()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}";
        using var created = await admin.PostAsync(path + "/credentials/new", path + "/credentials/new", ("name", "Notes server"));
        Assert.Equal(HttpStatusCode.OK, created.StatusCode);
        var html = await created.Content.ReadAsStringAsync();
        var (id, secret) = (ClientIds().Match(html).Value, Secrets().Match(html).Value);
        Assert.NotEmpty(secret);
        using (var introspected = await host.Anonymous.PostAsync("/oauth/introspect", new FormUrlEncodedContent(
            [new("token", "x"), new("client_id", id), new("client_secret", secret)])))
        {
            Assert.Equal(HttpStatusCode.OK, introspected.StatusCode);
        }

        var page = await admin.OpenAsync(path);
        Assert.Contains("Notes server", page, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, page, StringComparison.Ordinal);

        var delete = $"{path}/credentials/{id}/delete";
        using var deleted = await admin.PostAsync(delete, delete, ("reason", "leaked"));
        deleted.ExpectRedirect(path);
        Assert.Contains("\"reason\":\"leaked\"", (await NewestAsync(id)).Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_deletion_says_what_ends_and_wants_the_name_and_keeps_the_reason()
    {
        var company = await host.NewCompanyAsync();
        var name = (await ResourceAsync(company)).GetProperty("name").GetString()!;
        await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        using var owner = await DashboardUser.SignInAsync(host, OperatorRole.Owner);
        Assert.Contains("Works", await owner.OpenAsync($"{List}/{company.ResourceId}"), StringComparison.Ordinal);
        Assert.Contains("registered itself", await owner.OpenAsync($"{List}/{company.ResourceId}/clients"), StringComparison.Ordinal);

        var path = $"{List}/{company.ResourceId}/delete";
        var html = await owner.OpenAsync(path);
        Assert.Contains("1 client and 1 person lose access at once.", html, StringComparison.Ordinal);
        Assert.Contains("live up to 15 minutes more.", html, StringComparison.Ordinal);
        using var wrong = await owner.SendAsync(path, DashboardUser.TokenOf(html, path), ("name", "Nothing"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "name_differs");
        using var deleted = await owner.SendAsync(path, DashboardUser.TokenOf(html, path), ("name", $" {name} "), ("reason", "Moved “it”"));
        deleted.ExpectRedirect(List);
        var entry = await NewestAsync(company.ResourceId);
        Assert.Equal(("resource.deleted", owner.Operator.Id.Value), (entry.Action, entry.Actor));
        Assert.Equal("Moved “it”", JsonDocument.Parse(entry.Detail).RootElement.GetProperty("reason").GetString());
        using var gone = await owner.GetAsync($"{List}/{company.ResourceId}");
        await gone.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Fact]
    public async Task Another_login_page_wants_the_name_when_people_lose_access()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var name = (await ResourceAsync(company)).GetProperty("name").GetString()!;
        await LoginFlow.AtAsync(company, await McpClient.RegisterAsync(company), LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}/login-page";
        using var refused = await admin.PostAsync(path, path, ("connection_id", other.ConnectionId));
        await refused.ExpectErrorAsync(HttpStatusCode.BadRequest, "name_differs");
        using var same = await admin.PostAsync(path, path, ("connection_id", company.ConnectionId));
        same.ExpectRedirect($"{List}/{company.ResourceId}");
        using var changed = await admin.PostAsync(path, path, ("connection_id", other.ConnectionId), ("name", name));
        changed.ExpectRedirect($"{List}/{company.ResourceId}");
        Assert.Equal(other.ConnectionId, (await ResourceAsync(company)).GetProperty("connection_id").GetString());
    }

    [Fact]
    public async Task The_find_box_opens_a_server_by_its_id_and_by_its_address()
    {
        var company = await host.CompanyAsync();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        foreach (var text in new[] { company.ResourceId, company.ResourceUri })
        {
            using var found = await viewer.GetAsync($"/dashboard/find?q={Uri.EscapeDataString(text)}");
            found.ExpectRedirect($"{List}/{company.ResourceId}");
        }

        using var page = await viewer.GetAsync($"/dashboard/find?q={company.ConnectionId}");
        page.ExpectRedirect($"/dashboard/login-pages/{company.ConnectionId}");
    }

    [Fact]
    public async Task A_form_with_as_many_permissions_as_a_server_may_have_is_read()
    {
        var company = await host.NewCompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var path = $"{List}/{company.ResourceId}/scopes";
        var html = await admin.OpenAsync(path);
        using var saved = await admin.SendAsync(path, DashboardUser.TokenOf(html, path),
        [
            .. InputsOf(html).Where(i => i.Name is "version" or "before"),
            .. Enumerable.Range(0, Resource.MaxScopes).SelectMany(i => new (string, string)[]
            {
                ($"scopes.{i}.name", $"notes:{i}"), ($"scopes.{i}.description", $"Do thing {i}"), ($"scopes.{i}.enabled", "true"),
                ($"scopes.{i}.access", "read"),
            }),
        ]);
        saved.ExpectRedirect(path);
        Assert.Equal(Resource.MaxScopes, (await ResourceAsync(company)).GetProperty("scopes").GetArrayLength());
        var full = await admin.OpenAsync(path);
        Assert.Equal(Resource.MaxScopes, Rows().Count(full));
        using var again = await admin.SendAsync(path, DashboardUser.TokenOf(full, path), [.. InputsOf(full)]);
        again.ExpectRedirect(path);
    }

    [Fact]
    public async Task A_list_of_more_servers_than_a_page_has_links_in_both_directions()
    {
        for (var i = 0; i < 51; i++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(1));
            await host.SendAsync(
                HttpMethod.Post, "/api/v1/resources",
                new { resource_type = "MCP_SERVER", name = $"List {i}", resource_uri = NewUri() });
        }

        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var first = await viewer.OpenAsync(List);
        Assert.Contains("List 50", first, StringComparison.Ordinal);
        Assert.DoesNotContain("rel=\"prev\"", first, StringComparison.Ordinal);
        var second = await viewer.OpenAsync(WebUtility.HtmlDecode(NextPage().Match(first).Groups["href"].Value));
        Assert.DoesNotContain("<b><bdi>List 50<", second, StringComparison.Ordinal);
        Assert.Contains("<b><bdi>List 0<", second, StringComparison.Ordinal);
        var back = await viewer.OpenAsync(WebUtility.HtmlDecode(PreviousPage().Match(second).Groups["href"].Value));
        Assert.Contains("List 50", back, StringComparison.Ordinal);
        using var unclean = await viewer.GetAsync(List + "?after=x");
        unclean.ExpectRedirect(List);
    }

    private static string NewUri() => $"https://{ResourceId.New().Value[4..].ToLowerInvariant()}.example/mcp";

    private async Task<JsonElement> ResourceAsync(Company company) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/resources/{company.ResourceId}")).GetProperty("resource");

    private async Task<AuditEntry> NewestAsync(string target) =>
        (await host.Services.GetRequiredService<AuditLog>().NewestAsync(long.MaxValue, 1, target, actor: null, default))[0];

    /// <summary>The inputs of the forms of a page, as a browser posts them, without the form token.</summary>
    private static List<(string Name, string Value)> InputsOf(string html)
    {
        var main = html[html.IndexOf("<main", StringComparison.Ordinal)..];
        var inputs = Inputs().Matches(main).Select(m => m.Value)
            .Where(tag => !(tag.Contains("type=\"checkbox\"", StringComparison.Ordinal)
                || tag.Contains("type=\"radio\"", StringComparison.Ordinal)) || tag.Contains(" checked", StringComparison.Ordinal))
            .Select(tag => (NameOf(tag), ValueOf(tag)));
        var areas = TextAreas().Matches(main).Select(m => (NameOf(m.Value), WebUtility.HtmlDecode(m.Groups["text"].Value)));
        var selects = Selects().Matches(main).Select(m => (
            NameOf(m.Value), Options().Matches(m.Value).Select(o => o.Value).Where(o => o.Contains(" selected", StringComparison.Ordinal))
                .Select(ValueOf).FirstOrDefault(ValueOf(Options().Match(m.Value).Value))));
        return [.. inputs.Concat(areas).Concat(selects).Where(i => i.Item1 is not ("form_token" or ""))];
    }

    private static string NameOf(string tag) => Attribute(tag, "name");

    private static string ValueOf(string tag) => Attribute(tag, "value");

    private static string Attribute(string tag, string name) => WebUtility.HtmlDecode(
        Regex.Match(tag, $" {name}=\"([^\"]*)\"", RegexOptions.None, TimeSpan.FromSeconds(1)).Groups[1].Value);

    [GeneratedRegex("<input [^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Inputs();

    [GeneratedRegex("<textarea [^>]*>(?<text>[^<]*)</textarea>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TextAreas();

    [GeneratedRegex("<select .*?</select>", RegexOptions.Singleline, 1000)]
    private static partial Regex Selects();

    [GeneratedRegex("<option [^>]*>", RegexOptions.None, 1000)]
    private static partial Regex Options();

    [GeneratedRegex("<fieldset class=\"entry\">", RegexOptions.None, 1000)]
    private static partial Regex Rows();

    [GeneratedRegex("m2m_[0-9A-Za-z]{22}", RegexOptions.None, 1000)]
    private static partial Regex ClientIds();

    [GeneratedRegex("(?<=<code>)lks_[\\w-]+", RegexOptions.None, 1000)]
    private static partial Regex Secrets();

    [GeneratedRegex("rel=\"next\" href=\"(?<href>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NextPage();

    [GeneratedRegex("rel=\"prev\" href=\"(?<href>[^\"]+)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex PreviousPage();
}

public sealed class Pages_of_MCP_servers_on_SQLite(OnSqlite host) : Pages_of_MCP_servers(host), IClassFixture<OnSqlite>;

public sealed class Pages_of_MCP_servers_on_PostgreSQL(OnPostgres host) : Pages_of_MCP_servers(host), IClassFixture<OnPostgres>;
