using System.Text.RegularExpressions;
using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// Clients, people, access, machines, audit log and keys in Chromium: pictures, accessibility, and use without script.
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class Dashboard_of_records(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    [Fact]
    public async Task Every_page_of_records_fits_and_is_accessible()
    {
        await ConnectAsync();
        var grace = await NewUserAsync();
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        var wrong = new List<string>();
        foreach (var (path, name) in new[]
            {
                ("/dashboard/clients", "clients"), ("/dashboard/clients?kind=document&state=blocked", "clients-empty"),
                ("/dashboard/clients/add", "client-add"), ("/dashboard/clients/invitations", "invitations"),
                ("/dashboard/clients/invitations/add", "invitation-add"), ("/dashboard/people", "people"),
                ("/dashboard/people?email=x", "people-empty"),
                ("/dashboard/access", "access"), ("/dashboard/access?state=ended", "access-ended"), ("/dashboard/machines", "machines"),
                ("/dashboard/machines/add", "machine-add"), ("/dashboard/audit", "audit"),
                ("/dashboard/audit?action=key.retired", "audit-empty"),
                ("/dashboard/keys", "keys"), ("/dashboard/keys/ES256/rotate", "key-rotate"), ("/dashboard", "overview"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);
            await CheckAsync(wrong, grace, "dashboard-records-" + name);
        }

        foreach (var (list, name) in new[]
            {
                ("/dashboard/clients", "client"), ("/dashboard/people", "person"), ("/dashboard/access", "one-access"),
                ("/dashboard/machines", "machine"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + list);
            await grace.Page.Locator("tbody a.row").First.ClickAsync();
            await grace.Page.WaitForURLAsync(new Regex(Regex.Escape(list) + "/.+", RegexOptions.None, TimeSpan.FromSeconds(1)));
            await CheckAsync(wrong, grace, "dashboard-records-" + name);
            if (name is "client" or "person" or "one-access")
            {
                var act = name == "client" ? "Delete" : name == "person" ? "Erase" : "End this access";
                await grace.Page.Locator(".head .acts a", new() { HasText = act }).First.ClickAsync();
                await CheckAsync(wrong, grace, $"dashboard-records-{name}-end");
            }
        }

        await grace.OpenAsync(Demo.BaseUrl + "/dashboard/audit");
        await grace.Page.Locator("details.more summary").First.ClickAsync();
        await CheckAsync(wrong, grace, "dashboard-records-audit-open");
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
    }

    [Fact]
    public async Task An_access_is_found_and_ended_without_script()
    {
        await ConnectAsync();
        var grace = await NewUserAsync(new() { JavaScriptEnabled = false });
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        await grace.Page.FillAsync("#find", "ada@acme.example");
        await grace.Page.PressAsync("#find", "Enter");
        await grace.Page.Locator("h1", new() { HasText = "ada@acme.example" }).WaitForAsync();
        await grace.Page.Locator("tbody a.row").First.ClickAsync();
        await grace.Page.ClickAsync("text=End this access");
        await grace.Page.FillAsync("#field-reason", "Test");
        await grace.Page.ClickAsync("button:has-text('End this access')");
        await Assertions.Expect(grace.Page.Locator(".toast")).ToContainTextAsync("This access has ended.");
        await Assertions.Expect(grace.Page.Locator("main")).ToContainTextAsync("An operator ended it");
    }

    /// <summary>Goes on after a page that is wrong, so that one run names them all.</summary>
    private static async Task CheckAsync(List<string> wrong, BrowserUser user, string name)
    {
        try
        {
            await PageChecks.CheckAsync(user, name, isStrict: true);
        }
        catch (Xunit.Sdk.XunitException found)
        {
            wrong.Add(found.Message);
        }
    }

    private async Task ConnectAsync()
    {
        var client = await ClientAsync();
        var ada = await NewUserAsync();
        await ada.OpenConsentAsync(client.Authorize(), DemoUser.Ada);
        await ada.Allow.ClickAsync();
        await client.TokensAsync();
    }
}
