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
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var resolutions = 0;
        using var fetcher = new DocumentFetcher(new Settings(), (_, _) =>
            Task.FromResult<IPAddress[]>([Interlocked.Increment(ref resolutions) == 1 ? Public : IPAddress.Loopback]));
        var fetched = await fetcher.FetchAsync(
            new Uri($"https://rebinding.example:{((IPEndPoint)inside.LocalEndpoint).Port}/client.json"),
            isKnown: false,
            CancellationToken.None);

        Assert.DoesNotContain("public address", Assert.IsType<Fetch.Failed>(fetched).Why, StringComparison.Ordinal);
        Assert.Equal(1, resolutions);
        Assert.False(inside.Pending(), "the address of the second resolution was connected to");
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
            await fetcher.FetchAsync(new Uri("https://inside.example/client.json"), isKnown: false, CancellationToken.None));
        Assert.Equal("The host inside.example does not resolve to public addresses only.", failed.Why);
    }
}
