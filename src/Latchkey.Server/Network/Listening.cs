using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Storage;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Network;

/// <summary>
/// The listen addresses, and the limits of every connection. Every port serves HTTP/1.1 and HTTP/2, including gRPC: with TLS by negotiation
/// (ALPN), without TLS by <see cref="SharedPortTransport"/>.
/// </summary>
internal static class Listening
{
    private const string ListenKey = "Listen";

    // Every connection limit, also in docs/guide/operate.md. Framework defaults are repeated, so that an update cannot change them.
    private const int MaxRequestLineBytes = 32 * 1024;
    private const int MaxHeadersBytes = 64 * 1024;
    private const int MaxHeaders = 100;
    public const long MaxBodyBytes = 256 * 1024;

    /// <summary>Kestrel's default is 1 MiB, which a caller can fill while its request is handled. Headers must have room.</summary>
    private const long MaxUnreadBytes = MaxHeadersBytes;
    private const int MaxHttp2Streams = 200;
    private const int MinBytesPerSecond = 240;
    private const int MaxHttp2FrameBytes = 16 * 1024;
    private const int Http2WindowBytes = 512 * 1024;
    private static readonly TimeSpan MaxHeadersTime = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MaxIdleTime = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan SlowStartTime = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan PingAfterSilence = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan MaxPingTime = TimeSpan.FromSeconds(10);

    public static void Configure(KestrelServerOptions kestrel, Settings settings)
    {
        var certificate = kestrel.ApplicationServices.GetRequiredService<ServerCertificate>();
        kestrel.AddServerHeader = false;
        Limit(kestrel.Limits, settings);
        if (settings.MetricsListen is { } metrics)
        {
            foreach (var address in AddressesOf(new Uri(metrics), metrics))
            {
                kestrel.Listen(address, new Uri(metrics).Port, options => options.Protocols = HttpProtocols.Http1);
            }
        }

        foreach (var url in Urls(settings))
        {
            if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            {
                throw new UnusableSetting(
                    $"Listen holds '{url}'; it must be http://address:port or https://address:port, several separated by ';'.");
            }

            foreach (var address in AddressesOf(uri, url))
            {
                if (uri.Scheme == "https")
                {
                    kestrel.Listen(address, uri.Port, options => options.UseHttps(certificate.Serve()));
                    continue;
                }

                foreach (var protocol in new[] { HttpProtocols.Http1, HttpProtocols.Http2 })
                {
                    kestrel.Listen(new SharedPortEndPoint(address, uri.Port, protocol), options => options.Protocols = protocol);
                }
            }
        }
    }

    /// <summary>
    /// Reads the certificate and binds each address once, before the host starts: what fails here is a sentence, while the host would log a
    /// stack trace.
    /// </summary>
    /// <exception cref="UnusableSetting">An address or the certificate cannot be used.</exception>
    public static void Verify(IServiceProvider services, Settings settings)
    {
        _ = services.GetRequiredService<IOptions<KestrelServerOptions>>().Value;
        foreach (var url in Urls(settings).Concat(settings.MetricsListen is { } metrics ? [metrics] : []))
        {
            var uri = new Uri(url);
            foreach (var endpoint in AddressesOf(uri, url).Select(address => new IPEndPoint(address, uri.Port)))
            {
                try
                {
                    using var probe = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
                    probe.Bind(endpoint);
                    probe.Listen();
                }
                catch (SocketException refused)
                {
                    throw Refused(refused, endpoint, settings, url == settings.MetricsListen ? "Metrics:Listen" : ListenKey);
                }
            }
        }
    }

    public static UnusableSetting Refused(
        SocketException refused, IPEndPoint address, Settings settings, string setting = ListenKey)
    {
        var by = setting != ListenKey || settings.Listen.Count > 0 ? setting : "BaseUrl, as Listen is not set,";
        return new(refused.SocketErrorCode switch
        {
            SocketError.AddressAlreadyInUse =>
                $"{by} needs the address {address}, which another program uses. Stop that program or set {setting} to another port.",
            SocketError.AddressNotAvailable =>
                $"{by} needs the address {address}, which is not one of this machine. Set {setting} to one of its addresses or to 0.0.0.0.",
            SocketError.AccessDenied =>
                $"{by} needs the address {address}, which the user {Environment.UserName} may not use. Set {setting} to a port above 1023.",
            _ => $"{by} needs the address {address}, which cannot be used: {refused.Message}. Set {setting} to another address.",
        });
    }

    private static void Limit(KestrelServerLimits limits, Settings settings)
    {
        limits.MaxRequestLineSize = MaxRequestLineBytes;
        limits.MaxRequestHeadersTotalSize = MaxHeadersBytes;
        limits.MaxRequestHeaderCount = MaxHeaders;
        limits.MaxRequestBodySize = MaxBodyBytes;
        limits.MaxRequestBufferSize = MaxUnreadBytes;
        limits.MaxConcurrentConnections = settings.MaxConnections;
        limits.RequestHeadersTimeout = MaxHeadersTime;
        limits.KeepAliveTimeout = MaxIdleTime;
        limits.MinRequestBodyDataRate = new(MinBytesPerSecond, SlowStartTime);
        limits.MinResponseDataRate = new(MinBytesPerSecond, SlowStartTime);
        limits.Http2.MaxStreamsPerConnection = MaxHttp2Streams;
        limits.Http2.MaxRequestHeaderFieldSize = MaxRequestLineBytes;
        limits.Http2.MaxFrameSize = MaxHttp2FrameBytes;
        limits.Http2.InitialConnectionWindowSize = Http2WindowBytes;
        limits.Http2.InitialStreamWindowSize = (int)MaxBodyBytes;
        limits.Http2.KeepAlivePingDelay = PingAfterSilence;
        limits.Http2.KeepAlivePingTimeout = MaxPingTime;
    }

    private static IEnumerable<IPAddress> AddressesOf(Uri uri, string url)
    {
        if (uri.Host != "localhost")
        {
            return IPAddress.TryParse(uri.Host.Trim('[', ']'), out var address)
                ? [address]
                : throw new UnusableSetting(
                    $"Listen holds '{url}'; it must be an IP address of this machine, or 0.0.0.0 for all addresses.");
        }

        return HasIPv6Loopback() ? [IPAddress.Loopback, IPAddress.IPv6Loopback] : [IPAddress.Loopback];
    }

    /// <summary>A system may support IPv6 without an IPv6 address (containers). Then localhost is only 127.0.0.1.</summary>
    private static bool HasIPv6Loopback()
    {
        if (!Socket.OSSupportsIPv6)
        {
            return false;
        }

        try
        {
            using var probe = new Socket(AddressFamily.InterNetworkV6, SocketType.Stream, ProtocolType.Tcp);
            probe.Bind(new IPEndPoint(IPAddress.IPv6Loopback, 0));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>127.0.0.1 and [::1] at the base URL's port by default. Behind a proxy that port differs: set Listen.</summary>
    private static IReadOnlyList<string> Urls(Settings settings) =>
        settings.Listen.Count > 0 ? settings.Listen : [$"{new Uri(settings.BaseUrl).Scheme}://localhost:{new Uri(settings.BaseUrl).Port}"];
}
