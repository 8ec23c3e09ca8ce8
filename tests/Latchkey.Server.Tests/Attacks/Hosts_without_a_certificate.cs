using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A host that fetches documents of many hosts, few of which have a valid certificate.</summary>
public sealed class WithManyClientHosts : WithClientHost
{
    public const int Hosts = 20;
    public const int Fetches = 50;

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        var withClients = await base.ConfigureAsync(settings);
        return withClients with
        {
            TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)!,
            DocumentFetchesPerMinute = Fetches,
            CimdHostMap = withClients.CimdHostMap + string.Concat(
                Enumerable.Range(0, Hosts).Select(n => $";host.site{n}.example=127.0.0.1:{Clients!.Port}")),
        };
    }
}

/// <summary>
/// A stranger has a name server that knows any number of hosts, and each of them answers with certificates that are expensive to verify.
/// </summary>
public sealed class Hosts_without_a_certificate(WithManyClientHosts host) : IClassFixture<WithManyClientHosts>
{
    [Fact]
    public async Task Fetches_of_hosts_without_a_valid_certificate_are_limited_per_network()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var statuses = new List<int>();
        var stranger = NetworkClient.New(host);
        for (var n = 0; n < WithManyClientHosts.Hosts; n++)
        {
            var client = new McpClient(company, $"https://host.site{n}.example/client", secret: null, Registrant.Redirect);
            using var answer = await stranger.GetAsync(client.Authorize());
            statuses.Add((int)answer.StatusCode);
        }

        Assert.Equal(WithManyClientHosts.Fetches / 10, statuses.Count(s => s == 400));
        Assert.Equal(429, statuses[^1]);

        host.Clients!.Publish(
            "client.example/other",
            new { client_id = "https://client.example/other", client_name = "Other", redirect_uris = new[] { Registrant.Redirect } });
        var other = new McpClient(company, "https://client.example/other", secret: null, Registrant.Redirect);
        using var accepted = await NetworkClient.New(host).GetAsync(other.Authorize());
        Assert.Equal(302, (int)accepted.StatusCode);
    }

    /// <summary>Hosts with a certificate cost little, so only the number of fetches limits them.</summary>
    [Fact]
    public async Task Fetches_of_hosts_with_a_valid_certificate_are_not_counted_as_such()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        for (var n = 0; n < WithManyClientHosts.Hosts; n++)
        {
            var page = $"client.example/many/{n}";
            host.Clients!.Publish(
                page, new { client_id = $"https://{page}", client_name = "Many", redirect_uris = new[] { Registrant.Redirect } });
            using var answer = await network.GetAsync(
                new McpClient(company, $"https://{page}", secret: null, Registrant.Redirect).Authorize());
            Assert.Equal(302, (int)answer.StatusCode);
        }
    }
}
