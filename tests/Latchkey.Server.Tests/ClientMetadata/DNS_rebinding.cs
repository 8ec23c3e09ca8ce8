using System.Net;
using System.Net.Sockets;
using Latchkey.Server.Network;

namespace Latchkey.Server.Tests.ClientMetadata;

/// <summary>DNS rebinding: a name that resolves to a public address when it is checked and to this machine a moment later.</summary>
public sealed class DNS_rebinding
{
    /// <summary>A public address. It need not be reachable from here: the test only shows that no other address is tried.</summary>
    private static readonly IPAddress Public = IPAddress.Parse("1.1.1.1");

    [Fact]
    public async Task A_host_is_resolved_once_and_only_that_address_is_connected_to()
    {
        var resolutions = 0;
        var dialled = new List<IPEndPoint>();
        using var fetcher = new DocumentFetcher(
            new Settings(),
            (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref resolutions) == 1 ? Public : IPAddress.Loopback]),
            (addresses, port, _) =>
            {
                dialled.AddRange(addresses.Select(a => new IPEndPoint(a, port)));
                throw new SocketException((int)SocketError.ConnectionRefused);
            });
        var fetched = await FetchAsync(fetcher, "https://rebinding.example/client.json");

        Assert.DoesNotContain("public address", Assert.IsType<Fetch.Failed>(fetched).Why, StringComparison.Ordinal);
        Assert.Equal(1, resolutions);
        Assert.Equal(new IPEndPoint(Public, 443), Assert.Single(dialled));
    }

    /// <summary>Port scan: the page would tell which ports of a public host answer this server.</summary>
    [Theory]
    [InlineData("https://open.example:22/a", false)]
    [InlineData("https://open.example:8443/a", false)]
    [InlineData("https://open.example:444/a", false)]
    [InlineData("https://open.example/a", true)]
    [InlineData("https://mapped.example:8443/a", true)]
    [InlineData("https://mapped.example:8444/a", false)]
    public async Task Only_port_443_and_ports_of_the_host_map_are_connected_to(string url, bool isDialled)
    {
        var dialled = 0;
        var resolutions = 0;
        using var fetcher = new DocumentFetcher(
            new Settings { CimdHostMap = "mapped.example:8443=127.0.0.1:9" },
            (_, _) =>
            {
                resolutions++;
                return Task.FromResult<IPAddress[]>([Public]);
            },
            (_, _, _) =>
            {
                dialled++;
                throw new SocketException((int)SocketError.ConnectionRefused);
            });
        Assert.IsType<Fetch.Failed>(await FetchAsync(fetcher, url));

        Assert.Equal(isDialled ? 1 : 0, dialled);
        Assert.True(isDialled || resolutions == 0, "the name was resolved");
    }

    /// <summary>A stranger with many hosts parks the lane of unlisted clients of one network;
    /// others and listed clients are not delayed.</summary>
    [Fact]
    public async Task Fetches_that_one_network_causes_do_not_use_up_the_lane_of_others()
    {
        // Each host has an address of its own, because the fetches from one address are limited too.
        var hosts = 0;
        var answer = new TaskCompletionSource<Stream>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var fetcher = new DocumentFetcher(
            new Settings(), (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse($"9.9.9.{Interlocked.Increment(ref hosts)}")]),
            (_, _, _) => answer.Task);
        var parked = Enumerable.Range(0, 20).Select(n => FetchAsync(fetcher, $"https://host{n}.slow{n}.example{n}/a")).ToList();
        Assert.Equal(12, parked.Count(f => f is { IsCompleted: true, Result: Fetch.Busy }));

        var other = FetchAsync(fetcher, "https://innocent.example/a", network: "198.51.100.7");
        var listed = FetchAsync(fetcher, "https://listed.example/a", isListed: true);
        Assert.False(other.IsCompleted || listed.IsCompleted, "was refused as busy");
        answer.SetException(new SocketException((int)SocketError.ConnectionRefused));
        Assert.All(await Task.WhenAll([.. parked, other, listed]), f => Assert.True(f is Fetch.Busy or Fetch.Failed));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("1.1.1.1", "127.0.0.1")]
    [InlineData("1.1.1.1", "169.254.169.254")]
    [InlineData("10.1.2.3")]
    [InlineData("172.16.0.1")]
    [InlineData("192.168.1.1")]
    [InlineData("169.254.169.254")]
    [InlineData("100.64.0.1")]
    [InlineData("0.0.0.0")]
    [InlineData("224.0.0.1")]
    [InlineData("240.0.0.1")]
    [InlineData("::1")]
    [InlineData("fe80::1")]
    [InlineData("fc00::1")]
    [InlineData("ff02::1")]
    [InlineData("::ffff:127.0.0.1")]
    [InlineData("::ffff:10.0.0.1")]
    [InlineData("64:ff9b::7f00:1")]
    [InlineData("64:ff9b:1::a00:1")]
    public async Task A_host_with_any_address_that_is_not_public_is_not_connected_to(params string[] addresses)
    {
        using var fetcher = new DocumentFetcher(new Settings(), (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        var failed = Assert.IsType<Fetch.Failed>(
            await FetchAsync(fetcher, "https://inside.example/client.json"));
        Assert.Equal("The host inside.example does not resolve to public addresses only.", failed.Why);
    }

    private static Task<Fetch> FetchAsync(DocumentFetcher fetcher, string url, bool isListed = false, string network = "203.0.113.1") =>
        fetcher.FetchAsync(new Uri(url), isListed, network, CancellationToken.None);
}
