using System.Net.Http.Json;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>The causes of requests beyond a rate limit are found by network and minute.</summary>
public sealed class Causes_of_rate_limits(WithRateLimits host, WithSmallBudget small)
    : IClassFixture<WithRateLimits>, IClassFixture<WithSmallBudget>
{
    private const int MostRequests = 400;

    [Fact]
    public async Task Too_many_authorizations_of_a_network_are_found()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        await RefusedAsync(host, "too_many_authorizations", (network, _) => network.GetAsync(client.Authorize()));
    }

    [Fact]
    public async Task Too_many_registrations_of_a_network_are_found()
    {
        var company = await host.CompanyAsync();
        await RefusedAsync(host, "too_many_registrations", (network, i) => network.PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            JsonContent.Create(new { client_name = $"Flood {i}", redirect_uris = new[] { $"https://flood.example/{i}" } })));
    }

    [Fact]
    public async Task Too_many_document_fetches_of_a_network_are_found()
    {
        var company = await host.CompanyAsync();
        await RefusedAsync(host, "too_many_document_fetches", (network, i) => network.GetAsync(
            new McpClient(company, $"https://client.example/flood/{i}", secret: null, Registrant.Redirect).Authorize()));
    }

    [Fact]
    public async Task Too_many_failures_of_a_network_are_found()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        await RefusedAsync(host, "too_many_failures", (network, _) => network.PostAsync(
            "/oauth/token", ("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", "wrong")));
    }

    [Fact]
    public Task Too_many_requests_of_a_network_are_found() =>
        RefusedAsync(small, "too_many_requests", (network, _) => network.GetAsync("/oauth/authorize?client_id=unknown"));

    /// <summary>Repeats a request until it is refused with 429.</summary>
    private static async Task RefusedAsync(LatchkeyHost at, string cause, Func<NetworkClient, int, Task<HttpResponseMessage>> sendAsync)
    {
        using var still = at.Clock.StandStill();
        var network = NetworkClient.New(at);
        for (var i = 0; i < MostRequests; i++)
        {
            using var response = await sendAsync(network, i);
            if ((int)response.StatusCode == 429)
            {
                await Explained.FindAsync(at, cause, $"network={network.Address}");
                return;
            }
        }

        Assert.Fail("No request was refused.");
    }
}
