using System.Text.RegularExpressions;
using Demo;
using Microsoft.Playwright;

namespace EndToEnd.Stage;

/// <summary>Somebody at a browser: what they can see and press at AcmeApp and at Latchkey.</summary>
internal sealed partial class Person(IPage page) : IAsyncDisposable
{
    /// <summary>The tab in front.</summary>
    public IPage Page => page;

    public ILocator Allow => page.Locator("#allow");

    public ILocator Deny => page.Locator("form#consent button[value=deny]");

    public ILocator NotYou => page.Locator("form#consent button[value=not_you]");

    public ILocator Continue => page.Locator("form#continue button");

    public Task OpenAsync(string address) => page.GotoAsync(address);

    /// <summary>Types address and password into AcmeApp's form.</summary>
    public async Task SignInAsync(DemoPerson who)
    {
        await page.FillAsync("#email", who.Email);
        await page.FillAsync("#password", who.Password);
        await page.ClickAsync("form#login button");
    }

    /// <summary>An ordinary sign-in at AcmeApp, with no client in sight.</summary>
    public async Task SignInAtAcmeAsync(string acmeUrl, DemoPerson who)
    {
        await OpenAsync(acmeUrl + "/login");
        await SignInAsync(who);
        await page.Locator("#signout").WaitForAsync();
    }

    /// <summary>Opens what a client opened, signs in, and comes to the consent page.</summary>
    public async Task ComeToConsentAsync(string authorizeUrl, DemoPerson who)
    {
        await OpenAsync(authorizeUrl);
        await SignInAsync(who);
        await SeeConsentAsync();
    }

    public Task SeeConsentAsync() => page.Locator("form#consent").WaitForAsync();

    public Task UntickAsync(string scope) => page.UncheckAsync($"form#consent input[name=scope][value='{scope}']");

    /// <summary>What stands in one element, white space folded.</summary>
    public async Task<string> SeeAsync(string selector) => Folded(await page.InnerTextAsync(selector));

    /// <summary>What stands in the elements marked <c>data-lk="…"</c>, white space folded.</summary>
    public async Task<IReadOnlyList<string>> ReadAsync(string name) =>
        [.. (await page.Locator($"[data-lk='{name}']").AllInnerTextsAsync()).Select(Folded)];

    public async Task<string> ReadOneAsync(string name) => Assert.Single(await ReadAsync(name));

    /// <summary>The error page in front of them.</summary>
    /// <returns>The reference on it.</returns>
    public async Task<string> SeeErrorAsync(string code)
    {
        var main = page.Locator("main[data-lk-error]");
        await main.WaitForAsync();
        Assert.Equal(code, await main.GetAttributeAsync("data-lk-error"));
        var reference = await main.GetAttributeAsync("data-lk-reference");
        Assert.Contains(reference!, await main.InnerTextAsync(), StringComparison.Ordinal);
        return reference!;
    }

    /// <summary>Presses a button of the login page, and the window is gone before the redirect is followed: the report was made, nobody came back.</summary>
    /// <returns>The address the browser did not open.</returns>
    public async Task<string> PressAndVanishAsync(ILocator button)
    {
        var redirect = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await page.RouteAsync("**/login?**", async route =>
        {
            if (route.Request.Method is not "POST")
            {
                await route.ContinueAsync();
                return;
            }

            var answer = await route.FetchAsync(new() { MaxRedirects = 0 });
            redirect.TrySetResult(answer.Headers["location"]);

            // A page of nobody in the window's place. An aborted navigation would open an error page some moments later, in the way of what comes next.
            await route.FulfillAsync(new() { ContentType = "text/html", Body = "<!doctype html><title>The window is gone</title>" });
        });
        await button.ClickAsync();
        var address = await redirect.Task.WaitAsync(TimeSpan.FromMinutes(2));
        await page.UnrouteAllAsync();
        return address;
    }

    /// <summary>The login request the page in front is about: in AcmeApp's address or in the consent page's.</summary>
    public string LoginRequestId => LoginRequest().Match(page.Url) is { Success: true } found ? found.Value : throw new InvalidOperationException($"No login request in {page.Url}");

    /// <summary>What a failing test leaves behind.</summary>
    public async Task KeepAsync(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        try
        {
            await page.ScreenshotAsync(new() { Path = Path.Combine(folder, name + ".png"), FullPage = true });
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".html"), $"<!-- {page.Url} -->\n{await page.ContentAsync()}");
        }
        catch (PlaywrightException gone)
        {
            // The test has failed already, and says why.
            await File.WriteAllTextAsync(Path.Combine(folder, name + ".txt"), gone.Message);
        }
    }

    public async ValueTask DisposeAsync() => await page.Context.CloseAsync();

    private static string Folded(string text) => WhiteSpace().Replace(text, " ").Trim();

    [GeneratedRegex("lri_[0-9A-Za-z]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LoginRequest();

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();
}
