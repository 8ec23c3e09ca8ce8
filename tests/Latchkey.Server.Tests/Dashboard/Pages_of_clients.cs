using System.Net;
using Latchkey.Server.Operators;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Dashboard;

public sealed class Pages_of_clients_on_SQLite(OnSqlite host) : Pages_of_clients(host), IClassFixture<OnSqlite>;

public sealed class Pages_of_clients_on_PostgreSQL(OnPostgres host) : Pages_of_clients(host), IClassFixture<OnPostgres>;

/// <summary>The list of clients, one client, and what operators do with it.</summary>
public abstract class Pages_of_clients(LatchkeyHost host)
{
    private const string List = "/dashboard/clients";

    [Fact]
    public async Task A_client_that_was_used_is_in_the_list_with_its_kind_last_use_and_people()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var html = await viewer.OpenAsync(List);
        var row = RowOf(html, $"{List}/{flow.Client.Id}");
        Assert.Contains("Inspector", row, StringComparison.Ordinal);
        Assert.Contains("Registered itself", row, StringComparison.Ordinal);
        Assert.Contains("in the last 2 hours", row, StringComparison.Ordinal);
        Assert.Contains(">1<", row, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind=registered", true)]
    [InlineData("kind=document", false)]
    [InlineData("kind=operator", false)]
    [InlineData("state=blocked", false)]
    [InlineData("state=works&order=newest&kind=registered", true)]
    [InlineData("name=insp", true)]
    [InlineData("name=INSPECTOR", true)]
    [InlineData("name=spector", false)]
    [InlineData("server={server}&order=newest&kind=registered", true)]
    [InlineData("server=res_0000000000000000000000", false)]
    [InlineData("name={id}", true)]
    public async Task A_filter_of_the_list_keeps(string query, bool isListed)
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var filters = query.Replace("{server}", flow.Company.ResourceId, StringComparison.Ordinal)
            .Replace("{id}", flow.Client.Id, StringComparison.Ordinal);
        var html = await viewer.OpenAsync($"{List}?{filters}");
        Assert.Equal(isListed, html.Contains($"href=\"{List}/{flow.Client.Id}\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_impossible_filter_leads_to_the_list_without_it()
    {
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var led = await viewer.GetAsync($"{List}?kind=other&name=a&x=1");
        led.ExpectRedirect($"{List}?name=a");
    }

    [Fact]
    public async Task The_pages_of_the_list_lead_to_each_other()
    {
        var company = await host.CompanyAsync();
        for (var i = 0; i < 52; i++)
        {
            await McpClient.CreateAsync(company, $"https://client-{i}.example/callback");
        }

        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var first = await viewer.OpenAsync($"{List}?server={company.ResourceId}&order=newest");
        var second = await viewer.OpenAsync(LinkOf(first, "next"));
        Assert.Equal(50, PathsIn(first).Count);
        Assert.InRange(PathsIn(second).Count, 2, 50);
        Assert.Empty(PathsIn(first).Intersect(PathsIn(second)));
        var back = await viewer.OpenAsync(LinkOf(second, "prev"));
        Assert.Equal(PathsIn(first), PathsIn(back));
    }

    [Fact]
    public async Task The_page_of_a_client_shows_what_it_is_its_sign_ins_and_its_access()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var html = await viewer.OpenAsync($"{List}/{flow.Client.Id}");
        foreach (var text in new[] { flow.Client.Id, McpClient.Loopback, "ada@acme.example", "Connected", "Not confirmed" })
        {
            Assert.Contains(text, html, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("/block\"", html, StringComparison.Ordinal);
        Assert.DoesNotContain("/delete\"", html, StringComparison.Ordinal);
        Assert.Contains(
            "the first one that was read", await viewer.OpenAsync($"{List}/{flow.Client.Id}/changes"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_admin_blocks_a_client_and_unblocks_it()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var page = $"{List}/{flow.Client.Id}";
        using var blocked = await admin.PostAsync(page, page + "/block");
        blocked.ExpectRedirect(page);
        var html = await admin.OpenAsync(page);
        Assert.Contains("Inspector is blocked.", html, StringComparison.Ordinal);
        Assert.Contains($"href=\"{page}\"", await admin.OpenAsync($"{List}?state=blocked"), StringComparison.Ordinal);
        var audited = await admin.OpenAsync($"/dashboard/audit?target={flow.Client.Id}");
        Assert.Contains("Client changed", audited, StringComparison.Ordinal);
        Assert.Contains(admin.Operator.Name, audited, StringComparison.Ordinal);

        using var unblocked = await admin.PostAsync(page, page + "/unblock");
        unblocked.ExpectRedirect(page);
        Assert.DoesNotContain("This client is blocked", await admin.OpenAsync(page), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_by_which_people_have_access_is_deleted_only_with_its_name()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var delete = $"{List}/{flow.Client.Id}/delete";
        Assert.Contains("1 person loses access at once", await admin.OpenAsync(delete), StringComparison.Ordinal);
        using var wrong = await admin.PostAsync(delete, delete, ("name", "inspector"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "name_differs");
        using var deleted = await admin.PostAsync(delete, delete, ("name", "Inspector"), ("reason", "Not ours"));
        deleted.ExpectRedirect(List);
        using var gone = await admin.GetAsync($"{List}/{flow.Client.Id}");
        await gone.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
        Assert.Contains("Not ours", await admin.OpenAsync($"/dashboard/audit?target={flow.Client.Id}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_of_a_client_is_shown_once_and_removed()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var page = $"{List}/{client.Id}";
        using var added = await admin.PostAsync(page, page + "/secrets");
        var shown = await added.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, added.StatusCode);
        Assert.Contains("Copy it now", shown, StringComparison.Ordinal);
        var html = await admin.OpenAsync(page);
        var removals = html.Split("href=\"").Select(part => part.Split('"')[0])
            .Where(href => href.EndsWith("/remove", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, removals.Count);
        using var removed = await admin.PostAsync(removals[0], removals[0]);
        removed.ExpectRedirect(page);
        using var again = await admin.GetAsync(removals[0]);
        await again.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("a\u202Eb")]
    [InlineData("Ünïcode “name”")]
    public async Task A_client_with_any_name_is_listed_and_found_by_it(string name)
    {
        var company = await host.CompanyAsync();
        var made = await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new
        {
            name,
            redirect_uris = new[] { "https://client.example/callback" },
            token_endpoint_auth_method = "none",
        });
        var id = made.GetProperty("client").GetProperty("client_id").GetString();
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        foreach (var path in new[] { $"{List}/{id}", $"{List}?order=newest", $"{List}?name={Uri.EscapeDataString(name[..3])}" })
        {
            var html = await viewer.OpenAsync(path);
            Assert.Contains(id!, html, StringComparison.Ordinal);
            Assert.DoesNotContain("<script>alert", html, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_admin_makes_a_client_whose_secret_is_shown_once_and_changes_it()
    {
        var company = await host.CompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var wrong = await admin.PostAsync(
            List + "/add", List + "/add", ("server", company.ResourceId), ("name", "Assistant"), ("redirect_uris", "not a URI"),
            ("token_endpoint_auth_method", "client_secret_post"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");
        using var made = await admin.PostAsync(
            List + "/add", List + "/add", ("server", company.ResourceId), ("name", "Assistant"),
            ("redirect_uris", "https://assistant.example/callback"), ("token_endpoint_auth_method", "client_secret_post"));
        var html = await made.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.Contains("Copy it now", html, StringComparison.Ordinal);
        var page = WebUtility.HtmlDecode(html.Split("class=\"btn first\" href=\"")[1].Split('"')[0]);
        Assert.DoesNotContain("Copy it now", await admin.OpenAsync(page), StringComparison.Ordinal);

        var edit = await admin.OpenAsync(page + "/edit");
        var version = edit.Split("name=\"version\" value=\"")[1].Split('"')[0];
        using var changed = await admin.SendAsync(
            page + "/edit", DashboardUser.TokenOf(edit, page + "/edit"), ("version", version), ("name", "Helper"),
            ("redirect_uris", "https://assistant.example/callback"));
        changed.ExpectRedirect(page);
        Assert.Contains("<bdi>Helper</bdi>", await admin.OpenAsync(page), StringComparison.Ordinal);
        using var overtaken = await admin.SendAsync(
            page + "/edit", DashboardUser.TokenOf(edit, page + "/edit"), ("version", version), ("name", "Late"),
            ("redirect_uris", "https://assistant.example/callback"));
        await overtaken.ExpectErrorAsync(HttpStatusCode.Conflict, "overtaken");
    }

    [Fact]
    public async Task An_invitation_is_shown_once_and_deleted()
    {
        var company = await host.CompanyAsync();
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        const string Add = List + "/invitations/add";
        using var wrong = await admin.PostAsync(
            Add, Add, ("server", company.ResourceId), ("name", "Vendor"), ("max_uses", "none"), ("days", "9999"));
        await wrong.ExpectErrorAsync(HttpStatusCode.BadRequest, "invalid_argument");
        using var made = await admin.PostAsync(
            Add, Add, ("server", company.ResourceId), ("name", "Vendor"), ("max_uses", "2"), ("days", "7"));
        Assert.Contains("Copy it now", await made.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var list = $"{List}/invitations?server={company.ResourceId}";
        var html = await admin.OpenAsync(list);
        Assert.Contains("0 of 2", html, StringComparison.Ordinal);
        var delete = html.Split("href=\"").Select(part => part.Split('"')[0])
            .First(href => href.EndsWith("/delete", StringComparison.Ordinal));
        using var deleted = await admin.PostAsync(delete, delete);
        deleted.ExpectRedirect(list);
        Assert.Contains("No client was invited.", await admin.OpenAsync(list), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_registered_itself_has_no_form()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        using var none = await admin.GetAsync($"{List}/{flow.Client.Id}/edit");
        await none.ExpectErrorAsync(HttpStatusCode.NotFound, "not_found");
    }

    private static List<string> PathsIn(string html) =>
        [.. html.Split("class=\"row\" href=\"").Skip(1).Select(part => part.Split('"')[0])];

    private static string LinkOf(string html, string rel)
    {
        var part = html.Split($"rel=\"{rel}\" href=\"")[1];
        return WebUtility.HtmlDecode(part.Split('"')[0]);
    }

    private static string RowOf(string html, string path)
    {
        var from = html.IndexOf($"href=\"{path}\"", StringComparison.Ordinal);
        Assert.True(from >= 0, html);
        return html[from..html.IndexOf("</tr>", from, StringComparison.Ordinal)];
    }
}
