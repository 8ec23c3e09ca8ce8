using System.Text.Json;
using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

/// <summary>
/// <c>@modelcontextprotocol/conformance</c> acts as a public client. It reports a skipped check as passed and exits with 0, so these tests
/// read the status of each check from its files and require that every check is there.
/// </summary>
public sealed class MCP_conformance_suite(RunningDemo demo)
{
    [Fact]
    [Spec("MCP 2026-07-28 §All", "conformance-suite")]
    public Task The_suite_passes_at_the_environment_issuer() => PassesAsync(demo.LatchkeyUrl, "--resource", demo.NotesUrl);

    [Fact]
    [Spec("MCP 2026-07-28 §All", "conformance-suite")]
    public Task The_suite_passes_at_a_resource_issuer() => PassesAsync(demo.Issuer, "--resource", demo.NotesUrl);

    [Fact]
    [Spec("MCP 2026-07-28 §All", "conformance-suite")]
    public Task The_suite_passes_at_a_resource_issuer_without_the_resource_parameter() => PassesAsync(demo.Issuer);

    private async Task PassesAsync(string issuer, params string[] resource)
    {
        var port = TestEnvironment.FreePorts(1)[0];
        var redirectUri = new Uri($"http://127.0.0.1:{port}/callback");
        var created = await demo.Operator.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{demo.ResourceId}/clients",
            new { name = "Conformance", redirect_uris = new[] { redirectUri }, token_endpoint_auth_method = "none" });
        var clientId = created.GetProperty("client").GetProperty("client_id").GetString()!;
        var folder = Directory.CreateTempSubdirectory("lkconformance");
        try
        {
            var suite = Path.Combine("node_modules", "@modelcontextprotocol", "conformance", "dist", "index.js");
            string[] arguments =
                [suite, "authorization", "--url", issuer, "--client-id", clientId, "--port", $"{port}", "-o", folder.FullName, .. resource];
            await using var program = RunningProgram.Start(
                "conformance", TestEnvironment.NodeExecutable(), arguments, TestEnvironment.Of("Node"));

            await BrowseAsync(await AuthorizationUrlAsync(program), redirectUri);

            Assert.Equal(0, (await program.EndAsync()).ExitCode);
            Assert.Equal(
                ["authorization-code-grant SUCCESS", "authorization-server-metadata SUCCESS", "authorization-server-metadata-cimd SUCCESS"],
                folder.EnumerateFiles("checks.json", SearchOption.AllDirectories).SelectMany(ChecksIn).Order(StringComparer.Ordinal));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Uri> AuthorizationUrlAsync(RunningProgram program)
    {
        var line = await program.ReadLineAsync();
        while (!line.StartsWith("http://localhost:", StringComparison.Ordinal))
        {
            line = await program.ReadLineAsync();
        }

        return new(line);
    }

    /// <summary>Gives consent; then the browser opens the redirect URI, where the suite listens.</summary>
    private static async Task BrowseAsync(Uri authorizationUrl, Uri redirectUri)
    {
        using var browser = new HeadlessBrowser();
        var landed = await new BrowserSignIn(browser, DemoUser.Bob)
            .AllowAsync(authorizationUrl, redirectUri, untick: [], CancellationToken.None);
        await browser.OpenAsync(landed.Url, landing: null, CancellationToken.None);
    }

    private static IEnumerable<string> ChecksIn(FileInfo file) =>
        JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(file.FullName)).EnumerateArray()
            .Select(check => $"{check.GetProperty("id")} {check.GetProperty("status")}");
}
