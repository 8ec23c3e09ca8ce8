using System.Net;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A stranger rents a /48, which has 65,536 networks of 64 bits, each with a budget of its own.</summary>
public sealed class Networks_of_IPv6(WithSmallBudget host) : IClassFixture<WithSmallBudget>
{
    [Fact]
    public async Task The_networks_of_one_site_have_a_budget_together()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var answered = 0;
        for (var i = 0; i < 30; i++)
        {
            answered += await AnsweredAsync($"2001:db8:66:{i:x}::1", WithSmallBudget.Requests);
        }

        Assert.Equal(TokenBuckets.FactorOfSite * WithSmallBudget.Requests, answered);
        Assert.Equal(1, await AnsweredAsync("2001:db8:67::1", 1));
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(1, await AnsweredAsync("2001:db8:66::1", 1));
    }

    /// <summary>A busy office does not use up the budget of its site either.</summary>
    [Fact]
    public async Task What_is_returned_to_a_network_is_returned_to_its_site()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        for (var i = 0; i < 2 * TokenBuckets.FactorOfSite * WithSmallBudget.Requests / 5; i++)
        {
            using var answer = await new NetworkClient(host, $"2001:db8:68:{i % 32:x}::1").PostAsync(
                "/oauth/token", ("grant_type", "client_credentials"), ("client_id", LatchkeyHost.OperatorId),
                ("client_secret", LatchkeyHost.OperatorSecret));
            Assert.Equal(200, (int)answer.StatusCode);
        }

        Assert.Equal(1, await AnsweredAsync("2001:db8:68:99::1", 1));
    }

    [Theory]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:2:ffff::3", true, true)]
    [InlineData("2001:db8:1:2::3", "2001:db8:1:3::3", false, true)]
    [InlineData("2001:db8:1:2::3", "2001:db8:2:2::3", false, false)]
    [InlineData("203.0.113.1", "203.0.113.1", true, true)]
    [InlineData("203.0.113.1", "203.0.113.2", false, false)]
    public void A_site_is_an_IPv4_address_or_48_bits_of_an_IPv6_address(string one, string other, bool isSameNetwork, bool isSameSite)
    {
        Assert.Equal(isSameNetwork, NetworkKey.Of(IPAddress.Parse(one)) == NetworkKey.Of(IPAddress.Parse(other)));
        Assert.Equal(isSameSite, NetworkKey.OfSite(IPAddress.Parse(one)) == NetworkKey.OfSite(IPAddress.Parse(other)));
    }

    private async Task<int> AnsweredAsync(string address, int requests)
    {
        var network = new NetworkClient(host, address);
        var answered = 0;
        for (var i = 0; i < requests; i++)
        {
            using var answer = await network.GetAsync("/keys");
            answered += (int)answer.StatusCode == 200 ? 1 : 0;
        }

        return answered;
    }
}
