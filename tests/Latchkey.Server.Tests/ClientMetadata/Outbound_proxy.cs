using System.Net;
using System.Net.Sockets;
using System.Text;
using Latchkey.Server.Network;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>
/// Documents fetched through <c>Cimd:Proxy</c>. SSRF: the proxy may resolve a name in a network of its own, so it is asked for the address
/// that this server has checked, except for hosts that the catalogue or an operator listed.
/// </summary>
public sealed class Outbound_proxy
{
    private const string Established = "HTTP/1.1 200 Connection established\r\n\r\n";
    private static readonly IPAddress Public = IPAddress.Parse("1.1.1.1");

    [Theory]
    [InlineData("1.1.1.1", false, "1.1.1.1:443")]
    [InlineData("2606:4700::1111", false, "[2606:4700::1111]:443")]
    [InlineData("1.1.1.1", true, "client.example:443")]
    public async Task The_proxy_is_asked_for_the_checked_address_and_for_the_name_of_a_listed_host_only(
        string address, bool isListed, string target)
    {
        await using var proxy = new FakeProxy(Established);
        var resolved = new List<string>();
        using var fetcher = NewFetcher(proxy, host =>
        {
            resolved.Add(host);
            return [IPAddress.Parse(address)];
        });

        // The tunnel ends at once, so the fetch fails after the proxy was asked.
        Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher, isListed));
        Assert.StartsWith($"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n", Assert.Single(proxy.Requests), StringComparison.Ordinal);
        string[] resolvedHere = isListed ? [] : ["client.example"];
        Assert.Equal(resolvedHere, resolved);
    }

    [Theory]
    [InlineData("10.1.2.3")]
    [InlineData("169.254.169.254")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task A_host_with_an_address_that_is_not_public_is_not_asked_for(string address)
    {
        await using var proxy = new FakeProxy(Established);
        using var fetcher = NewFetcher(proxy, _ => [Public, IPAddress.Parse(address)]);

        Assert.Equal(
            "The host client.example does not resolve to public addresses only.",
            Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher, isListed: false)).Why);
        Assert.Empty(proxy.Requests);
    }

    [Theory]
    [InlineData("HTTP/1.1 403 Forbidden\r\n\r\n", " and answered 403")]
    [InlineData("HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", " and answered 407")]
    [InlineData("HTTP/2 200\r\n\r\n", "")]
    [InlineData("garbage\r\n\r\n", "")]
    public async Task A_refusal_of_the_proxy_is_named(string answer, string status)
    {
        await using var proxy = new FakeProxy(answer);
        using var fetcher = NewFetcher(proxy, _ => [Public]);

        Assert.Equal(
            $"The proxy of Cimd:Proxy did not open a tunnel to client.example{status}.",
            Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher, isListed: false)).Why);
    }

    [Fact]
    public async Task The_user_and_password_of_the_proxy_go_to_the_proxy_only()
    {
        await using var proxy = new FakeProxy(Established);
        using var fetcher = NewFetcher(proxy, _ => [Public], "http://user:p%40ss@proxy.internal:3128");
        await FetchAsync(fetcher, isListed: false);

        Assert.Contains(
            $"Proxy-Authorization: Basic {Convert.ToBase64String("user:p@ss"u8)}\r\n", Assert.Single(proxy.Requests),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("proxy.internal:3128")]
    [InlineData("socks5://secret:password@proxy.internal:1080")]
    [InlineData("http://secret:password@proxy.internal/path")]
    [InlineData("http://")]
    public void A_proxy_that_is_no_URL_of_an_HTTP_proxy_is_refused_without_repeating_it(string proxy)
    {
        var refused = Assert.Throws<UnusableSetting>(() => new DocumentFetcher(new Settings { CimdProxy = proxy }));

        Assert.StartsWith("Cimd:Proxy must be the URL of an HTTP proxy", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    private static DocumentFetcher NewFetcher(
        FakeProxy proxy, Func<string, IPAddress[]> resolve, string url = "http://proxy.internal:3128") =>
        new(
            new Settings { CimdProxy = url },
            (host, _) => Task.FromResult(host == "proxy.internal" ? [IPAddress.Loopback] : resolve(host)),
            async (addresses, port, stop) =>
            {
                Assert.Equal((IPAddress.Loopback, 3128), (Assert.Single(addresses), port));
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await socket.ConnectAsync(IPAddress.Loopback, proxy.Port, stop);
                return new NetworkStream(socket, ownsSocket: true);
            });

    private static Task<Fetch> FetchAsync(DocumentFetcher fetcher, bool isListed) =>
        fetcher.FetchAsync(new Uri("https://client.example/client.json"), isListed, "203.0.113.1", CancellationToken.None);

    /// <summary>Gives every connection the same answer, and closes it.</summary>
    private sealed class FakeProxy : IAsyncDisposable
    {
        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly Task running;

        public FakeProxy(string answer)
        {
            listener.Start();
            running = RunAsync(answer);
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public List<string> Requests { get; } = [];

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await running;
        }

        private async Task RunAsync(string answer)
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync();
                    var stream = client.GetStream();
                    var head = new StringBuilder();
                    var buffer = new byte[1];
                    while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(buffer) == 1)
                    {
                        head.Append((char)buffer[0]);
                    }

                    Requests.Add(head.ToString());
                    await stream.WriteAsync(Encoding.ASCII.GetBytes(answer));
                }
            }
            catch (Exception over) when (over is SocketException or InvalidOperationException or IOException)
            {
                // The test is over: the listener is stopped while it waits, or before it waits again.
            }
        }
    }
}
