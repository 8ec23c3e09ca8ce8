using System.Diagnostics;
using System.Text.RegularExpressions;
using Demo;
using EndToEnd.Browser;
using EndToEnd.Programs;
using Latchkey.Testing;
using Microsoft.Playwright;

namespace EndToEnd;

/// <summary>
/// From an empty database to a connected client, only by what the screens say: the set-up link, the first operator, an MCP server, its
/// login page, a test login, and the official C# MCP client. NotesMcp and AcmeApp start when their values are on the screen.
/// </summary>
public sealed partial class Guided_set_up(Chromium chromium) : IAsyncLifetime
{
    private static readonly TimeSpan Target = TimeSpan.FromMinutes(5);
    private readonly string state = Directory.CreateTempSubdirectory("lksetup").FullName;
    private readonly List<SampleProgram> programs = [];
    private readonly Stopwatch time = new();
    private readonly int[] ports = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
    private BrowserUser grace = null!;

    private string BaseUrl => $"http://localhost:{ports[0]}";

    private string AcmeUrl => $"http://127.0.0.1:{ports[1]}";

    private string NotesUrl => $"http://localhost:{ports[2]}/mcp";

    public async ValueTask InitializeAsync()
    {
        Start("Latchkey", ["serve"], new(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = BaseUrl,
            ["Latchkey__DataDirectory"] = state,

            // The MCP server is on this machine, and only listed private addresses are asked.
            ["Latchkey__Cimd__HostMap"] = $"localhost:{ports[2]}=127.0.0.1:{ports[2]}",
        });
        grace = await chromium.NewUserAsync(options: null);
    }

