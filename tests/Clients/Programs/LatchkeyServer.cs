using System.Security.Cryptography.X509Certificates;
using Microsoft.Data.Sqlite;

namespace Clients.Programs;

/// <summary>A server process, started as an operator starts it, with its own data directory.</summary>
public abstract class LatchkeyServer : IAsyncLifetime
{
    private const string ClientId = "skc_operator";
    private const string ClientSecret = "operator-secret-of-32-characters-or-more";

    private readonly string folder = Directory.CreateTempSubdirectory("lkclients").FullName;
    private readonly int port = TestEnvironment.FreePorts(1)[0];
    private RunningProgram? program;
    private Operator? operatorClient;

    public string BaseUrl => $"{Scheme}://localhost:{port}";

    public string DataDirectory => Path.Combine(folder, "data");

    internal Operator Operator => operatorClient!;

    /// <summary>The current process: a test can end it and start another.</summary>
    internal RunningProgram Program => program!;

    /// <summary>The environment variables that make a Node program trust this server's certificate.</summary>
    internal virtual (string Name, string Value)[] Trust => [];

    protected virtual string Scheme => "http";

    protected virtual (string Name, string Value)[] Settings => [];

    public virtual async ValueTask InitializeAsync()
    {
        await StartAsync();
        operatorClient = new Operator(BaseUrl, NewHandler(), ClientId, ClientSecret);
        await operatorClient.SignInAsync();
    }

    /// <summary>Starts the server, also after a test has ended it.</summary>
    public async Task StartAsync()
    {
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        program = Run(
            "serve", [.. Settings, ("Latchkey__Bootstrap__ApiClientId", ClientId), ("Latchkey__Bootstrap__ApiClientSecret", ClientSecret)]);
        await program.WaitForAsync($"Latchkey listening on {BaseUrl}");
    }

    /// <summary>Lets the time of a login request be over, by its row.</summary>
    public async Task ExpireAsync(string loginRequestId)
    {
        await using var database = new SqliteConnection($"Data Source={Path.Combine(DataDirectory, "latchkey.db")};Pooling=False");
        await database.OpenAsync();
        await using var expire = new SqliteCommand("UPDATE login_requests SET login_by = created_at WHERE id = $id", database);
        expire.Parameters.AddWithValue("$id", loginRequestId);
        Assert.Equal(1, await expire.ExecuteNonQueryAsync());
    }

    public async ValueTask DisposeAsync()
    {
        operatorClient?.Dispose();
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>An HTTP handler that trusts this server's certificate.</summary>
    internal virtual SocketsHttpHandler NewHandler() => new();

    private protected RunningProgram Run(string verb, params (string Name, string Value)[] settings) => RunningProgram.Start(
        "latchkey", "dotnet", [TestEnvironment.Of("Latchkey"), verb], folder,
        [.. settings, ("Latchkey__BaseUrl", BaseUrl), ("Latchkey__DataDirectory", DataDirectory)]);
}

/// <summary>HTTP/1.1 and HTTP/2 in clear text on one port.</summary>
public sealed class ServerOverHttp : LatchkeyServer;

/// <summary>https with the certificate of <c>latchkey dev-cert</c>.</summary>
public sealed class ServerOverTls : LatchkeyServer
{
    internal override (string Name, string Value)[] Trust => [("NODE_EXTRA_CA_CERTS", Authority)];

    protected override string Scheme => "https";

    private string Authority => Path.Combine(DataDirectory, "dev-cert", "ca.pem");

    public override async ValueTask InitializeAsync()
    {
        await using (var devCert = Run("dev-cert"))
        {
            Assert.Equal(0, (await devCert.EndAsync()).ExitCode);
            Assert.Contains(devCert.Output, line => line.EndsWith($"NODE_EXTRA_CA_CERTS={Authority}", StringComparison.Ordinal));
        }

        await base.InitializeAsync();
    }

    internal override SocketsHttpHandler NewHandler()
    {
        var handler = base.NewHandler();
        handler.SslOptions.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,
            RevocationMode = X509RevocationMode.NoCheck,
            CustomTrustStore = { X509CertificateLoader.LoadCertificateFromFile(Authority) },
        };
        return handler;
    }
}

/// <summary>On a <c>state_only</c> connection, the response to Allow is delayed until six seconds after the callback.</summary>
public sealed class ServerWithLongSettleTime : LatchkeyServer
{
    public static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(6);

    protected override (string Name, string Value)[] Settings => [("Latchkey__SettleTime", SettleTime.ToString())];
}
