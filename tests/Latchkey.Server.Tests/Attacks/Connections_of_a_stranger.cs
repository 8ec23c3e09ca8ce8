using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A host that accepts few connections.</summary>
public sealed class WithFewConnections : LatchkeyHost
{
    public const int Limit = 200;
    public const string Proxy = "127.0.0.4";

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { MaxConnections = Limit, TrustedProxies = NetworkList.Parse(Proxy, out _)! });
}

/// <summary>A host on HTTPS that accepts few connections.</summary>
public sealed class OverTlsWithFewConnections : OverTls
{
    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { MaxConnections = WithFewConnections.Limit });
}

/// <summary>
/// A stranger opens connections and sends a request over each now and then, which costs nothing. Kestrel limits the connections of all
/// callers together, so the stranger would keep out everyone else.
/// </summary>
public sealed class Connections_of_a_stranger(WithFewConnections clear, OverTlsWithFewConnections tls)
    : IClassFixture<WithFewConnections>, IClassFixture<OverTlsWithFewConnections>
{
    private const string Stranger = "127.0.0.2";

    [Theory]
    [InlineData("HTTP/1.1")]
    [InlineData("HTTP/2")]
    [InlineData("silent")]
    [InlineData("TLS")]
    [InlineData("TLS without a handshake")]
    public async Task Connections_of_one_network_leave_room_for_those_of_others(string kind)
    {
        LatchkeyHost host = kind.StartsWith("TLS", StringComparison.Ordinal) ? tls : clear;
        var connections = new List<Stream>();
        try
        {
            for (var i = 0; i < WithFewConnections.Limit + 20; i++)
            {
                connections.Add(await OpenAsync(host, kind, Stranger));
            }

            using var innocent = host.ComingFrom("127.0.0.3");
            using var answer = await innocent.GetAsync("/keys");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            var closed = connections.Select(c => ClosedAsync(c, kind)).ToList();
            await Task.WhenAny(closed[0], Task.Delay(TimeSpan.FromSeconds(5)));
            await Task.Delay(200);
            Assert.InRange(closed.Count(c => c is { IsCompleted: true, Result: true }), WithFewConnections.Limit / 2, connections.Count);
            Assert.False(closed[^1].IsCompleted, "the newest connection was closed");
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    /// <summary>A proxy carries the requests of many networks over its connections.</summary>
    [Fact]
    public async Task Connections_of_a_trusted_proxy_are_not_closed()
    {
        var connections = new List<Stream>();
        try
        {
            for (var i = 0; i < WithFewConnections.Limit - 20; i++)
            {
                connections.Add(await OpenAsync(clear, "HTTP/1.1", WithFewConnections.Proxy));
            }

            var closed = connections.Select(c => ClosedAsync(c, "HTTP/1.1")).ToList();
            await Task.Delay(200);
            Assert.All(closed, c => Assert.False(c.IsCompleted));
        }
        finally
        {
            connections.ForEach(c => c.Dispose());
        }
    }

    private static async Task<Stream> OpenAsync(LatchkeyHost host, string kind, string from)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(IPAddress.Loopback, new Uri(host.Address).Port);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            if (kind == "TLS")
            {
                var secure = new SslStream(stream);
                await secure.AuthenticateAsClientAsync(new SslClientAuthenticationOptions
                {
                    TargetHost = "localhost",
                    CertificateChainPolicy = ((OverTls)host).Trust(),
                });
                stream = secure;
            }

            if (kind is "HTTP/1.1" or "TLS")
            {
                await stream.WriteAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray());
                Assert.NotEqual(0, await stream.ReadAtLeastAsync(new byte[64], 64, throwOnEndOfStream: false));
            }
            else if (kind == "HTTP/2")
            {
                await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0"u8.ToArray());
                Assert.NotEqual(0, await stream.ReadAtLeastAsync(new byte[9], 9, throwOnEndOfStream: false));
            }
        }
        catch (Exception refused) when (refused is IOException or System.Security.Authentication.AuthenticationException)
        {
            // The server closed it.
        }

        return stream;
    }

    /// <summary>Reads until the end. HTTP/2 sends pings.</summary>
    private static async Task<bool> ClosedAsync(Stream connection, string kind)
    {
        try
        {
            if (kind == "TLS" && connection is not SslStream { IsAuthenticated: true })
            {
                return true;
            }

            var buffer = new byte[4096];
            while (await connection.ReadAsync(buffer) > 0)
            {
                // The rest of the answer.
            }
        }
        catch (Exception closed) when (closed is IOException or ObjectDisposedException)
        {
            // A reset.
        }

        return true;
    }
}
