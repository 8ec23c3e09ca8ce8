using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// Overview, list, live list, timeline and find box in Chromium: pictures, accessibility, the live tail, use without script.
/// </summary>
[Collection<DemoOnSqlite>]
public sealed class Dashboard_of_sign_ins(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private const string SignIns = "/dashboard/sign-ins";

    [Fact]
    public async Task Every_page_of_sign_ins_fits_and_is_accessible()
    {
        await ConnectAsync();
        var reference = await RefuseAsync();
        var grace = await NewUserAsync();
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        foreach (var (path, name) in new[]
            {
                ("/dashboard", "overview"), ("/dashboard?period=30d", "overview-30d"), (SignIns, "list"),
                (SignIns + "?outcome=stopped&station=ask", "list-filtered"), (SignIns + "?cause=no_code", "list-empty"),
                ("/dashboard/find?q=" + reference, "stopped"), (SignIns + "/req_0000000000000000000000", "gone"),
                ("/dashboard/find?q=nothing", "find"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);
            await CheckAsync(grace, "dashboard-sign-ins-" + name);
        }

        await grace.OpenAsync(Demo.BaseUrl + SignIns + "?outcome=connected");
        await grace.Page.Locator("tbody a.row").First.ClickAsync();
        await grace.Page.Locator(".verdict.ok").WaitForAsync();
        await CheckAsync(grace, "dashboard-sign-ins-connected");
        await grace.OpenAsync(Demo.BaseUrl + SignIns);
        await grace.Page.ClickAsync("summary:has-text('Cause')");
        await CheckAsync(grace, "dashboard-sign-ins-filter");
    }

    [Fact]
    public async Task A_live_list_shows_a_new_sign_in_without_a_violation_of_the_policy()
    {
        var grace = await NewUserAsync();
        var violations = new List<string>();
        grace.Page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                violations.Add(message.Text);
            }
        };
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        await grace.OpenAsync(Demo.BaseUrl + SignIns + "/live");
        await grace.Page.WaitForTimeoutAsync(2_500);
        var reference = await RefuseAsync();
        var row = grace.Page.Locator("tbody tr").Filter(new() { HasText = reference });
        await Assertions.Expect(row).ToHaveCountAsync(1, new() { Timeout = 20_000 });
        await Assertions.Expect(row).ToContainTextAsync("which it has not registered");
        await PageChecks.CheckAsync(grace, "dashboard-sign-ins-live", isStrict: true);
        await row.Locator("a.row").ClickAsync();
        await grace.Page.Locator(".verdict.bad mark").First.WaitForAsync();
        Assert.Empty(violations);
    }

    [Fact]
    public async Task The_pages_of_sign_ins_work_without_script()
    {
        var reference = await RefuseAsync();
        var grace = await NewUserAsync(new() { JavaScriptEnabled = false });
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl);
        await grace.Page.FillAsync("#find", reference.ToLowerInvariant());
        await grace.Page.PressAsync("#find", "Enter");
        await grace.Page.Locator(".verdict.bad").WaitForAsync();
        await grace.OpenAsync(Demo.BaseUrl + SignIns);
        await grace.Page.ClickAsync("summary:has-text('Outcome')");
        await grace.Page.CheckAsync("input[name=outcome][value=stopped]");
        await grace.Page.ClickAsync("fieldset:has(input[value=stopped]) button");
        await Assertions.Expect(grace.Page.Locator(".chip")).ToContainTextAsync("Outcome: Stopped");
        await Assertions.Expect(grace.Page.Locator("tbody tr").First).ToBeVisibleAsync();
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

    /// <summary>A sign-in that is refused for its redirect URI. Returns the reference on the error page.</summary>
    private async Task<string> RefuseAsync()
    {
        var ada = await NewUserAsync();
        await ada.OpenAsync((await ClientAsync()).Authorize(more: ("redirect_uri", "http://127.0.0.1/elsewhere")));
        await ada.WaitForErrorAsync("unregistered_redirect_uri");
        return (await ada.Page.Locator("main").GetAttributeAsync("data-lk-reference"))!;
    }
}
