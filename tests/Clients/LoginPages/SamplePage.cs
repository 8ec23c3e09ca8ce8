using System.Diagnostics;
using Clients.Programs;

namespace Clients.LoginPages;

/// <summary>A sample login page that runs unmodified, with a resource, a connection to the page and an MCP client.</summary>
internal sealed class SamplePage : IAsyncDisposable
{
    public static readonly Uri RedirectUri = new("http://127.0.0.1:33418/callback");

    private readonly SampleFolder folder;
    private readonly RunningProgram program;
    private readonly LatchkeyServer server;
    private readonly string clientId;
    private readonly string resourceUri;

    private SamplePage(LatchkeyServer server, SampleFolder folder, RunningProgram program, string connection, string clientId, int[] ports)
    {
        (this.server, this.folder, this.program, this.clientId) = (server, folder, program, clientId);
        (ConnectionId, Url, resourceUri) = (connection, $"http://127.0.0.1:{ports[1]}/login", ResourceUriOf(ports));
    }

    public string ConnectionId { get; }

    /// <summary>The URL of the page without its parameters.</summary>
    public string Url { get; }

    /// <summary>The authorization request of the client.</summary>
    public Uri Authorize => new($"{server.BaseUrl}/oauth/authorize?response_type=code&client_id={clientId}&state=s"
        + $"&redirect_uri={Uri.EscapeDataString(RedirectUri.OriginalString)}&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
        + $"&code_challenge_method=S256&resource={Uri.EscapeDataString(resourceUri)}");

    public static async Task<SamplePage> StartAsync(LatchkeyServer server, string runtime, string sample)
    {
        var ports = TestEnvironment.FreePorts(2);
        var resource = (await server.Operator.SendAsync(
            HttpMethod.Post, "/api/v1/resources",
            new
            {
                name = "Notes",
                resource_uri = ResourceUriOf(ports),
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

        var files = new SampleFolder(sample);
        var running = RunningProgram.Start(
            "login-page",
            runtime == "node" ? TestEnvironment.NodeExecutable() : runtime == "go" ? await files.BuildAsync() : runtime,
            runtime == "go" ? [] : [Path.GetFileName(sample)],
            files.FullName,
            ("LATCHKEY_URL", server.BaseUrl),
            ("LATCHKEY_CLIENT_ID", credential.GetProperty("client").GetProperty("client_id").GetString()!),
            ("LATCHKEY_CLIENT_SECRET", credential.GetProperty("plain_secret").GetString()!),
            ("LATCHKEY_CONNECTION_ID", connection),
            ("PORT", $"{ports[1]}"));
        await running.WaitForAsync("listening");
        return new(server, files, running, connection, client.GetProperty("client").GetProperty("client_id").GetString()!, ports);
    }

    /// <param name="runtime">The program that runs the sample.</param>
    /// <param name="version">The argument with which it prints its version.</param>
    public static bool IsInstalled(string runtime, string version = "--version")
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(runtime, [runtime == "go" ? "version" : version])
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

    public async ValueTask DisposeAsync()
    {
        await program.DisposeAsync();
        folder.Dispose();
    }

    private static string ResourceUriOf(int[] ports) => $"http://localhost:{ports[0]}/mcp";

    /// <summary>
    /// The folder in which the sample runs. A Node script is copied beside the npm packages that it imports; Go builds in a copy.
    /// </summary>
    private sealed class SampleFolder : IDisposable
    {
        private readonly DirectoryInfo? copy;

        public SampleFolder(string sample)
        {
            var file = Path.Combine(TestEnvironment.Of("LoginPages"), sample);
            FullName = Path.GetDirectoryName(file)!;
            if (Path.GetExtension(file) is ".mjs" or ".go")
            {
                copy = Directory.CreateTempSubdirectory("lklogin");
                FullName = copy.FullName;
                File.Copy(file, Path.Combine(FullName, Path.GetFileName(file)));
                Directory.CreateSymbolicLink(
                    Path.Combine(FullName, "node_modules"), Path.Combine(TestEnvironment.Of("Node"), "node_modules"));
            }
        }

        public string FullName { get; }

        /// <summary><c>go run</c> would leave the page running when it is ended. Returns the program.</summary>
        public async Task<string> BuildAsync()
        {
            await using var build = RunningProgram.Start("go-build", "go", ["build", "-o", "page", "main.go"], FullName);
            Assert.Equal(0, (await build.EndAsync()).ExitCode);
            return Path.Combine(FullName, "page");
        }

        public void Dispose() => copy?.Delete(recursive: true);
    }
}
