using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Cli;

/// <summary>
/// Each start of a real process that an operator can mend ends with exit code 2 and one line on stderr: it names the setting and the cure,
/// and has neither a stack trace nor a secret. The tests may run as root, for whom permission bits do not count.
/// </summary>
public sealed class Broken_starts : IDisposable
{
    private const string Secret = "hunter2-hunter2-hunter2-hunter2-hunter2";
    private static readonly TimeSpan MaxStart = TimeSpan.FromMinutes(5);
    private static readonly string Key = Convert.ToBase64String(new byte[32]);

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkbroken");
    private readonly List<TcpListener> listeners = [];

    /// <summary>Name, what the line names, what it says to do.</summary>
    public static TheoryData<string, string, string> Cases => new()
    {
        { "base URL with a path", "BaseUrl", "without path" },
        { "base URL without TLS", "BaseUrl", "Use https" },
        { "misspelled key", "Latchkey:BaseUri", "did you mean Latchkey:BaseUrl?" },
        { "key in the wrong section", "Latchkey:CertificateFile", "did you mean Latchkey:Tls:CertificateFile?" },
        { "duration with a unit", "LoginRequestLifetime", "number of seconds" },
        { "duration of days by mistake", "ReportLifetime", "to 00:10:00" },
        { "number that is a word", "MaxConnections", "integer from 1" },
        { "trusted proxy that is a name", "TrustedProxies", "'proxy.example'" },
        { "settings file that is not YAML", "latchkey.settings.yaml", "line" },
        { "appsettings.json that is not JSON", "appsettings.json", "cannot be read" },
        { "short bootstrap secret", "Bootstrap:ApiClientSecret", "at least 32 characters" },
        { "bootstrap client without a secret", "Bootstrap:ApiClientId", "set together" },
        { "file of the bootstrap secret is missing", "Bootstrap:ApiClientSecret", "does not exist" },
        { "file of the bootstrap secret is empty", "Bootstrap:ApiClientSecret", "is empty" },
        { "key-encryption key that is not base64", "KeyEncryptionKey", "openssl rand -base64 32" },
        { "key file is a directory", "KeyEncryptionKey", "is a directory" },
        { "key file with something else", "KeyEncryptionKey", "openssl rand -base64 32" },
        { "another key-encryption key", "KeyEncryptionKey", "was created with" },
        { "PostgreSQL without a key-encryption key", "KeyEncryptionKey", "openssl rand -base64 32" },
        { "storage of an unknown kind", "Storage", "postgres:Host=" },
        { "database file that is none", "Storage", "is not an SQLite database" },
        { "database file that is a directory", "Storage", "Name a file" },
        { "database below a file", "Storage", "is a file" },
        { "database of a newer version", "Storage", "newer version" },
        { "data directory that is a file", "DataDirectory", "is a file" },
        { "data directory that cannot be written", "DataDirectory", "name another directory" },
        { "PostgreSQL that is not there", "Storage", "Start it" },
        { "PostgreSQL at an unknown host", "Storage", "Correct Host" },
        { "PostgreSQL keywords that cannot be read", "Storage", "double quotes" },
        { "PostgreSQL URL with a raw password", "Storage", "Percent-encode" },
        { "PostgreSQL URL with an unknown parameter", "'poolsize'", "Remove it" },
        { "port in use", "Listen", "another port" },
        { "port of the base URL in use", "BaseUrl", "set Listen" },
        { "port of the metrics in use", "Metrics:Listen", "set Metrics:Listen to another port" },
        { "port of the metrics shared with the server", "Metrics:Listen", "a port of its own" },
        { "metrics at a name", "Metrics:Listen", "IP address" },
        { "collector without a scheme", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://localhost:4317" },
        { "log format of another program", "Logging:Format", "text or json" },
        { "address of another machine", "Listen", "one of its addresses" },
        { "listen address that is a name", "Listen", "IP address" },
        { "certificate that does not exist", "Tls:CertificateFile", "cannot be used" },
        { "certificate that is no PEM", "Tls:CertificateFile", "cannot be used" },
        { "key of another certificate", "Tls:KeyFile", "cannot be used" },
        { "TLS without a certificate", "Tls:CertificateFile", "dev-cert" },
        { "certificate authority that is none", "Cimd:ExtraCa", "Correct the file" },
        { "known clients that are not JSON", "Cimd:KnownClients", "line 1" },
        { "host map without a port", "Cimd:HostMap", "host[:port]=ip:port" },
    };

    public void Dispose()
    {
        listeners.ForEach(listener => listener.Dispose());
        folder.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task End_with_exit_code_2_and_one_line(string name, string setting, string cure)
    {
        using var line = NewLine();
        foreach (var (key, value) in await PrepareAsync(name, line))
        {
            line.With($"Latchkey__{key.Replace(":", "__", StringComparison.Ordinal)}", value);
        }

        var run = await line.RunAsync("serve").WaitAsync(MaxStart);
        Assert.True(run.ExitCode == 2, $"exit code {run.ExitCode}: {run.Output} {run.Errors}");
        Assert.Equal("", run.Output);
        var said = Assert.Single(run.Errors.TrimEnd().Split('\n'));
        Assert.Contains(setting, said, StringComparison.Ordinal);
        Assert.Contains(cure, said, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain(Key, run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", run.Errors, StringComparison.Ordinal);
    }

    private CommandLine NewLine() => CommandLine.WithNewDatabase().With("Latchkey__StorageWait", "0");

    private async Task<Dictionary<string, string>> PrepareAsync(string name, CommandLine line) => name switch
    {
        "base URL with a path" => Of("BaseUrl", "https://auth.example.com/a"),
        "base URL without TLS" => Of("BaseUrl", "http://auth.example.com"),
        "misspelled key" => Of("BaseUri", "https://auth.example.com"),
        "key in the wrong section" => Of("CertificateFile", "cert.pem"),
        "duration with a unit" => Of("LoginRequestLifetime", "15m"),
        "duration of days by mistake" => Of("ReportLifetime", "2.00:00:00"),
        "number that is a word" => Of("MaxConnections", "many"),
        "trusted proxy that is a name" => Of("TrustedProxies", "proxy.example"),
        "settings file that is not YAML" => Written(line, "latchkey.settings.yaml", "Latchkey:\n  Listen: [\n"),
        "appsettings.json that is not JSON" => Written(line, "appsettings.json", "{"),
        "short bootstrap secret" => Bootstrap("hunter2"),
        "bootstrap client without a secret" => Of("Bootstrap:ApiClientId", "skc_one"),
        "file of the bootstrap secret is missing" => Bootstrap($"file:{In("none")}"),
        "file of the bootstrap secret is empty" => Bootstrap($"file:{File("empty", "\n")}"),
        "key-encryption key that is not base64" => Of("KeyEncryptionKey", Secret),
        "key file is a directory" => Of("KeyEncryptionKey", $"file:{folder.CreateSubdirectory("dir").FullName}"),
        "key file with something else" => Of("KeyEncryptionKey", $"file:{File("key", Secret)}"),
        "collector without a scheme" => Variable(line, "OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        "log format of another program" => Variable(line, "Logging__Format", "logfmt"),
        "another key-encryption key" => await AfterAStartAsync(Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)])),
        "PostgreSQL without a key-encryption key" => Of("Storage", $"postgres:Host=127.0.0.1;Username=u;Password={Secret}"),
        _ => PrepareStorage(name) ?? PrepareNetwork(name),
    };

    private Dictionary<string, string>? PrepareStorage(string name) => name switch
    {
        "storage of an unknown kind" => Of("Storage", $"mysql://root:{Secret}@db/latchkey"),
        "database file that is none" => WithKey($"sqlite:{File("none.db", new string('x', 5_000))}"),
        "database file that is a directory" => Of("Storage", $"sqlite:{folder.CreateSubdirectory("dir.db").FullName}"),
        "database below a file" => Of("Storage", $"sqlite:{File("file", "x")}/latchkey.db"),
        "database of a newer version" => WithKey($"sqlite:{Newer()}"),
        "data directory that is a file" => Of("DataDirectory", File("data", "x")),
        "data directory that cannot be written" => Of("DataDirectory", "/proc/latchkey"),
        "PostgreSQL that is not there" => WithKey($"postgres:Host=127.0.0.1;Port={FreePorts.Next()};Username=u;Password={Secret}"),
        "PostgreSQL at an unknown host" => WithKey($"postgres://u:{Secret}@db.invalid:5432/latchkey?sslmode=require"),
        "PostgreSQL keywords that cannot be read" => WithKey($"postgres:Host=db;Username=u;Password={Secret};x'y=1;Database=d"),
        "PostgreSQL URL with a raw password" => WithKey($"postgres://u:{Secret}/x@db.example.com:5432/latchkey"),
        "PostgreSQL URL with an unknown parameter" => WithKey($"postgres://u:{Secret}@127.0.0.1/latchkey?poolsize=5"),
        _ => null,
    };

    private Dictionary<string, string> PrepareNetwork(string name) => name switch
    {
        "port in use" => Of("Listen", $"http://127.0.0.1:{PortInUse()}"),
        "port of the base URL in use" => Of("BaseUrl", $"http://localhost:{PortInUse()}"),
        "port of the metrics in use" => Of("Metrics:Listen", PortInUse().ToString(CultureInfo.InvariantCulture)),
        "port of the metrics shared with the server" =>
            new() { ["Listen"] = "http://127.0.0.1:5480", ["Metrics:Listen"] = "http://127.0.0.1:5480" },
        "metrics at a name" => Of("Metrics:Listen", "http://metrics.example:9464"),
        "address of another machine" => Of("Listen", "http://192.0.2.1:5480"),
        "listen address that is a name" => Of("Listen", "http://auth.example.com:5480"),
        "certificate that does not exist" => Tls(In("none.pem"), In("none.key")),
        "certificate that is no PEM" => Tls(File("cert.pem", "x"), File("cert.key", "x")),
        "key of another certificate" => Tls(File("a.pem", NewCertificate().Certificate), File("b.key", NewCertificate().Key)),
        "TLS without a certificate" =>
            new() { ["BaseUrl"] = "https://auth.example.com", ["Listen"] = "https://127.0.0.1:5443" },
        "certificate authority that is none" => Of("Cimd:ExtraCa", File("ca.pem", "x")),
        "known clients that are not JSON" => Of("Cimd:KnownClients", File("known.json", "[{")),
        "host map without a port" => Of("Cimd:HostMap", "client.example=127.0.0.1"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "unknown case"),
    };

    private static Dictionary<string, string> Of(string key, string value) => new(StringComparer.Ordinal) { [key] = value };

    private static Dictionary<string, string> Variable(CommandLine line, string name, string value)
    {
        line.With(name, value);
        return [];
    }

    private static Dictionary<string, string> Written(CommandLine line, string file, string content)
    {
        line.Write(file, content);
        return [];
    }

    private static Dictionary<string, string> Bootstrap(string secret) =>
        new(StringComparer.Ordinal) { ["Bootstrap:ApiClientId"] = "skc_one", ["Bootstrap:ApiClientSecret"] = secret };

    private static Dictionary<string, string> WithKey(string storage) =>
        new(StringComparer.Ordinal) { ["Storage"] = storage, ["KeyEncryptionKey"] = Key };

    private static Dictionary<string, string> Tls(string certificate, string key) => new(StringComparer.Ordinal)
    {
        ["BaseUrl"] = "https://localhost:5480",
        ["Listen"] = $"https://127.0.0.1:{FreePorts.Next()}",
        ["Tls:CertificateFile"] = certificate,
        ["Tls:KeyFile"] = key,
    };

    /// <summary>A database that was created with a key file of its own.</summary>
    private async Task<Dictionary<string, string>> AfterAStartAsync(string otherKey)
    {
        using var first = NewLine().With("Latchkey__Storage", $"sqlite:{In("first.db")}").With("Latchkey__KeyEncryptionKey", Key);
        (await first.ApplyAsync("resources: [{ name: Notes, resource_uri: https://mcp.example/mcp }]\n").WaitAsync(MaxStart)).Ended();
        return new(StringComparer.Ordinal) { ["Storage"] = $"sqlite:{In("first.db")}", ["KeyEncryptionKey"] = otherKey };
    }

    private string Newer()
    {
        var path = In("newer.db");
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={path};Pooling=false");
        connection.Open();
        using var create = connection.CreateCommand();
        create.CommandText =
            "CREATE TABLE schema_versions (name TEXT NOT NULL PRIMARY KEY); INSERT INTO schema_versions VALUES ('9999_of_tomorrow')";
        create.ExecuteNonQuery();
        return path;
    }

    private string In(string name) => Path.Combine(folder.FullName, name);

    private string File(string name, string content)
    {
        System.IO.File.WriteAllText(In(name), content);
        return In(name);
    }

    private static (string Certificate, string Key) NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private int PortInUse()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        listeners.Add(listener);
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
