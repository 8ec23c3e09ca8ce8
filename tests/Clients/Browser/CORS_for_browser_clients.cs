using Clients.Programs;
using Demo;
using Microsoft.Playwright;

namespace Clients.Browser;

/// <summary>A client that runs in a browser page (<c>page/</c>). The page writes one line per response that it could read.</summary>
public sealed class CORS_for_browser_clients(RunningDemo demo, Chromium chromium) : IAsyncLifetime
{
    private const string Origin = "https://elsewhere.example";

    private static readonly string[] CompleteFlow =
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

    /// <summary>The request arrives, but the page cannot read the response: neither of a simple request nor with a bearer token,
    /// which needs a preflight.</summary>
    private static readonly string[] RefusedReads =
    [
        "authorize opaque TypeError TypeError",
        "consent opaque TypeError TypeError",
        "management opaque TypeError TypeError",
        "introspect opaque TypeError TypeError",
    ];

    private PageSite? site;
    private IBrowserContext? profile;
    private string metadata = "";

    /// <summary>Creates another resource at the demo's connection, because the tokens of the demo's resource
    /// expire after two seconds.</summary>
    public async ValueTask InitializeAsync()
    {
        site = await PageSite.StartAsync();
        profile = await chromium.NewProfileAsync();
        var created = await demo.Operator.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new
            {
                name = "Notes",
                resource_uri = $"{site.Origin}/mcp",
                scopes = new[] { "notes:read" },
                default_scopes = new[] { "notes:read" },
                connection_id = demo.ConnectionId
            });
        metadata =
            $"{demo.LatchkeyUrl}/.well-known/oauth-protected-resource/{created.GetProperty("resource").GetProperty("id").GetString()}";
    }

    public async ValueTask DisposeAsync()
    {
        await (profile?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (site?.DisposeAsync() ?? ValueTask.CompletedTask);
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2", "token-cors")]
    public async Task A_browser_client_of_another_origin_completes_the_flow()
    {
        var page = await OpenAsync("none");

        await page.ClickAsync("#connect");
        await SignInAndAllowAsync(page);

        await ExpectEndAsync(page);
    }

    [Fact]
    public async Task A_browser_client_with_a_secret_completes_the_flow_in_a_popup()
    {
        var page = await OpenAsync("client_secret_basic");

        var popup = await page.RunAndWaitForPopupAsync(() => page.ClickAsync("#connect-popup"));
        await SignInAndAllowAsync(popup);

        await ExpectEndAsync(page);
        Assert.True(popup.IsClosed);
    }

    [Fact]
    public async Task CORS_is_refused_for_the_users_pages_and_the_management_API()
    {
        var page = await OpenAsync("none");
        var asked = await page.RunAndWaitForRequestAsync(
            () => page.ClickAsync("#connect"), request => request.Url.Contains("/oauth/authorize?", StringComparison.Ordinal));
        await SignInAsync(page);

        // With the user's cookies, and with the operator's bearer token.
        await WithoutCorsAsync(200, "GET", asked.Url);
        await WithoutCorsAsync(200, "GET", page.Url);
        await WithoutCorsAsync(403, "POST", page.Url);
        await WithoutCorsAsync(200, "GET", $"{demo.LatchkeyUrl}/api/v1/resources", ("Authorization", demo.Operator.Bearer));
        foreach (var address
            in new[] { asked.Url, page.Url, $"{demo.LatchkeyUrl}/api/v1/resources", $"{demo.LatchkeyUrl}/oauth/introspect" })
        {
            await WithoutCorsAsync(
                405, "OPTIONS", address, ("Access-Control-Request-Method", "GET"), ("Access-Control-Request-Headers", "authorization"));
        }
    }

    private async Task WithoutCorsAsync(int status, string method, string address, params (string Name, string Value)[] headers)
    {
        var response = await profile!.APIRequest.FetchAsync(address, new()
        {
            Method = method,
            Headers = headers.Append(("Origin", Origin)).Select(header => KeyValuePair.Create(header.Item1, header.Item2)),
        });
        Assert.Equal((address, status), (address, response.Status));
        Assert.DoesNotContain(response.Headers.Keys, name => name.StartsWith("access-control-", StringComparison.OrdinalIgnoreCase));
    }

    private async Task<IPage> OpenAsync(string method)
    {
        var page = await profile!.NewPageAsync();
        await page.GotoAsync($"{site!.Origin}/?metadata={Uri.EscapeDataString(metadata)}&auth={method}");
        return page;
    }

    private static async Task SignInAsync(IPage page)
    {
        // Either the login page, or the error that kept the client from opening it.
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

    private static async Task ExpectEndAsync(IPage page)
    {
        var end = page.Locator("#told[data-end]");
        await end.WaitForAsync();
        var told = await page.Locator("#told p").AllInnerTextsAsync();
        Assert.Equal("done", await end.GetAttributeAsync("data-end"));
        Assert.Equal([.. CompleteFlow, .. RefusedReads], told);
    }
}
