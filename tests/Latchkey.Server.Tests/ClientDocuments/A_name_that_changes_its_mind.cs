using System.Net;
using System.Net.Sockets;
using Latchkey.Server.ClientDocuments;

namespace Latchkey.Server.Tests.ClientDocuments;

/// <summary>DNS rebinding: a name that is harmless when it is looked at and leads into this machine a moment later.</summary>
public sealed class A_name_that_changes_its_mind
{
    /// <summary>One of everybody's; whether it can be reached from here does not matter, only that nothing else is tried in its place.</summary>
    private static readonly IPAddress Public = IPAddress.Parse("1.1.1.1");

    [Fact]
    public async Task Is_asked_for_its_address_once_and_that_one_is_dialled()
    {
        using var inside = new TcpListener(IPAddress.Loopback, 0);
        inside.Start();
        var asked = 0;
        using var fetcher = new DocumentFetcher(new Settings(), (_, _) => Task.FromResult<IPAddress[]>([Interlocked.Increment(ref asked) == 1 ? Public : IPAddress.Loopback]));
        var fetched = await fetcher.FetchAsync(new Uri($"https://rebinding.example:{((IPEndPoint)inside.LocalEndpoint).Port}/client.json"), isKnown: false, CancellationToken.None);

        Assert.DoesNotContain("public address", Assert.IsType<Fetch.Failed>(fetched).Why, StringComparison.Ordinal);
        Assert.Equal(1, asked);
        Assert.False(inside.Pending(), "the address behind the second answer was dialled");
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
    public async Task Is_not_dialled_when_any_of_its_addresses_is_not_public(params string[] addresses)
    {
        using var fetcher = new DocumentFetcher(new Settings(), (_, _) => Task.FromResult(addresses.Select(IPAddress.Parse).ToArray()));
        var failed = Assert.IsType<Fetch.Failed>(await fetcher.FetchAsync(new Uri("https://inside.example/client.json"), isKnown: false, CancellationToken.None));
        Assert.Equal("The host inside.example does not lead to a public address.", failed.Why);
    }
}