    public async ValueTask DisposeAsync()
    {
        if (TestContext.Current.TestState?.Result == TestResult.Failed)
        {
            await grace.SaveStateAsync(BrowserTest.Failures, nameof(Guided_set_up));
        }

        await grace.DisposeAsync();
        foreach (var program in programs)
        {
            await program.DisposeAsync();
        }

        Directory.Delete(state, recursive: true);
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task The_screens_lead_from_an_empty_database_to_a_connected_client_in_five_minutes()
    {
        var page = grace.Page;
        var violations = new List<string>();
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                violations.Add(message.Text);
            }
        };
        await BecomeOperatorAsync(page);
        await page.ClickAsync("main a:has-text('Set up')");
        await NameAsync(page);
        await GuardAsync(page);
        await JoinAsync(page);
        await TestAsync(page);
        await ConnectAsync(page);
        Assert.True(time.Elapsed < Target, $"It took {time.Elapsed}.");
        Assert.Empty(violations);
    }

    private async Task BecomeOperatorAsync(IPage page)
    {
        string? link = null;
        await Eventually.TrueAsync(async () => (link = await LinkAsync()) is not null, "the server is not ready");
        time.Start();
        await grace.OpenAsync(link!);
        await CheckAsync("01-first-operator");
        await page.FillAsync("input[name=email]", "grace@acme.example");
        await page.FillAsync("input[name=name]", "Grace Hopper");
        await page.FillAsync("input[name=password]", "correct horse battery");
        await page.ClickAsync("text=Create my account");
        await CheckAsync("02-passkey");
        await page.ClickAsync("text=Not now");
        await CheckAsync("03-overview");
    }

    private async Task NameAsync(IPage page)
    {
        await page.FillAsync("input[name=name]", "Notes");
        await page.FillAsync("input[name=resource_uri]", NotesUrl);
        await page.PressAsync("input[name=resource_uri]", "Tab");
        await page.GetByText("Nothing answers there yet. That is fine; step 2 helps.").WaitForAsync();
        await CheckAsync("04-name");
        await page.ClickAsync("text=Go on");
        await page.ClickAsync("text=Look and change");
        await CheckAsync("05-permissions");
        await page.ClickAsync("text=Go on");
    }

    private async Task GuardAsync(IPage page)
    {
        await page.GetByText("Waiting for your server to point here…").WaitForAsync();
        await CheckAsync("06-guard");
        Start("NotesMcp", [], new(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = BaseUrl,
            ["Latchkey__ResourceId"] = await grace.TextAsync("[data-lk=resource]"),
            ["Notes__ResourceUri"] = NotesUrl,
        });
        await page.GetByText("Found. It points here.").WaitForAsync(new() { Timeout = 60_000 });
        await CheckAsync("07-guarded");
        await page.ClickAsync("text=Go on");
    }

    private async Task JoinAsync(IPage page)
    {
        await CheckAsync("08-join");
        await page.FillAsync("input[name=login_url]", AcmeUrl + "/login");
        await page.ClickAsync("text=Create the secret");
        await page.GetByText("Copy it now. We keep only a fingerprint.").WaitForAsync();
        await CheckAsync("09-secret");
        var values = Variable().Matches(await page.Locator(".code code").First.InnerTextAsync())
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["value"].Value, StringComparer.Ordinal);
        Start("AcmeApp", [], new(StringComparer.Ordinal)
        {
            ["ASPNETCORE_URLS"] = AcmeUrl,
            ["Latchkey__BaseUrl"] = values["URL"],
            ["Latchkey__ConnectionId"] = values["CONNECTION_ID"],
            ["Latchkey__ClientId"] = values["CLIENT_ID"],
            ["Latchkey__ClientSecret"] = values["CLIENT_SECRET"],
            ["Acme__NotesUrl"] = NotesUrl,
        });
        await page.ClickAsync("text=Go on");
    }

    private async Task TestAsync(IPage page)
    {
        await CheckAsync("10-before-the-test");
        await Eventually.TrueAsync(() => RespondsAsync(AcmeUrl + "/healthz"), "AcmeApp is not ready");
        await page.ClickAsync("text=Test login");
        var tab = await page.RunAndWaitForPopupAsync(() => page.ClickAsync("text=Go to 127.0.0.1"));
        await Assertions.Expect(page.Locator(".checks > li.ok")).ToHaveCountAsync(2, new() { Timeout = 30_000 });
        await CheckAsync("11-testing");
        await tab.FillAsync("#email", DemoUser.Grace.Email);
        await tab.FillAsync("#password", DemoUser.Grace.Password);
        await tab.ClickAsync("form#login button");
        await tab.GetByText("Your login page works.").WaitForAsync();
        await page.BringToFrontAsync();
        await page.GetByText("Your login page works.").WaitForAsync();
        await Assertions.Expect(page.Locator(".checks > li.ok")).ToHaveCountAsync(5);
        await CheckAsync("12-tested");
        await tab.CloseAsync();
        await page.ClickAsync("text=Go on");
    }

    private async Task ConnectAsync(IPage page)
    {
        await page.GetByText("Waiting for the first connection").WaitForAsync();
        await CheckAsync("13-client");
        var ada = await chromium.NewUserAsync(options: null);
        await using (var client = await CSharpMcpClient.ConnectAsync(
            await page.Locator(".code code").First.InnerTextAsync(), "C# client", address => AllowAsync(ada, address)))
        {
            Assert.Contains("\"owner\":\"Ada Lovelace\"", await client.CallAsync("list_notes"), StringComparison.Ordinal);
        }

        await ada.DisposeAsync();
        await page.GetByText("Notes is connected.").WaitForAsync();
        time.Stop();
        await CheckAsync("14-connected");
        await page.ClickAsync("text=See this sign-in");
        await page.Locator(".verdict.ok").WaitForAsync();
    }

    private static async Task AllowAsync(BrowserUser ada, string address)
    {
        await ada.OpenAsync(address);
        await ada.SignInAsync(DemoUser.Ada);
        await ada.WaitForConsentAsync();
        await ada.Allow.ClickAsync();
    }

    /// <summary>The time for pictures and accessibility checks is not that of a person.</summary>
    private async Task CheckAsync(string name)
    {
        time.Stop();
        await PageChecks.CheckAsync(grace, "set-up-" + name, isStrict: true);
        await grace.Page.SetViewportSizeAsync(1280, 800);
        time.Start();
    }

    private async Task<string?> LinkAsync()
    {
        var file = Path.Combine(state, "first-start.txt");
        return await RespondsAsync(BaseUrl + "/readyz") && File.Exists(file) ? Link().Match(await File.ReadAllTextAsync(file)).Value : null;
    }

    private static async Task<bool> RespondsAsync(string url)
    {
        using var http = new HttpClient();
        try
        {
            using var response = await http.GetAsync(url);
            return response.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private void Start(string name, IReadOnlyList<string> arguments, Dictionary<string, string> settings) =>
        programs.Add(SampleProgram.Start(name, arguments, settings, "set-up"));

    [GeneratedRegex(@"http\S+/dashboard/set-up/\S+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Link();

    [GeneratedRegex("LATCHKEY_(?<name>[A-Z_]+)=(?<value>\\S+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
