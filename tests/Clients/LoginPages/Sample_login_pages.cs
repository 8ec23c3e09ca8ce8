using System.Diagnostics;
using Clients.Programs;
using Demo.Walk;

namespace Clients.LoginPages;

/// <summary>The sample login pages, run unmodified: the user clicks on the page and the client gets a code.</summary>
public sealed class Sample_login_pages(ServerOverHttp server) : IClassFixture<ServerOverHttp>
{
    private const int MaxLines = 60;
    private static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    /// <summary>The runtime, the sample, and the name that its page shows for the client.</summary>
    public static TheoryData<string, string, string> Samples => new()
    {
        { "node", "node/plain.mjs", "Inspector" },
        { "node", "node/scalekit.mjs", "a program" },
        { "python3", "python/plain.py", "this device" },
        { "java", "java/LoginPage.java", "this device" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_login_page_reports_the_user_after_a_click(string runtime, string sample, string called)
    {
        Assert.SkipUnless(IsInstalled(runtime), $"{runtime} is not installed");
        var ports = TestEnvironment.FreePorts(2);
        var resourceUri = $"http://localhost:{ports[0]}/mcp";
        var resource = (await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/resources",
            new
            {
                name = "Notes",
                resource_uri = resourceUri,
                scopes = new[] { "notes:read" },
                default_scopes = new[] { "notes:read" },
            }))
            .GetProperty("resource").GetProperty("id").GetString()!;
        var connection = (await server.Operator.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resource}/connections", new { login_url = $"http://127.0.0.1:{ports[1]}/login" }))
            .GetProperty("connection").GetProperty("id").GetString()!;
        var credential = await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "App", role = "login", connection_ids = new[] { connection } });
        var client = await server.Operator.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{resource}/clients",
            new { name = "Inspector", redirect_uris = new[] { RedirectUri }, token_endpoint_auth_method = "none" });

        using var folder = new SampleFolder(sample);
        await using var page = RunningProgram.Start(
            "login-page",
            runtime == "node" ? TestEnvironment.NodeExecutable() : runtime,
            [Path.GetFileName(sample)],
            folder.FullName,
            ("LATCHKEY_URL", server.BaseUrl),
            ("LATCHKEY_CLIENT_ID", credential.GetProperty("client").GetProperty("client_id").GetString()!),
            ("LATCHKEY_CLIENT_SECRET", credential.GetProperty("plain_secret").GetString()!),
            ("LATCHKEY_CONNECTION_ID", connection),
            ("PORT", $"{ports[1]}"));
        await page.WaitForAsync("listening");

        using var browser = new HeadlessBrowser(log: null, server.NewHandler().SslOptions);
        var authorize = new Uri($"{server.BaseUrl}/oauth/authorize?response_type=code"
            + $"&client_id={client.GetProperty("client").GetProperty("client_id").GetString()}&state=s"
            + $"&redirect_uri={Uri.EscapeDataString(RedirectUri.OriginalString)}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
            + $"&code_challenge_method=S256&resource={Uri.EscapeDataString(resourceUri)}");
        var login = await browser.OpenAsync(authorize, landing: null, CancellationToken.None);
        Assert.Equal($"Connect {called}", login.Heading);
        var consent = await browser.SubmitAsync(
            login, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        Assert.Equal(["Ada Lovelace"], consent.Read("user"));
        var landed = await browser.SubmitAsync(consent, "consent", typed: null, untick: null, "allow", RedirectUri, CancellationToken.None);
        Assert.NotEmpty(landed.Query["code"]);

        using var foreign = new HttpRequestMessage(HttpMethod.Post, login.Url);
        foreign.Headers.Add("Sec-Fetch-Site", "cross-site");
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var refused = await http.SendAsync(foreign);
        Assert.NotEqual(System.Net.HttpStatusCode.Redirect, refused.StatusCode);

        // Path traversal: the page's credential may change users, and a link must not reach that call through the page.
        string[] traversals = ["../users:update?x=", "..%2Fusers:update%3Fx=", "..", ".", "%2e%2e", "lri_x/../../users:update?x="];
        foreach (var crafted in traversals)
        {
            var link = $"http://127.0.0.1:{ports[1]}/login?login_request_id={crafted}";
            Assert.NotEqual(System.Net.HttpStatusCode.Redirect, await StatusOrClosedAsync(http, HttpMethod.Post, link));
            Assert.NotEqual(System.Net.HttpStatusCode.OK, await StatusOrClosedAsync(http, HttpMethod.Get, link));
        }

        var users = await server.Operator.SendAsync(HttpMethod.Get, $"/api/v1/connections/{connection}/users");
        Assert.Equal("Ada Lovelace", users.GetProperty("users")[0].GetProperty("name").GetString());
    }

    /// <summary>A sample may also close the connection: samples have no error pages of their own.</summary>
    private static async Task<System.Net.HttpStatusCode?> StatusOrClosedAsync(HttpClient http, HttpMethod method, string url)
    {
        try
        {
            using var request = new HttpRequestMessage(method, url);
            using var response = await http.SendAsync(request);
            return response.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    [Fact]
    public void Each_sample_login_page_has_fewer_than_60_lines()
    {
        var sources = Directory.EnumerateFiles(TestEnvironment.Of("LoginPages"), "*", SearchOption.AllDirectories)
            .Where(f => Path.GetExtension(f) is ".mjs" or ".py" or ".go" or ".java").ToList();
        Assert.Equal(6, sources.Count);
        Assert.All(sources, file => Assert.True(File.ReadLines(file).Count() < MaxLines, $"{file} has {MaxLines} lines or more"));
    }

    /// <summary>The samples for Go and for the Python SDK are not run, because Go and the SDK's package are not installed in CI. Python at
    /// least parses its sample.</summary>
    [Fact]
    public async Task The_sample_for_the_Python_SDK_parses()
    {
        Assert.SkipUnless(IsInstalled("python3"), "python3 is not installed");
        await using var compiled = RunningProgram.Start(
            "py-compile", "python3", ["-c", "import ast,sys; ast.parse(open(sys.argv[1]).read())", "scalekit_app.py"],
            Path.Combine(TestEnvironment.Of("LoginPages"), "python"));
        Assert.Equal(0, (await compiled.EndAsync()).ExitCode);
    }

    private static bool IsInstalled(string runtime)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(runtime, ["--version"])
            {
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true
            });
            process!.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>The folder in which the sample runs. A Node script is copied beside the npm packages that it imports.</summary>
    private sealed class SampleFolder : IDisposable
    {
        private readonly DirectoryInfo? copy;

        public SampleFolder(string sample)
        {
            var file = Path.Combine(TestEnvironment.Of("LoginPages"), sample);
            FullName = Path.GetDirectoryName(file)!;
            if (Path.GetExtension(file) == ".mjs")
            {
                copy = Directory.CreateTempSubdirectory("lklogin");
                FullName = copy.FullName;
                File.Copy(file, Path.Combine(FullName, Path.GetFileName(file)));
                Directory.CreateSymbolicLink(
                    Path.Combine(FullName, "node_modules"), Path.Combine(TestEnvironment.Of("Node"), "node_modules"));
            }
        }

        public string FullName { get; }

        public void Dispose() => copy?.Delete(recursive: true);
    }
}
