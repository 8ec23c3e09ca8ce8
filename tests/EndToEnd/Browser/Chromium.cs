using Microsoft.Playwright;

namespace EndToEnd.Browser;

/// <summary>
/// Debian's Chromium, one process for the whole run. It reaches this machine only: names below <c>example</c> resolve to the loopback
/// address, all others do not resolve.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";
    private const int MaxWaitMilliseconds = 120_000;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async ValueTask InitializeAsync()
    {
        Assert.True(
            File.Exists(Program), $"These tests need Chromium as {Program} (Debian: apt-get install chromium); ./dev check installs it.");
        if (Directory.Exists(BrowserTest.Failures))
        {
            Directory.Delete(BrowserTest.Failures, recursive: true);
        }

        Assertions.SetDefaultExpectTimeout(MaxWaitMilliseconds);
        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Headless = true,
            Timeout = MaxWaitMilliseconds,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP *.example 127.0.0.1,MAP * ~NOTFOUND,EXCLUDE localhost,EXCLUDE 127.0.0.1",
            ],
        });
    }

    /// <summary>A browser profile with one tab.</summary>
    internal async Task<BrowserUser> NewUserAsync(BrowserNewContextOptions? options = null)
    {
        options ??= new();
        options.IgnoreHTTPSErrors = true;
        options.Locale ??= "en-GB";
        var profile = await browser!.NewContextAsync(options);
        profile.SetDefaultTimeout(MaxWaitMilliseconds);
        return new BrowserUser(await profile.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.CloseAsync();
        }

        playwright?.Dispose();
    }
}
