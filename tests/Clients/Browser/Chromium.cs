using Clients.Browser;
using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Chromium))]

namespace Clients.Browser;

/// <summary>Debian's Chromium: one process for the whole run, started by the first test that needs it.
/// It reaches this machine only.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";
    private const int MaxWaitMilliseconds = 120_000;
    private readonly Lazy<Task<IBrowser>> browser;
    private IPlaywright? playwright;

    public Chromium() => browser = new(LaunchAsync);

    /// <summary>A new browser profile.</summary>
    internal async Task<IBrowserContext> NewProfileAsync()
    {
        var profile = await (await browser.Value).NewContextAsync(new() { Locale = "en-GB" });
        profile.SetDefaultTimeout(MaxWaitMilliseconds);
        return profile;
    }

    public async ValueTask DisposeAsync()
    {
        if (browser.IsValueCreated)
        {
            await (await browser.Value).CloseAsync();
        }

        playwright?.Dispose();
    }

    private async Task<IBrowser> LaunchAsync()
    {
        Assert.True(
            File.Exists(Program), $"These tests need Chromium as {Program} (Debian: apt-get install chromium); ./dev check installs it.");
        playwright = await Playwright.CreateAsync();
        return await playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = Program,
            Headless = true,
            Timeout = MaxWaitMilliseconds,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND,EXCLUDE localhost,EXCLUDE 127.0.0.1",
            ],
        });
    }
}
