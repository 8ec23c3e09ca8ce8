using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Latchkey.Server.Network;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A stranger has a host with a certificate and a name server of his own, and names it as the host of a metadata document. No fetch may
/// reach another address than the checked one of that host, and none may occupy what other requests need.
/// </summary>
public sealed class Hostile_hosts_of_documents
{
    private static readonly IPAddress Public = IPAddress.Parse("9.9.9.9");

    /// <summary>
    /// Where the chain is incomplete, the system downloads the certificate of the issuer from the URL in the certificate, whatever its
    /// address: a request to any host inside the operator's network (SSRF), which no allowance counts.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_URL_in_the_certificate_of_a_document_host_is_not_requested(bool hasExtraAuthority)
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var requests = 0;
        var counting = CountAsync();
        using var certificate = CertificateWithIssuerAt($"http://127.0.0.1:{((IPEndPoint)inside.LocalEndpoint).Port}/issuer.crt");
        using var hostile = new TcpListener(IPAddress.Loopback, 0);
        hostile.Start();
        var serving = ServeAsync(hostile, certificate);
        var folder = Directory.CreateTempSubdirectory("lktest").FullName;
        var authority = Path.Combine(folder, "ca.pem");
        await File.WriteAllTextAsync(authority, CertificateWithIssuerAt("http://127.0.0.1:9/x").ExportCertificatePem());
        using var fetcher = new DocumentFetcher(
            new Settings { CimdExtraCa = hasExtraAuthority ? authority : null },
            (_, _) => Task.FromResult<IPAddress[]>([Public]),
            async (_, _, cancellationToken) =>
            {
                var tcp = new TcpClient();
                await tcp.ConnectAsync((IPEndPoint)hostile.LocalEndpoint, cancellationToken);
                return tcp.GetStream();
            });
        Assert.IsType<Fetch.Failed>(
            await fetcher.FetchAsync(new Uri("https://hostile.example/client"), isListed: false, "203.0.113.1", CancellationToken.None));
        inside.Stop();
        hostile.Stop();
        await Task.WhenAll(counting, serving);
        Directory.Delete(folder, recursive: true);
        Assert.Equal(0, requests);

        async Task CountAsync()
        {
            try
            {
                while (true)
                {
                    using var tcp = await inside.AcceptTcpClientAsync();
                    requests++;
                    await tcp.GetStream().WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                }
            }
            catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
            {
                // The test is over.
            }
        }
    }

    /// <summary>
    /// The system's resolver cannot be cancelled and occupies a thread. The fetch ends after five seconds, and its place was free again
    /// while the lookup went on, so that a slow name server occupied more and more threads.
    /// </summary>
    [Fact]
    public async Task A_lookup_that_does_not_end_keeps_its_place_until_it_ends()
    {
        var answer = new TaskCompletionSource<IPAddress[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var fetcher = new DocumentFetcher(
            new Settings(), (_, _) => answer.Task, (_, _, _) => throw new SocketException((int)SocketError.ConnectionRefused));
        var slow = await Task.WhenAll(Enumerable.Range(0, 8).Select(n => FetchAsync(fetcher, n)));
        Assert.All(slow, f => Assert.Contains("did not answer", Assert.IsType<Fetch.Failed>(f).Why, StringComparison.Ordinal));
        Assert.IsType<Fetch.Busy>(await FetchAsync(fetcher, 8));

        answer.SetResult([Public]);
        for (var tries = 0; await FetchAsync(fetcher, 9) is Fetch.Busy; tries++)
        {
            Assert.InRange(tries, 0, 100);
            await Task.Delay(20);
        }
    }

    /// <summary>
    /// A name server that answers after the fetch has ended made this server reserve a connection that nothing released: eight such answers
    /// with the address of a hosting company refused all clients there until the server was restarted.
    /// </summary>
    [Fact]
    public async Task An_answer_of_a_name_server_that_comes_too_late_reserves_nothing()
    {
        var late = Task.Delay(DocumentFetcher.MaxDuration + TimeSpan.FromSeconds(2));
        using var fetcher = new DocumentFetcher(
            new Settings(),
            async (host, _) =>
            {
                if (host.Contains("slow", StringComparison.Ordinal))
                {
                    await late;
                }

                return [Public];
            },
            (_, _, _) => throw new SocketException((int)SocketError.ConnectionRefused));
        await Task.WhenAll(Enumerable.Range(0, 16).Select(n => FetchAsync(fetcher, n, network: n / 4)));
        await late;
        await Task.Delay(200);
        var innocent = await fetcher.FetchAsync(
            new Uri("https://innocent.example/client"), isListed: false, "198.51.100.9", CancellationToken.None);
        Assert.Equal("The host innocent.example cannot be reached.", Assert.IsType<Fetch.Failed>(innocent).Why);
    }

    private static Task<Fetch> FetchAsync(DocumentFetcher fetcher, int host, int network = 0) => fetcher.FetchAsync(
        new Uri($"https://a.slow{host}.example{host}/client"), isListed: false, $"203.0.113.{network}", CancellationToken.None);

    private static async Task ServeAsync(TcpListener listener, X509Certificate2 certificate)
    {
        try
        {
            while (true)
            {
                using var tcp = await listener.AcceptTcpClientAsync();
                await using var tls = new SslStream(tcp.GetStream());
                try
                {
                    await tls.AuthenticateAsServerAsync(certificate);
                    await tls.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"));
                }
                catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
                {
                    // The fetcher does not trust the certificate.
                }
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    /// <summary>A certificate of an issuer that is not sent, with the URL of that issuer (RFC 5280 §4.2.2.1).</summary>
    private static X509Certificate2 CertificateWithIssuerAt(string url)
    {
        using var issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var issuer = new CertificateRequest("CN=Issuer of the attacker", issuerKey, HashAlgorithmName.SHA256);
        issuer.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        using var authority = issuer.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=hostile.example", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("hostile.example");
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509AuthorityInformationAccessExtension(ocspUris: null, caIssuersUris: [url]));
        using var signed = request.Create(authority, now.AddHours(-1), now.AddHours(20), [1, 2, 3, 4]);
        return signed.CopyWithPrivateKey(key);
    }
}
