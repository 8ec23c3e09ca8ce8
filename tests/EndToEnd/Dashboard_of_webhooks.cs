using EndToEnd.Browser;
using EndToEnd.Programs;

namespace EndToEnd;

/// <summary>Webhook endpoints in Chromium: from the empty list to a failed delivery, with a picture of every page.</summary>
[Collection<DemoOnSqlite>]
public sealed class Dashboard_of_webhooks(DemoOnSqlite demo, Chromium chromium) : BrowserTest(demo, chromium)
{
    private const string List = "/dashboard/webhooks";

    [Fact]
    public async Task An_endpoint_is_added_tried_and_switched_off()
    {
        var grace = await NewUserAsync();
        await Demo.Owner.SignInAsync(grace, Demo.BaseUrl, List);
        await CheckAsync(grace, "dashboard-webhooks-empty");
        await grace.Page.ClickAsync("a:has-text('Add an endpoint')");
        await grace.Page.Locator("#field-url").WaitForAsync();
        await CheckAsync(grace, "dashboard-webhooks-new");
        await grace.Page.FillAsync("#field-url", "http://app.example/hook");
        await grace.Page.ClickAsync("form button.first");
        await grace.Page.Locator("[data-lk-error=invalid_argument]").WaitForAsync();
        await CheckAsync(grace, "dashboard-webhooks-invalid");
        await grace.Page.FillAsync("#field-url", "https://127.0.0.1/webhooks/latchkey");
        await grace.Page.ClickAsync("form button.first");
        await grace.Page.Locator("text=whsec_").WaitForAsync();
        await CheckAsync(grace, "dashboard-webhooks-secret");
        await grace.Page.ClickAsync("a:has-text('Go on to the endpoint')");
        await grace.Page.Locator("h2:has-text('Deliveries')").WaitForAsync();
        await CheckAsync(grace, "dashboard-webhooks-untried");
        var page = new Uri(grace.Page.Url).AbsolutePath;

        await grace.Page.ClickAsync("button:has-text('Send a test event')");
        await grace.Page.Locator("h2:has-text('What is sent')").WaitForAsync();
        for (var tries = 0; tries < 100 && await grace.Page.Locator(".pill.bad").CountAsync() == 0; tries++)
        {
            await Task.Delay(200);
            await grace.Page.ReloadAsync();
        }

        await CheckAsync(grace, "dashboard-webhooks-delivery");
        foreach (var (path, name) in new[]
            {
                (page + "/deliveries", "deliveries"), (page, "endpoint"), (page + "/edit", "edit"), (page + "/rotate", "rotate"),
                (page + "/delete", "delete"), (List, "list"),
            })
        {
            await grace.OpenAsync(Demo.BaseUrl + path);
            await CheckAsync(grace, "dashboard-webhooks-" + name);
        }

        await grace.OpenAsync(Demo.BaseUrl + page);
        await grace.Page.ClickAsync("button:has-text('Switch it off')");
        await grace.Page.Locator(".toast").WaitForAsync();
        await CheckAsync(grace, "dashboard-webhooks-off");
        await grace.OpenAsync($"{Demo.BaseUrl}{page}/delete");
        await grace.Page.ClickAsync("button.stop");
        await grace.Page.Locator(".toast").WaitForAsync();
    }

    private static Task CheckAsync(BrowserUser user, string name) => PageChecks.CheckAsync(user, name, isStrict: true);
}
