using System.Text.Json;
using Clients.Programs;
using Latchkey.Server.Tests.Actors;

[assembly: AssemblyFixture(typeof(RunningDemo))]

// These tests mostly wait, for other processes or for a token to expire.
[assembly: Xunit.v3.Parallelization(MaxThreads = -1)]

namespace Clients.Programs;

/// <summary>
/// Latchkey, AcmeApp and NotesMcp as <c>./dev up</c> runs them. Access tokens are valid for two seconds; NotesMcp tolerates a clock skew of
/// <see cref="NotesClockSkew"/>. Client ID metadata documents are published at <see cref="DocumentHost"/>.
/// </summary>
public sealed class RunningDemo : IAsyncLifetime
{
    public static readonly TimeSpan NotesClockSkew = TimeSpan.FromSeconds(30);

    /// <summary>The host that Latchkey resolves to <see cref="Documents"/>.</summary>
    public const string DocumentHost = "client.example";

    private readonly string folder = Directory.CreateTempSubdirectory("lkclients").FullName;
    private readonly int[] ports = TestEnvironment.FreePorts(3);
    private RunningProgram? program;
    private ClientHost? documents;
    private Operator? operatorClient;

    /// <summary>The URL of the MCP server.</summary>
    public string NotesUrl => $"http://localhost:{ports[2]}/mcp";

    public string LatchkeyUrl => $"http://localhost:{ports[0]}";

    public string ResourceId { get; private set; } = "";

    public string Issuer => $"{LatchkeyUrl}/resources/{ResourceId}";

    public string ConnectionId { get; private set; } = "";

    public ClientHost Documents => documents!;

    internal Operator Operator => operatorClient!;

    public async ValueTask InitializeAsync()
    {
        var state = Path.Combine(folder, "state");
        documents = await ClientHost.StartAsync();
        var authority = Path.Combine(folder, "documents-ca.pem");
        await File.WriteAllTextAsync(authority, documents.AuthorityPem);
        program = RunningProgram.Start(
            "demo",
            "dotnet",
            [TestEnvironment.Of("Demo"), "up"],
            folder,
            ("LATCHKEY_DEMO_PORTS", string.Join(',', ports)),
            ("LATCHKEY_DEMO_STATE", state),
            ("Latchkey__Cimd__HostMap", $"{DocumentHost}=127.0.0.1:{documents.Port}"),
            ("Latchkey__Cimd__ExtraCa", authority));
        await program.WaitForAsync("Ready");

        var stored = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(state, "demo.json")));
        operatorClient = new Operator(
            LatchkeyUrl, new SocketsHttpHandler(), stored.GetProperty("api_client_id").GetString()!,
            stored.GetProperty("api_client_secret").GetString()!);
        await operatorClient.SignInAsync();
        ResourceId = (await operatorClient.SendAsync(HttpMethod.Get, "/api/v1/resources")).GetProperty("resources")[0]
            .GetProperty("id").GetString()!;
        ConnectionId = stored.GetProperty("login_connection_id").GetString()!;
        await operatorClient.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{ResourceId}", new { access_token_expiry = 2 });
    }

    public async ValueTask DisposeAsync()
    {
        operatorClient?.Dispose();
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        await (documents?.DisposeAsync() ?? ValueTask.CompletedTask);

        var logs = Directory.CreateDirectory(Path.Combine(folder, "state", "logs"));
        foreach (var log in logs.EnumerateFiles())
        {
            log.CopyTo(Path.Combine(TestEnvironment.Of("Logs"), "demo-" + log.Name), overwrite: true);
        }

        Directory.Delete(folder, recursive: true);
    }
}
