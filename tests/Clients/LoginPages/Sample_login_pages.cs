using Clients.Programs;
using Demo.Walk;

namespace Clients.LoginPages;

/// <summary>The sample login pages, run unmodified: the user clicks on the page and the client gets a code.</summary>
public sealed class Sample_login_pages(ServerOverHttp server) : IClassFixture<ServerOverHttp>
{
    private const int MaxLines = 60;

    /// <summary>The runtime, the sample, and the name that its page shows for the client.</summary>
    public static TheoryData<string, string, string> Samples => new()
    {
        { "node", "node/plain.mjs", "Inspector" },
        { "node", "node/scalekit.mjs", "a program" },
        { "python3", "python/plain.py", "this device" },
        { "java", "java/LoginPage.java", "this device" },
        { "go", "go/main.go", "this device" },
    };

    [Theory]
    [MemberData(nameof(Samples))]
    public async Task A_sample_login_page_reports_the_user_after_a_click(string runtime, string sample, string called)
    {
        Assert.SkipUnless(SamplePage.IsInstalled(runtime), $"{runtime} is not installed");
        await using var page = await SamplePage.StartAsync(server, runtime, sample);

        using var browser = new HeadlessBrowser(log: null, server.NewHandler().SslOptions);
        var login = await browser.OpenAsync(page.Authorize, landing: null, CancellationToken.None);
        Assert.Equal($"Connect {called}", login.Heading);
        var consent = await browser.SubmitAsync(
            login, "continue", typed: null, untick: null, button: null, landing: null, CancellationToken.None);
        Assert.Equal(["Ada Lovelace"], consent.Read("user"));
        var landed = await browser.SubmitAsync(
            consent, "consent", typed: null, untick: null, "allow", SamplePage.RedirectUri, CancellationToken.None);
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
            var link = $"{page.Url}?login_request_id={crafted}";
            Assert.NotEqual(System.Net.HttpStatusCode.Redirect, await StatusOrClosedAsync(http, HttpMethod.Post, link));
            Assert.NotEqual(System.Net.HttpStatusCode.OK, await StatusOrClosedAsync(http, HttpMethod.Get, link));
        }

        var users = await server.Operator.SendAsync(HttpMethod.Get, $"/api/v1/connections/{page.ConnectionId}/users");
        Assert.Equal("Ada Lovelace", users.GetProperty("users")[0].GetProperty("name").GetString());
    }

    /// <summary>A sample may also close the connection of a crafted request.</summary>
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

    /// <summary>
    /// The sample for Scalekit's Python SDK is not run, because no Debian package has the SDK. Python at least parses it.
    /// </summary>
    [Fact]
    public async Task The_sample_for_the_Python_SDK_parses()
    {
        Assert.SkipUnless(SamplePage.IsInstalled("python3"), "python3 is not installed");
        await using var compiled = RunningProgram.Start(
            "py-compile", "python3", ["-c", "import ast,sys; ast.parse(open(sys.argv[1]).read())", "scalekit_app.py"],
            Path.Combine(TestEnvironment.Of("LoginPages"), "python"));
        Assert.Equal(0, (await compiled.EndAsync()).ExitCode);
    }
}
