using System.Diagnostics;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Numerics;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Latchkey.Server.Network;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A stranger has a host with any certificate, and names it as the host of a metadata document. Validating the certificate must reach no
/// other host, accept no certificate that is not for a server, and cost no more than its allowance.
/// </summary>
public sealed class Certificates_of_document_hosts : IDisposable
{
    private const string Host = "hostile.example";
    private const string ServerUse = "1.3.6.1.5.5.7.3.1";
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    private static int authorities;

    private int received;

    private readonly string folder = Directory.CreateTempSubdirectory("lktest").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>
    /// Where the chain is incomplete, the system downloads the certificate of the issuer from the URL in the certificate, whatever its
    /// address: a request to any host inside the operator's network (SSRF), which no allowance counts. The first row shows that a client
    /// with the defaults does so.
    /// </summary>
    [Theory]
    [InlineData("defaults", true)]
    [InlineData("fetcher", false)]
    [InlineData("fetcher with an extra authority", false)]
    public async Task A_URL_in_the_certificate_of_a_document_host_is_not_requested(string client, bool isRequested)
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var requests = 0;
        var counting = CountAsync();
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority();
        using var certificate = Signed(
            authority, key, new X509AuthorityInformationAccessExtension(
                ocspUris: null, caIssuersUris: [$"http://127.0.0.1:{((IPEndPoint)inside.LocalEndpoint).Port}/issuer.crt"]));
        using var hostile = new TcpListener(IPAddress.Loopback, 0);
        hostile.Start();
        var serving = ServeAsync(hostile, certificate);
        if (client == "defaults")
        {
            using var tcp = await ConnectAsync(hostile);
            await using var tls = new SslStream(tcp);
            await Assert.ThrowsAnyAsync<Exception>(() => tls.AuthenticateAsClientAsync(Host));
        }
        else
        {
            using var another = Authority();
            using var fetcher = Fetcher(hostile, client == "fetcher" ? null : another);
            Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher));
        }

        inside.Stop();
        hostile.Stop();
        await Task.WhenAll(counting, serving);
        Assert.Equal(isRequested, requests > 0);

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
            catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
            {
                // The test is over.
            }
        }
    }

    /// <summary>An authority of the operator also issues certificates of people and devices, which do not speak for a host.</summary>
    [Theory]
    [InlineData(null, true)]
    [InlineData(ServerUse, true)]
    [InlineData(ClientUse, false)]
    public async Task A_certificate_of_an_extra_authority_is_accepted_for_servers_only(string? use, bool isAccepted)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority();
        using var certificate = Signed(
            authority, key, use is null ? null : new X509EnhancedKeyUsageExtension([new Oid(use)], critical: false));
        using var hostile = new TcpListener(IPAddress.Loopback, 0);
        hostile.Start();
        var serving = ServeAsync(hostile, certificate);
        using var fetcher = Fetcher(hostile, authority);
        var why = Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher)).Why;
        hostile.Stop();
        await serving;
        Assert.Contains(isAccepted ? "status 404" : "certificate", why, StringComparison.Ordinal);
    }

    /// <summary>
    /// A handshake has room for 70 certificates with keys whose exponent is as long as their modulus. Verifying them took half a second of
    /// CPU time, and one network can cause 300 fetches per minute.
    /// </summary>
    [Theory]
    [InlineData(5, false)]
    [InlineData(60, true)]
    public async Task Certificates_of_a_handshake_are_read_up_to_a_limit(int certificates, bool isExpensive)
    {
        using var key = isExpensive ? ExpensiveKey() : RSA.Create(4096);
        var chain = Chain(key, certificates);
        using var hostile = new TcpListener(IPAddress.Loopback, 0);
        hostile.Start();
        var serving = ServeAsync(hostile, chain[^1], [.. chain.SkipLast(1)]);
        using var fetcher = Fetcher(hostile, chain[0]);
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        var failed = Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher));
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{failed.Why} {(Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds:0} ms of CPU, {received} bytes");
        hostile.Stop();
        await serving;
        Assert.Equal(!isExpensive, failed.IsSecured);
        Assert.Contains(isExpensive ? "certificate" : "status 404", failed.Why, StringComparison.Ordinal);
        const int OneRead = 32 * 1024;
        Assert.InRange(received, 1, HandshakeStream.MaxBytes + OneRead);
    }

    /// <summary>
    /// With TLS 1.2 a host could begin another handshake after each one, with other certificates, outside all limits.
    /// </summary>
    [Fact]
    public async Task A_host_cannot_begin_a_second_handshake()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = Authority();
        using var certificate = Signed(authority, key, extension: null);
        using var hostile = new TcpListener(IPAddress.Loopback, 0);
        hostile.Start();
        var serving = ServeAsync(hostile, certificate, negotiatesAgain: true);
        using var fetcher = Fetcher(hostile, authority);
        var failed = Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher));
        hostile.Stop();
        await serving;
        Assert.DoesNotContain("404", failed.Why, StringComparison.Ordinal);
    }

    private static List<X509Certificate2> Chain(RSA key, int certificates)
    {
        var chain = new List<X509Certificate2>();
        var now = TimeProvider.System.GetUtcNow();
        for (var i = 0; i < certificates; i++)
        {
            var isLeaf = i == certificates - 1;
            var request = new CertificateRequest(
                isLeaf ? $"CN={Host}" : $"CN={i}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(!isLeaf, false, 0, critical: true));
            if (isLeaf)
            {
                var names = new SubjectAlternativeNameBuilder();
                names.AddDnsName(Host);
                request.CertificateExtensions.Add(names.Build());
            }

            using var signed = i == 0
                ? request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1))
                : request.Create(chain[^1], now.AddHours(-1), now.AddHours(1), [1, (byte)i]);
            using var whole = signed.HasPrivateKey ? new X509Certificate2(signed) : signed.CopyWithPrivateKey(key);
            chain.Add(X509CertificateLoader.LoadPkcs12(whole.Export(X509ContentType.Pkcs12), password: null));
        }

        return chain;
    }

    private DocumentFetcher Fetcher(TcpListener hostile, X509Certificate2? extra)
    {
        string? file = null;
        if (extra is not null)
        {
            file = Path.Combine(folder, "ca.pem");
            File.WriteAllText(file, extra.ExportCertificatePem());
        }

        return new(
            new Settings { CimdExtraCa = file }, (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse("9.9.9.9")]),
            async (_, _, _) => await ConnectAsync(hostile, read => received += read));
    }

    private static Task<Fetch> FetchAsync(DocumentFetcher fetcher) =>
        fetcher.FetchAsync(new Uri($"https://{Host}/client"), isListed: false, "203.0.113.1", CancellationToken.None);

    private static async Task<Stream> ConnectAsync(TcpListener listener, Action<int>? onRead = null)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(listener.LocalEndpoint);
        return new Counting(socket, onRead);
    }

    private static async Task ServeAsync(
        TcpListener listener, X509Certificate2 certificate, X509Certificate2Collection? chain = null, bool negotiatesAgain = false)
    {
        try
        {
            // Offline, because the system would download the issuer for this side of the connection, too.
            var context = SslStreamCertificateContext.Create(certificate, chain, offline: true);
            while (true)
            {
                using var tcp = await listener.AcceptTcpClientAsync();
                await using var tls = new SslStream(tcp.GetStream());
                try
                {
                    await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions
                    {
                        ServerCertificateContext = context,
                        EnabledSslProtocols = negotiatesAgain ? SslProtocols.Tls12 : SslProtocols.None,
                    });
                    if (negotiatesAgain && OperatingSystem.IsLinux())
                    {
                        _ = await tls.ReadAsync(new byte[4096]);
                        await tls.NegotiateClientCertificateAsync();
                    }

                    await tls.WriteAsync("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"u8.ToArray());
                }
                catch (Exception refused) when (refused is IOException or AuthenticationException or InvalidOperationException)
                {
                    // The fetcher does not trust the certificate.
                }
            }
        }
        catch (Exception stopped) when (stopped is SocketException or InvalidOperationException)
        {
            // The test is over.
        }
    }

    private static X509Certificate2 Authority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN=Authority {Interlocked.Increment(ref authorities)}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(
            certificateAuthority: true, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
    }

    private static X509Certificate2 Signed(X509Certificate2 authority, ECDsa key, X509Extension? extension)
    {
        var request = new CertificateRequest($"CN={Host}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(Host);
        request.CertificateExtensions.Add(names.Build());
        if (extension is not null)
        {
            request.CertificateExtensions.Add(extension);
        }

        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.Create(authority, now.AddHours(-1), now.AddHours(20), [1, 2, 3, 4]);
        return signed.CopyWithPrivateKey(key);
    }

    /// <summary>A key of 3,072 bits with an exponent of 3,071 bits.</summary>
    private static RSA ExpensiveKey()
    {
        const int Bytes = 384;
        using var usual = RSA.Create(Bytes * 8);
        var parameters = usual.ExportParameters(includePrivateParameters: true);
        var (p, q) = (Number(parameters.P!), Number(parameters.Q!));
        var phi = (p - 1) * (q - 1);
        var e = (phi >> 1) - 1;
        while (!BigInteger.GreatestCommonDivisor(e, phi).IsOne)
        {
            e--;
        }

        var d = Inverse(e, phi);
        var key = RSA.Create();
        key.ImportParameters(parameters with
        {
            Exponent = Bytesof(e, 0),
            D = Bytesof(d, Bytes),
            DP = Bytesof(d % (p - 1), Bytes / 2),
            DQ = Bytesof(d % (q - 1), Bytes / 2),
        });
        return key;

        static BigInteger Number(byte[] bytes) => new(bytes, isUnsigned: true, isBigEndian: true);

        static byte[] Bytesof(BigInteger number, int length)
        {
            var bytes = number.ToByteArray(isUnsigned: true, isBigEndian: true);
            return [.. new byte[Math.Max(0, length - bytes.Length)], .. bytes];
        }
    }

    private static BigInteger Inverse(BigInteger number, BigInteger modulus)
    {
        var (r, newR, t, newT) = (modulus, number, BigInteger.Zero, BigInteger.One);
        while (!newR.IsZero)
        {
            var quotient = r / newR;
            (r, newR, t, newT) = (newR, r - (quotient * newR), newT, t - (quotient * newT));
        }

        return t.Sign < 0 ? t + modulus : t;
    }

    private sealed class Counting(Socket socket, Action<int>? onRead) : NetworkStream(socket, ownsSocket: true)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await base.ReadAsync(buffer, cancellationToken);
            onRead?.Invoke(read);
            return read;
        }
    }
}
