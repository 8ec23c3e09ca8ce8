using System.Diagnostics;
using Clients.Programs;
using Demo.Walk;

namespace Clients.LoginPages;

/// <summary>The samples that companies begin with, run as they stand: a person clicks at their page and the client that asked has its answer.</summary>
public sealed class A_login_page_in_another_language(InClearText server) : IClassFixture<InClearText>
{
    private const int MaxLines = 60;
    private static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    /// <summary>The program, the sample it runs, and what its page calls the client that asks.</summary>
    public static TheoryData<string, string, string> Samples => new()
    {
        { "node", "node/plain.mjs", "Inspector" },
        { "node", "node/scalekit.mjs", "a program" },
        { "python3", "python/plain.py", "this device" },
        { "java", "java/LoginPage.java", "this device" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task Hands_its_person_over_after_a_click(string runtime, string sample, string called)
    {
        Assert.SkipUnless(IsInstalled(runtime), $"{runtime} is not on this machine");
        var ports = Places.FreePorts(2);
        var resourceUri = $"http://localhost:{ports[0]}/mcp";
        var resource = (await server.Operator.SendAsync(HttpMethod.Post, "/api/v1/resources", new { name = "Notes", resource_uri = resourceUri, scopes = new[] { "notes:read" } })).GetProperty("resource").GetProperty("id").GetString()!;
        var connection = (await server.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{resource}/connections", new { login_url = $"http://127.0.0.1:{ports[1]}/login" })).GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await server.Operator.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "App", role = "login", connection_ids = new[] { connection } });
        var client = await server.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{resource}/clients", new { name = "Inspector", redirect_uris = new[] { RedirectUri }, token_endpoint_auth_method = "none" });

        using var folder = new SampleFolder(sample);
        await using var page = RunningProgram.Start(
            "login-page",
            runtime == "node" ? Places.NodeExecutable() : runtime,
            [Path.GetFileName(sample)],
            folder.FullName,
            ("LATCHKEY_URL", server.BaseUrl),
            ("LATCHKEY_CLIENT_ID", credential.GetProperty("client").GetProperty("client_id").GetString()!),
            ("LATCHKEY_CLIENT_SECRET", credential.GetProperty("plain_secret").GetString()!),
            ("LATCHKEY_CONNECTION_ID", connection),
            ("PORT", $"{ports[1]}"));
        await page.WaitForAsync("listening");

        using var browser = new HeadlessBrowser(log: null, server.NewHandler().SslOptions);
        var authorize = new Uri($"{server.BaseUrl}/oauth/authorize?response_type=code&client_id={client.GetProperty("client").GetProperty("client_id").GetString()}&state=s"
            + $"&redirect_uri={Uri.EscapeDataString(RedirectUri.OriginalString)}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256&resource={Uri.EscapeDataString(resourceUri)}");
        var login = await browser.OpenAsync(authorize, landing: null, CancellationToken.None);
        Assert.Equal($"Connect {called}", login.Heading);
        var consent = await browser.SubmitAsync(login, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        Assert.Equal(["Ada Lovelace"], consent.Read("user"));
        var landed = await browser.SubmitAsync(consent, "consent", typed: null, untick: null, "allow", RedirectUri, CancellationToken.None);
        Assert.NotEmpty(landed.Query["code"]);

        using var foreign = new HttpRequestMessage(HttpMethod.Post, login.Url);
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var refused = await http.SendAsync(foreign);
        Assert.NotEqual(System.Net.HttpStatusCode.Redirect, refused.StatusCode);
    }

    [Fact]
    public void Is_short_enough_to_be_read_before_coffee()
    {
        var sources = Directory.EnumerateFiles(Places.Of("LoginPages"), "*", SearchOption.AllDirectories).Where(f => Path.GetExtension(f) is ".mjs" or ".py" or ".go" or ".java").ToList();
        Assert.Equal(6, sources.Count);
        Assert.All(sources, file => Assert.True(File.ReadLines(file).Count() < MaxLines, $"{file} has {MaxLines} lines or more"));
    }

    /// <summary>Not run: neither Go nor the Python SDK's package is on the machines that test this. Python at least reads its sample.</summary>
    [Fact]
    public async Task Is_read_by_its_language_where_it_cannot_be_run()
    {
        Assert.SkipUnless(IsInstalled("python3"), "python3 is not on this machine");
        await using var compiled = RunningProgram.Start("py-compile", "python3", ["-c", "import ast,sys; ast.parse(open(sys.argv[1]).read())", "scalekit_app.py"], Path.Combine(Places.Of("LoginPages"), "python"));
        Assert.Equal(0, (await compiled.EndAsync()).ExitCode);
    }

    private static bool IsInstalled(string runtime)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(runtime, ["--version"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>Where the sample runs: a script of Node's finds the packages beside it that a person would have installed.</summary>
    private sealed class SampleFolder : IDisposable
    {
        private readonly DirectoryInfo? copy;

        public SampleFolder(string sample)
        {
            var file = Path.Combine(Places.Of("LoginPages"), sample);
            FullName = Path.GetDirectoryName(file)!;
            if (Path.GetExtension(file) == ".mjs")
            {
                copy = Directory.CreateTempSubdirectory("lklogin");
                FullName = copy.FullName;
                File.Copy(file, Path.Combine(FullName, Path.GetFileName(file)));
                Directory.CreateSymbolicLink(Path.Combine(FullName, "node_modules"), Path.Combine(Places.Of("Node"), "node_modules"));
            }
        }

        public string FullName { get; }

        public void Dispose() => copy?.Delete(recursive: true);
    }
}
