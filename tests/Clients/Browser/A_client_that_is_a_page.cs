using Clients.Programs;
using Demo;
using Microsoft.Playwright;

namespace Clients.Browser;

/// <summary>The page is in <c>page/</c>; what it tells, one line for each answer it could read, is all these tests know of it.</summary>
public sealed class A_client_that_is_a_page(DemoTrio demo, Chromium chromium) : IAsyncLifetime
{
    private const string Origin = "https://elsewhere.example";

    private static readonly string[] WholeWay =
    [
        "resource 200",
        "server 200",
        "keys 200",
        "2 keys",
        "register 201",
        "token 200",
        "userinfo 200",
        "ada@acme.example",
        "refresh 200",
        "userinfo 200",
        "revoke 200",
        "refresh 400 invalid_grant",
        "userinfo 401 Bearer error=\"invalid_token\"",
    ];

    /// <summary>A request arrives, and nothing of the answer can be read: neither as it is, nor with a bearer, for which the browser asks permission first.</summary>
    private static readonly string[] Trespasses =
    [
        "authorize opaque TypeError TypeError",
        "consent opaque TypeError TypeError",
        "management opaque TypeError TypeError",
        "introspect opaque TypeError TypeError",
    ];

    private PageSite? site;
    private IBrowserContext? profile;
    private string metadata = "";

    /// <summary>A resource of its own at the demo's connection: the tokens of the demo's live two seconds.</summary>
    public async ValueTask InitializeAsync()
    {
        site = await PageSite.StartAsync();
        profile = await chromium.NewProfileAsync();
        var created = await demo.Operator.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new { name = "Notes", resource_uri = $"{site.Origin}/mcp", scopes = new[] { "notes:read" }, connection_id = demo.ConnectionId });
        metadata = $"{demo.LatchkeyUrl}/.well-known/oauth-protected-resource/{created.GetProperty("resource").GetProperty("id").GetString()}";
    }

    public async ValueTask DisposeAsync()
    {
        await (profile?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2", "token-cors")]
    public async Task Goes_the_whole_way_from_another_origin()
    {
        var page = await OpenAsync("none");

        await page.ClickAsync("#connect");
        await SignInAndAllowAsync(page);

        await EndsAsync(page);
    }

    [Fact]
    public async Task Goes_it_with_a_secret_and_a_window_of_its_own_for_the_person()
    {
        var page = await OpenAsync("client_secret_basic");

        var popup = await page.RunAndWaitForPopupAsync(() => page.ClickAsync("#connect-popup"));
        await SignInAndAllowAsync(popup);

        await EndsAsync(page);
        Assert.True(popup.IsClosed);
    }

    [Fact]
    public async Task Gets_no_permission_to_read_what_is_the_persons_or_the_operators()
    {
        var page = await OpenAsync("none");
        var asked = await page.RunAndWaitForRequestAsync(() => page.ClickAsync("#connect"), request => request.Url.Contains("/oauth/authorize?", StringComparison.Ordinal));
        await SignInAsync(page);

        // As the browser that holds the person's cookies asks, and as an operator's own tool does.
        await NoneAsync(200, "GET", asked.Url);
        await NoneAsync(200, "GET", page.Url);
        await NoneAsync(403, "POST", page.Url);
        await NoneAsync(200, "GET", $"{demo.LatchkeyUrl}/api/v1/resources", ("Authorization", demo.Operator.Bearer));
        foreach (var address in new[] { asked.Url, page.Url, $"{demo.LatchkeyUrl}/api/v1/resources", $"{demo.LatchkeyUrl}/oauth/introspect" })
        {
            await NoneAsync(405, "OPTIONS", address, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
        }
    }

    private async Task NoneAsync(int status, string method, string address, params (string Name, string Value)[] headers)
    {
        var answer = await profile!.APIRequest.FetchAsync(address, new()
        {
            Method = method,
            Headers = headers.Append(("Origin", Origin)).Select(header => KeyValuePair.Create(header.Item1, header.Item2)),
        });
        Assert.Equal((address, status), (address, answer.Status));
        Assert.DoesNotContain(answer.Headers.Keys, name => name.StartsWith("access-control-", StringComparison.OrdinalIgnoreCase));
    }

    private async Task<IPage> OpenAsync(string method)
    {
        var page = await profile!.NewPageAsync();
        await page.GotoAsync($"{site!.Origin}/?metadata={Uri.EscapeDataString(metadata)}&auth={method}");
        return page;
    }

    private static async Task SignInAsync(IPage page)
    {
        // The login page, or what kept the client from opening it.
        var arrived = page.Locator("#email, #told[data-end]");
        await arrived.WaitForAsync();
        Assert.Null(await arrived.GetAttributeAsync("data-end"));
        await page.FillAsync("#email", DemoUser.Ada.Email);
        await page.FillAsync("#password", DemoUser.Ada.Password);
        await page.ClickAsync("form#login button");
        await page.Locator("form#consent").WaitForAsync();
    }

    private static async Task SignInAndAllowAsync(IPage page)
    {
        await SignInAsync(page);
        await page.ClickAsync("#allow");
    }

    private static async Task EndsAsync(IPage page)
    {
        var end = page.Locator("#told[data-end]");
        await end.WaitForAsync();
        var told = await page.Locator("#told p").AllInnerTextsAsync();
        Assert.Equal("done", await end.GetAttributeAsync("data-end"));
        Assert.Equal([.. WholeWay, .. Trespasses], told);
    }
}
