using System.Text.RegularExpressions;
using Demo;
using Microsoft.Playwright;

namespace EndToEnd.Browser;

/// <summary>A user's browser: what can be seen and clicked on the pages of AcmeApp and Latchkey.</summary>
internal sealed partial class BrowserUser(IPage page) : IAsyncDisposable
{
    /// <summary>The open tab.</summary>
    public IPage Page => page;

    public ILocator Allow => page.Locator("#allow");

    public ILocator Deny => page.Locator("form#consent button[value=deny]");

    public ILocator NotYou => page.Locator("form#consent button[value=not_you]");

    public ILocator Continue => page.Locator("form#continue button");

    public Task OpenAsync(string address) => page.GotoAsync(address);

    /// <summary>Submits AcmeApp's login form.</summary>
    public async Task SignInAsync(DemoUser who)
    {
        await page.FillAsync("#email", who.Email);
        await page.FillAsync("#password", who.Password);
        await page.ClickAsync("form#login button");
    }

    /// <summary>Signs in at AcmeApp without an authorization request.</summary>
    public async Task SignInAtAcmeAsync(string acmeUrl, DemoUser who)
    {
        await OpenAsync(acmeUrl + "/login");
        await SignInAsync(who);
        await page.Locator("#signout").WaitForAsync();
    }

    /// <summary>Opens an authorization request, signs in, and waits for the consent page.</summary>
    public async Task OpenConsentAsync(string authorizeUrl, DemoUser who)
    {
        await OpenAsync(authorizeUrl);
        await SignInAsync(who);
        await WaitForConsentAsync();
    }

    public Task WaitForConsentAsync() => page.Locator("form#consent").WaitForAsync();

    public Task UntickAsync(string scope) => page.UncheckAsync($"form#consent input[name=scope][value='{scope}']");

    /// <summary>The text of one element, with white space collapsed.</summary>
    public async Task<string> TextAsync(string selector) => Collapsed(await page.InnerTextAsync(selector));

    /// <summary>The texts of the elements marked <c>data-lk="…"</c>, with white space collapsed.</summary>
    public async Task<IReadOnlyList<string>> ReadAllAsync(string name) =>
        [.. (await page.Locator($"[data-lk='{name}']").AllInnerTextsAsync()).Select(Collapsed)];

    public async Task<string> ReadOneAsync(string name) => Assert.Single(await ReadAllAsync(name));

    /// <summary>Waits for the error page with this code.</summary>
    /// <returns>The reference on the page.</returns>
    public async Task<string> WaitForErrorAsync(string code)
    {
        var main = page.Locator("main[data-lk-error]");
        await main.WaitForAsync();
        Assert.Equal(code, await main.GetAttributeAsync("data-lk-error"));
        var reference = await main.GetAttributeAsync("data-lk-reference");
        Assert.Contains(reference!, await main.InnerTextAsync(), StringComparison.Ordinal);
        return reference!;
    }

    /// <summary>Clicks a button of the login page and closes the page before the redirect is followed:
    /// the login was reported, the callback was not opened.</summary>
    /// <returns>The callback URL that the browser did not open.</returns>
    public async Task<string> ClickAndCloseAsync(ILocator button)
    {
        var redirect = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/login?**", async route =>
        {
            if (route.Request.Method is not "POST")
            {
                await route.ContinueAsync();
                return;
            }

            var response = await route.FetchAsync(new() { MaxRedirects = 0 });
            redirect.TrySetResult(response.Headers["location"]);

            // Shows an empty page instead. An aborted navigation would open an error page a moment later and disturb the next step.
            await route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><title>The window is gone</title>" });
        });
        await button.ClickAsync();
        var address = await redirect.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await page.UnrouteAllAsync();
        return address;
    }

    /// <summary>The login request in the URL of the open page, which is AcmeApp's login page or the consent page.</summary>
    public string LoginRequestId => LoginRequest().Match(page.Url) is { Success: true } found
        ? found.Value
        : throw new InvalidOperationException($"No login request in {page.Url}");

    /// <summary>Saves a screenshot and the page's markup for a test that failed.</summary>
    public async Task SaveStateAsync(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        try
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".html"), $"<!-- {page.Url} -->\n{await page.ContentAsync()}");
        }
        catch (PlaywrightException gone)
        {
            // The test has failed already and reports its own error.
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".txt"), gone.Message);
        }
    }

    public async ValueTask DisposeAsync() => await page.Context.CloseAsync();

    private static string Collapsed(string text) => WhiteSpace().Replace(text, " ").Trim();

    [GeneratedRegex("lri_[0-9A-Za-z]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex LoginRequest();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex WhiteSpace();
}
