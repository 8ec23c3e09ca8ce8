using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Network;

/// <summary>A host on HTTPS with certificate files that the test renews.</summary>
public sealed class WithCertificateFiles : LatchkeyHost
{
    protected override string Scheme => "https";

    internal PemFiles Files => new(Path.Combine(DataDirectory, "tls"));

    /// <summary>A folder in the form of a Kubernetes volume: the files are links through a link that is swapped.</summary>
    public string Volume => DataDirectory;

    public override SocketsHttpHandler NewHandler()
    {
        var handler = base.NewHandler();
#pragma warning disable CA5359, MA0039 // the tests look at the certificate themselves
        handler.SslOptions.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359, MA0039
        return handler;
    }

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings)
    {
        Files.Write(PemFiles.New("first"));
        return Task.FromResult(settings with { TlsCertificateFile = Files.CertificateFile, TlsKeyFile = Files.KeyFile });
    }
}

/// <summary>
/// certbot and cert-manager replace the certificate while the server runs. New connections get the new one without a restart; a pair that
/// does not fit together changes nothing.
/// </summary>
public sealed class TLS_certificate_renewal(WithCertificateFiles host) : IClassFixture<WithCertificateFiles>
{
    private ServerCertificate Certificate => host.Services.GetRequiredService<ServerCertificate>();

    [Fact]
    public async Task Replaced_files_are_served_within_seconds_without_a_restart()
    {
        host.Files.Replace(PemFiles.New("renewed"));
        await Eventually.TrueAsync(async () => await ServedAsync() == "CN=renewed", "the old certificate is still served");
    }

    [Fact]
    public async Task Files_that_are_written_in_place_are_served()
    {
        host.Files.Write(PemFiles.New("in place"));
        Certificate.Reload();
        Assert.Equal("CN=in place", await ServedAsync());
    }

    [Fact]
    public async Task A_swapped_symbolic_link_is_followed()
    {
        var (first, second) = (new PemFiles(Path.Combine(host.Volume, "..2026_11")), new PemFiles(Path.Combine(host.Volume, "..2026_12")));
        first.Write(PemFiles.New("first volume"));
        second.Write(PemFiles.New("second volume"));
        var data = Path.Combine(host.Volume, "..data");
        Directory.CreateSymbolicLink(data, first.CertificateFile[..^"/tls.crt".Length]);
        File.Delete(host.Files.CertificateFile);
        File.Delete(host.Files.KeyFile);
        File.CreateSymbolicLink(host.Files.CertificateFile, Path.Combine(data, "tls.crt"));
        File.CreateSymbolicLink(host.Files.KeyFile, Path.Combine(data, "tls.key"));
        Certificate.Reload();
        Assert.Equal("CN=first volume", await ServedAsync());

        Directory.CreateSymbolicLink(data + "_tmp", second.CertificateFile[..^"/tls.crt".Length]);
        Directory.Delete(data);
        Directory.Move(data + "_tmp", data);
        Certificate.Reload();
        Assert.Equal("CN=second volume", await ServedAsync());
        File.Delete(host.Files.CertificateFile);
        File.Delete(host.Files.KeyFile);
        Directory.Delete(data);
        host.Files.Write(PemFiles.New("files again"));
    }

    public static TheoryData<string> UnusablePairs =>
        ["certificate of another key", "half a certificate", "half a key", "empty", "missing", "not PEM"];

    [Theory]
    [MemberData(nameof(UnusablePairs))]
    public async Task A_pair_that_does_not_fit_is_reported_once_and_the_former_one_stays(string kind)
    {
        host.Files.Replace(PemFiles.New("good"));
        Certificate.Reload();
        var logs = Logs.Of(host);
        var next = PemFiles.New("next");
        switch (kind)
        {
            case "certificate of another key":
                await File.WriteAllTextAsync(host.Files.CertificateFile, next.Certificate);
                break;
            case "half a certificate":
                await File.WriteAllTextAsync(host.Files.CertificateFile, next.Certificate[..200]);
                break;
            case "half a key":
                await File.WriteAllTextAsync(host.Files.KeyFile, next.Key[..80]);
                break;
            case "empty":
                await File.WriteAllTextAsync(host.Files.CertificateFile, "");
                break;
            case "missing":
                File.Delete(host.Files.KeyFile);
                break;
            default:
                await File.WriteAllTextAsync(host.Files.KeyFile, "nonsense");
                break;
        }

        for (var times = 0; times < 5; times++)
        {
            Certificate.Reload();
        }

        Assert.Equal("CN=good", await ServedAsync());
        Assert.Single(logs.Text.Split('\n'), line => line.Contains("cannot be used", StringComparison.Ordinal));
        Assert.Contains("certificate_not_replaced", await ReadinessAsync(), StringComparison.Ordinal);

        host.Files.Replace(next);
        Certificate.Reload();
        Assert.Equal("CN=next", await ServedAsync());
    }

    [Fact]
    public async Task The_moment_between_the_two_files_is_not_reported()
    {
        host.Files.Replace(PemFiles.New("before"));
        Certificate.Reload();
        var logs = Logs.Of(host);
        var next = PemFiles.New("after");
        await File.WriteAllTextAsync(host.Files.KeyFile, next.Key);
        Certificate.Reload();
        await File.WriteAllTextAsync(host.Files.CertificateFile, next.Certificate);
        Certificate.Reload();

        Assert.Equal("CN=after", await ServedAsync());
        Assert.DoesNotContain("cannot be used", logs.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_open_connection_survives_the_renewal()
    {
        using var client = host.NewClient();
        using (await client.GetAsync("/healthz"))
        {
            host.Files.Replace(PemFiles.New("renewed under a connection"));
            Certificate.Reload();
        }

        using var again = await client.GetAsync("/healthz");
        Assert.True(again.IsSuccessStatusCode);
    }

    [Fact]
    public async Task The_readiness_names_the_time_at_which_the_certificate_expires()
    {
        host.Files.Replace(PemFiles.New("short", TimeSpan.FromDays(3)));
        Certificate.Reload();
        var readiness = await ReadinessAsync();
        Assert.Contains("certificate_expires_soon", readiness, StringComparison.Ordinal);
        var certificate = JsonSerializer.Deserialize<JsonElement>(readiness).GetProperty("checks").EnumerateArray()
            .Single(check => check.GetProperty("name").GetString() == "certificate");
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(certificate.GetProperty("expires_at").GetDateTimeOffset(), now.AddDays(2), now.AddDays(4));

        host.Files.Replace(PemFiles.New("long"));
        Certificate.Reload();
        Assert.DoesNotContain("certificate_expires_soon", await ReadinessAsync(), StringComparison.Ordinal);
    }

    private async Task<string> ReadinessAsync()
    {
        using var response = await host.Anonymous.GetAsync("/readyz");
        Assert.True(response.IsSuccessStatusCode);
        return await response.Content.ReadAsStringAsync();
    }

    /// <summary>The subject of the certificate that a new connection gets.</summary>
    private async Task<string> ServedAsync()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        X509Certificate? served = null;
        await using var tls = new SslStream(new NetworkStream(socket));
        await tls.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
        {
            TargetHost = "localhost",
            EnabledSslProtocols = SslProtocols.None,
            RemoteCertificateValidationCallback = (_, certificate, _, _) =>
            {
                served = certificate;
                return true;
            },
        });
        return served!.Subject;
    }
}
