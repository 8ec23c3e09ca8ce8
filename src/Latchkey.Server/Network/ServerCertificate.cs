using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Latchkey.Server.Network;

/// <summary>
/// The TLS certificate of this server. Its files are read again when their content changes (<see cref="WatchAsync"/>), because
/// certificates are renewed while the server runs: 1. certificate, chain and key are read as one pair; 2. a pair that does not fit, or
/// that is written only in part, is reported once, and the former certificate stays in use; 3. new connections get the new certificate,
/// open ones keep theirs.
/// </summary>
/// <remarks>
/// The content is compared, not the time or the inode: a renewal may replace the files, write into them, or change a symbolic link in their
/// path (certbot, Kubernetes), and file notifications do not exist on every file system.
/// </remarks>
internal sealed partial class ServerCertificate(Settings settings, TimeProvider clock, ILogger<ServerCertificate> logger)
{
    /// <summary>The name of <see cref="WatchAsync"/> in logs and metrics.</summary>
    public const string Loop = "certificate reload";

    private const int MaxFileBytes = 1024 * 1024;
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Lock reading = new();
    private (string Certificate, string Key) files;
    private volatile Loaded? loaded;

    /// <summary>The last pair that could not be used, and how often it was read.</summary>
    private (string Hash, int Times) unusable = ("", 0);

    /// <summary>The time after which clients reject the certificate. Null when no address serves TLS.</summary>
    public DateTimeOffset? ExpiresAt => loaded?.ExpiresAt;

    /// <summary>True when the files differ from the certificate in use and cannot be used.</summary>
    public bool HasUnusableFiles => unusable.Times > 1;

    /// <summary>Reads the certificate before the first connection.</summary>
    /// <exception cref="UnusableSetting">There is no certificate, or it cannot be used.</exception>
    public TlsHandshakeCallbackOptions Serve()
    {
        loaded ??= Read();
        return new() { OnConnection = _ => ValueTask.FromResult(loaded!.Options) };
    }

    /// <summary>Reads the files again. Does nothing when they have not changed, or when no address serves TLS.</summary>
    public void Reload()
    {
        lock (reading)
        {
            if (loaded is not { } current)
            {
                return;
            }

            try
            {
                var pair = ReadFiles(files);
                if (pair.Hash == current.Hash)
                {
                    unusable = ("", 0);
                }
                else if (pair.Hash != unusable.Hash || !HasUnusableFiles)
                {
                    // The former certificate is not disposed: handshakes that have begun use it.
                    loaded = Use(pair);
                    unusable = ("", 0);
                    Replaced(logger, loaded.ExpiresAt);
                }
            }
            catch (UnusablePair problem)
            {
                // Two files cannot be replaced at once: the first time may be the moment between them.
                var isReported = HasUnusableFiles && problem.Hash == unusable.Hash;
                unusable = (problem.Hash, problem.Hash == unusable.Hash ? 2 : 1);
                if (HasUnusableFiles && !isReported)
                {
                    Kept(logger, current.ExpiresAt, problem.Message);
                }
            }
        }
    }

    /// <summary>Looks for changed files every few seconds. SIGHUP looks at once.</summary>
    public async Task WatchAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stop);
            Reload();
        }
    }

    private Loaded Read()
    {
        try
        {
            files = Files();
            return Use(ReadFiles(files));
        }
        catch (UnusablePair problem)
        {
            throw new UnusableSetting($"Tls:CertificateFile or Tls:KeyFile cannot be used: {problem.Message}");
        }
    }

    private (string Certificate, string Key) Files() => settings switch
    {
        { TlsCertificateFile: { } certificate, TlsKeyFile: { } key } => (certificate, key),
        { IsLoopback: true } => FilesOf(DevCertificate.FindOrCreate(settings.DataDirectory, clock.GetUtcNow())),
        _ => throw new UnusableSetting("Listening on https needs Tls:CertificateFile and Tls:KeyFile (PEM). "
            + "For localhost, use the development certificate: latchkey dev-cert."),
    };

    private static (string Certificate, string Key) FilesOf(DevCertificate own) => (own.CertificateFile, own.KeyFile);

    private static Pair ReadFiles((string Certificate, string Key) files) => new(ReadFile(files.Certificate), ReadFile(files.Key));

    private static string ReadFile(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            return file.Length <= MaxFileBytes
                ? new StreamReader(file).ReadToEnd()
                : throw new UnusablePair(path, $"{path} is larger than {MaxFileBytes} bytes, which no certificate is.");
        }
        catch (Exception problem) when (problem is not UnusablePair)
        {
            throw new UnusablePair(problem.Message, problem.Message);
        }
    }

    private static Loaded Use(Pair pair)
    {
        try
        {
            // The file's chain is sent too, because clients need the intermediates.
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(pair.Certificate);
            var certificate = DevCertificate.LoadText(pair.Certificate, pair.Key);
            var options = new SslServerAuthenticationOptions
            {
                ServerCertificateContext = SslStreamCertificateContext.Create(certificate, chain, offline: true),
                ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11],
            };
            return new(pair.Hash, options, new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero));
        }
        catch (Exception problem)
        {
            // Whatever is wrong with a new pair, the former one stays in use.
            throw new UnusablePair(pair.Hash, problem.Message);
        }
    }

    private sealed record Loaded(string Hash, SslServerAuthenticationOptions Options, DateTimeOffset ExpiresAt);

    private sealed record Pair(string Certificate, string Key)
    {
        public string Hash { get; } = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{Certificate}\0{Key}")));
    }

    /// <param name="hash">Identifies the content of the files, so that each content is reported once.</param>
    private sealed class UnusablePair(string hash, string message) : Exception(message)
    {
        public string Hash => hash;
    }

    [LoggerMessage(1411, LogLevel.Information, "The TLS certificate was replaced; the new one is valid until {ExpiresAt}")]
    private static partial void Replaced(ILogger logger, DateTimeOffset expiresAt);

    [LoggerMessage(
        1412, LogLevel.Error,
        "The changed files of the TLS certificate cannot be used; the former certificate stays in use until it expires at {ExpiresAt}: "
        + "{Reason}")]
    private static partial void Kept(ILogger logger, DateTimeOffset expiresAt, string reason);
}
