using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// MCP servers and login pages in Chromium: from a new server to a credential of its login page by the keyboard alone, pictures of every
/// page and state, forced colours, and use without script.
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class Dashboard_of_servers_and_login_pages(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private const string Servers = "/dashboard/servers";
    private const string LoginPages = "/dashboard/login-pages";

    [Fact]
    public async Task Every_page_of_servers_and_login_pages_fits_and_is_accessible()
    {
        await ConnectAsync();
        var grace = await NewUserAsync();
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        var (server, page) = ($"{Servers}/{Demo.Notes.Id}", $"{LoginPages}/{Demo.Notes.ConnectionId}");
        foreach (var (path, name) in new[]
            {
                (Servers, "list"), (Servers + "/new", "new"), (server, "server"), (server + "/scopes", "scopes"),
                (server + "/clients", "clients"), (server + "/look", "look"), (server + "/advanced", "advanced"),
                (server + "/login-page", "login-page"), (server + "/credentials/new", "credential"), (server + "/delete", "delete"),
                (LoginPages, "login-pages"), (LoginPages + "/new", "join"), (page, "page"), (page + "/edit", "edit"),
                (page + "/verification", "verification"), (page + "/credentials/new", "login-credential"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);
            await CheckAsync(grace, "dashboard-servers-" + name);
        }

        await grace.OpenAsync($"{Demo.BaseUrl}{page}/verification");
        await grace.Page.ClickAsync("button.stop");
        await grace.Page.Locator("[data-lk-error=not_acknowledged]").WaitForAsync();
        await CheckAsync(grace, "dashboard-servers-not-acknowledged");
        await grace.OpenAsync($"{Demo.BaseUrl}{server}/look");
        var other = await NewUserAsync();
        await Demo.Owner.SignInAsync(other, Demo.BaseUrl, server + "/look");
        var name2 = await other.Page.InputValueAsync("#field-name");
        await other.Page.FillAsync("#field-name", name2 + " of the team");
        await other.Page.ClickAsync("button.first");
        await other.Page.Locator(".toast").WaitForAsync();
        await grace.Page.FillAsync("#field-name", name2 + " 2");
        await grace.Page.ClickAsync("button.first");
        await grace.Page.Locator("[data-lk-error=overtaken]").WaitForAsync();
        await CheckAsync(grace, "dashboard-servers-conflict");
        await grace.Page.FillAsync("#field-name", name2);
        await grace.Page.ClickAsync("button.first");
        await grace.Page.Locator(".toast").WaitForAsync();
        await CheckAsync(grace, "dashboard-servers-saved");

        await grace.Page.EmulateMediaAsync(new() { ForcedColors = ForcedColors.Active });
        foreach (var path in new[] { server, server + "/scopes", page })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);

            // The colours are those of the person, so their contrast is not measured.
            await PageChecks.CheckAsync(grace, "dashboard-servers-forced" + path[(path.LastIndexOf('/') + 1)..][..4], hasScript: false);
        }
    }

    [Fact]
    public async Task A_server_and_its_login_page_are_set_up_by_the_keyboard_alone()
    {
        var grace = await NewUserAsync();
        var violations = new List<string>();
        grace.Page.Console += (_, message) =>
        {
            if (message.Type == "error" && !message.Text.Contains("status of 400", StringComparison.Ordinal))
            {
                violations.Add(message.Text);
            }
        };
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl, Servers + "/new");
        await TabToAsync(grace, "#field-name");
        await grace.Page.Keyboard.TypeAsync("Wiki");
        await grace.Page.Keyboard.PressAsync("Tab");
        await grace.Page.Keyboard.TypeAsync("wiki.example/mcp");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("[data-lk-error=invalid_argument]").WaitForAsync();
        await Assertions.Expect(grace.Page.Locator(".summary")).ToBeFocusedAsync();
        await CheckAsync(grace, "dashboard-servers-invalid");
        await grace.Page.Keyboard.PressAsync("Tab");
        await grace.Page.Keyboard.PressAsync("Enter");
        await TabToAsync(grace, "#field-resource_uri");
        await grace.Page.Keyboard.PressAsync("Control+A");
        await grace.Page.Keyboard.TypeAsync("https://wiki.example/mcp");
        await TabToAsync(grace, "[id='field-scopes.0.name']");
        await grace.Page.Keyboard.TypeAsync("wiki:read");
        await grace.Page.Keyboard.PressAsync("Tab");
        await grace.Page.Keyboard.TypeAsync("Read the wiki");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator(".toast").WaitForAsync();
        var server = new Uri(grace.Page.Url).AbsolutePath.Split('/')[^1];
        await CheckAsync(grace, "dashboard-servers-without-login-page");

        await grace.OpenAsync(Demo.BaseUrl + Servers);
        await CheckAsync(grace, "dashboard-servers-states");
        await grace.OpenAsync(Demo.BaseUrl + "/dashboard");
        await CheckAsync(grace, "dashboard-servers-needs-you");
        await TabToAsync(grace, "a:has-text('Open Wiki')");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("a:has-text('Join your login page')").WaitForAsync();
        await TabToAsync(grace, "a:has-text('Join your login page')");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("#field-login_url").WaitForAsync();
        await TabToAsync(grace, "#field-login_url");
        await grace.Page.Keyboard.TypeAsync("https://wiki.example/login");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("h2:has-text('Login credentials')").WaitForAsync();
        await CheckAsync(grace, "dashboard-servers-joined");
        await TabToAsync(grace, "a:has-text('Create a credential')");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("#field-name").WaitForAsync();
        await TabToAsync(grace, "#field-name");
        await grace.Page.Keyboard.TypeAsync("Wiki backend");
        await grace.Page.Keyboard.PressAsync("Enter");
        await grace.Page.Locator("h1:has-text('Copy the secret now')").WaitForAsync();
        await CheckAsync(grace, "dashboard-servers-secret");
        Assert.Empty(violations);

        // Other tests need that the demo has one MCP server.
        await Demo.Operator.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{server}");
    }

    [Fact]
    public async Task The_forms_work_without_script()
    {
        var grace = await NewUserAsync(new() { JavaScriptEnabled = false });
        var path = $"{Servers}/{Demo.Notes.Id}/scopes";
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl, path);
        var rows = grace.Page.Locator("fieldset.entry");
        var before = await rows.CountAsync();
        await grace.Page.ClickAsync("text=More rows");
        await Assertions.Expect(rows).ToHaveCountAsync(before + 4);
        await grace.Page.FillAsync($"[id='field-scopes.{before}.name']", "notes:drop");
        await grace.Page.SelectOptionAsync($"[id='field-scopes.{before}.access']", "delete");
        await grace.Page.ClickAsync("button.first");
        await Assertions.Expect(grace.Page.Locator(".toast")).ToContainTextAsync("was changed.");
        var added = grace.Page.Locator("fieldset.entry:has(input[value='notes:drop'])");
        await Assertions.Expect(added).ToHaveCountAsync(1);
        await added.Locator("input[name$='.remove']").CheckAsync();
        await grace.Page.ClickAsync("button.first");
        await Assertions.Expect(grace.Page.Locator("input[value='notes:drop']")).ToHaveCountAsync(0);
    }

    /// <summary>Presses Tab until an element has the focus.</summary>
    private static async Task TabToAsync(BrowserUser user, string selector)
    {
        const int MaxStops = 120;
        var target = user.Page.Locator(selector).First;
        for (var i = 0; i < MaxStops; i++)
        {
            if (await target.EvaluateAsync<bool>("e => e === document.activeElement"))
            {
                return;
            }

            await user.Page.Keyboard.PressAsync("Tab");
        }

        Assert.Fail($"{selector} is not reached with Tab");
    }

    private static Task CheckAsync(BrowserUser user, string name) => PageChecks.CheckAsync(user, name, isStrict: true);

    private async Task ConnectAsync()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }
}
