using System.Security.Cryptography.X509Certificates;

namespace Clients.Programs;

/// <summary>The server as an operator starts it, with a data directory of its own.</summary>
public abstract class LatchkeyServer : IAsyncLifetime
{
    private const string ClientId = "skc_operator";
    private const string ClientSecret = "operator-secret-of-32-characters-or-more";

    private readonly string folder = Directory.CreateTempSubdirectory("lkclients").FullName;
    private readonly int port = Places.FreePorts(1)[0];
    private RunningProgram? program;
    private Operator? staff;

    public string BaseUrl => $"{Scheme}://localhost:{port}";

    public string DataDirectory => Path.Combine(folder, "data");

    internal Operator Operator => staff!;

    /// <summary>The process of now: a test may end it and start another.</summary>
    internal RunningProgram Program => program!;

    /// <summary>What makes a Node program trust this server.</summary>
    internal virtual (string Name, string Value)[] Trust => [];

    protected virtual string Scheme => "http";

    protected virtual (string Name, string Value)[] Settings => [];

    public virtual async ValueTask InitializeAsync()
    {
        await StartAsync();
        staff = new Operator(BaseUrl, NewHandler(), ClientId, ClientSecret);
        await staff.SignInAsync();
    }

    /// <summary>Starts it, again after a test has ended it.</summary>
    public async Task StartAsync()
    {
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        program = Run("serve", [.. Settings, ("Latchkey__Bootstrap__ApiClientId", ClientId), ("Latchkey__Bootstrap__ApiClientSecret", ClientSecret)]);
        await program.WaitForAsync($"Latchkey listening on {BaseUrl}");
    }

    public async ValueTask DisposeAsync()
    {
        staff?.Dispose();
        if (program is not null)
        {
            await program.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>A connection that trusts what this server shows.</summary>
    internal virtual SocketsHttpHandler NewHandler() => new();

    private protected RunningProgram Run(string verb, params (string Name, string Value)[] settings) => RunningProgram.Start(
        "latchkey", "dotnet", [Places.Of("Latchkey"), verb], folder, [.. settings, ("Latchkey__BaseUrl", BaseUrl), ("Latchkey__DataDirectory", DataDirectory)]);
}

/// <summary>HTTP/1.1 and HTTP/2 in clear text on one port.</summary>
public sealed class InClearText : LatchkeyServer;

/// <summary>https with the certificate that <c>latchkey dev-cert</c> makes.</summary>
public sealed class OverTls : LatchkeyServer
{
    internal override (string Name, string Value)[] Trust => [("NODE_EXTRA_CA_CERTS", Authority)];

    protected override string Scheme => "https";

    private string Authority => Path.Combine(DataDirectory, "dev-cert", "ca.pem");

    public override async ValueTask InitializeAsync()
    {
        await using (var devCert = Run("dev-cert"))
        {
            Assert.Equal(0, (await devCert.EndAsync()).ExitCode);
            Assert.Contains(devCert.Said, line => line.EndsWith($"NODE_EXTRA_CA_CERTS={Authority}", StringComparison.Ordinal));
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

/// <summary>Login requests live two seconds.</summary>
public sealed class WithShortLogins : LatchkeyServer
{
    protected override (string Name, string Value)[] Settings => [("Latchkey__LoginRequestLifetime", "00:00:02")];
}

/// <summary>The answer to Allow on a <c>state_only</c> connection takes six seconds from the callback.</summary>
public sealed class WithLongHeldAnswers : LatchkeyServer
{
    protected override (string Name, string Value)[] Settings => [("Latchkey__SettleTime", "00:00:06")];
}
