using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// One budget per network for what a stranger can cause: requests, stored bytes and events. What is beyond it is refused
/// before the work, other networks are not affected, and right credentials are accepted.
/// </summary>
public sealed class Budget_of_a_network(WithSmallBudget host) : IClassFixture<WithSmallBudget>
{
    private const string ConsentPage = "/consent/lri_0000000000000000000000";

    [Fact]
    public async Task Consent_and_callback_pages_are_counted_and_other_networks_are_not_affected()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var network = NetworkClient.New(host);
        var company = await host.CompanyAsync();
        var callback = $"/sso/v1/connections/{company.ConnectionId}/partner:callback?state=x";
        for (var i = 0; i < WithSmallBudget.Requests / 10; i++)
        {
            await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser");
            await Expect.PageAsync(await network.GetAsync(callback), 400, "unknown_state");
        }

        var refused = await network.GetAsync(ConsentPage);
        Assert.NotNull(refused.Headers.RetryAfter?.Delta);
        await Expect.PageAsync(refused, 429, "too_many_requests");
        await Expect.PageAsync(await network.GetAsync(callback), 429, "too_many_requests");
        await Expect.ErrorAsync(await network.GetAsync("/keys"), 429, "temporarily_unavailable");
        await Expect.PageAsync(await NetworkClient.New(host).GetAsync(ConsentPage), 403, "foreign_browser");
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser");
    }

    /// <summary>The network of an office guesses, or its budget is spent: its honest programs still get their tokens.</summary>
    [Fact]
    public async Task A_right_credential_is_accepted_when_the_budget_is_spent_and_a_wrong_one_gets_429()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        await SpendAsync(network);
        for (var i = 0; i < 50; i++)
        {
            using var right = await TokenAsync(network, client, client.Secret!);
            Assert.Equal(200, (int)right.StatusCode);
        }

        await Expect.ErrorAsync(await TokenAsync(network, client, "wrong"), 429, "temporarily_unavailable");
        await Expect.PageAsync(await network.GetAsync(ConsentPage), 429, "too_many_requests");
    }

    [Fact]
    public async Task Tokens_that_are_issued_cost_nothing()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Requests; i++)
        {
            using var right = await TokenAsync(network, client, client.Secret!);
            Assert.Equal(200, (int)right.StatusCode);
        }

        await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser");
    }

    /// <summary>Without the refund, the seventh login of this minute would be refused.</summary>
    [Fact]
    public async Task A_completed_login_returns_what_it_cost()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var still = host.Clock.StandStill();
        host.Refill();
        for (var i = 0; i < 20; i++)
        {
            Assert.NotNull((await client.TokensAsync()).Refresh);
        }
    }

    /// <summary>Without the refund of their bytes, about eighty pushed requests would be accepted.</summary>
    [Fact]
    public async Task A_completed_login_returns_the_bytes_of_its_pushed_request()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        using var still = host.Clock.StandStill();
        host.Refill();
        var network = NetworkClient.New(host);
        var form = Browser.QueryOf(new Uri("http://x" + client.Authorize())).Where(p => p.Key != "state")
            .Select(p => (p.Key, (string?)p.Value)).Append(("state", new string('s', 8 * 1024)))
            .Append(("client_secret", client.Secret)).ToArray();
        for (var i = 0; i < 95; i++)
        {
            // Requests are refilled, and stored bytes hardly.
            host.Clock.Advance(TimeSpan.FromSeconds(6));
            using var pushed = await network.PostAsync($"{client.Entry}/oauth/par", form);
            Assert.True((int)pushed.StatusCode == 201, $"the request {i} was refused: {await pushed.Content.ReadAsStringAsync()}");
            var reference = (await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
            using var browser = new Browser(host);
            var redirect = await browser.StartAsync(
                $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(reference)}");
            var report = await client.Company.ReportAsync(redirect.LoginRequestId);
            using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
            await Tokens.OfAsync(await network.PostAsync(
                $"{client.Entry}/oauth/token", ("grant_type", "authorization_code"), ("client_id", client.Id),
                ("client_secret", client.Secret), ("code_verifier", client.Verifier),
                ("code", Browser.QueryOf(allowed.Headers.Location!)["code"])));
        }
    }

    [Fact]
    public async Task Stored_bytes_are_bounded_across_authorization_requests_and_pushed_requests()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        var form = Browser.QueryOf(new Uri("http://x" + client.Authorize())).Where(p => p.Key != "state")
            .Select(p => (p.Key, (string?)p.Value)).Append(("state", new string('s', 8 * 1024))).ToArray();
        var accepted = 0;
        for (; accepted < 500; accepted++)
        {
            // Requests are refilled, and stored bytes hardly.
            host.Clock.Advance(TimeSpan.FromSeconds(10));
            using var response = await network.PostAsync($"{client.Entry}/oauth/{(accepted % 2 == 0 ? "par" : "authorize")}", form);
            if ((int)response.StatusCode == 429)
            {
                break;
            }
        }

        // Half of 1 MiB, and what was refilled in the meantime.
        Assert.InRange(accepted, 40, 100);
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        using var metadata = await network.GetAsync("/.well-known/oauth-authorization-server");
        Assert.Equal(200, (int)metadata.StatusCode);
        using var elsewhere = await NetworkClient.New(host).PostAsync($"{client.Entry}/oauth/par", form);
        Assert.Equal(201, (int)elsewhere.StatusCode);
    }

    [Fact]
    public async Task A_registration_of_many_bytes_uses_up_the_budget_and_a_repeated_one_does_not()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        var accepted = 0;
        for (; accepted < 100; accepted++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            using var response = await RegisterAsync(network, company, accepted, "none");
            if ((int)response.StatusCode == 429)
            {
                break;
            }
        }

        Assert.InRange(accepted, 10, 40);
        for (var i = 0; i < 5; i++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(30));
            using var again = await RegisterAsync(network, company, 0, "none");
            Assert.Equal(201, (int)again.StatusCode);
        }
    }

    [Fact]
    public async Task Client_configuration_updates_are_counted_and_their_history_is_bounded()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        using var registered = await RegisterAsync(network, company, 0, "client_secret_post", redirects: 1);
        var own = await registered.Content.ReadFromJsonAsync<JsonElement>();
        var accepted = 0;
        for (; accepted < 600; accepted++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(6));
            using var response = await PutAsync(network, own, accepted);
            if ((int)response.StatusCode == 429)
            {
                await Expect.ErrorAsync(response, 429, "temporarily_unavailable");
                break;
            }

            Assert.Equal(200, (int)response.StatusCode);
        }

        Assert.InRange(accepted, 50, 599);
        var kept = await host.Services.GetRequiredService<IDatabase>().ReadAsync(
            "SELECT COUNT(*), MAX(LENGTH(what)) FROM client_changes WHERE client_id = @id",
            new() { { "id", own.GetProperty("client_id").GetString()! } },
            static reader => reader.Read() ? (Rows: reader.GetInt64(0), Longest: reader.GetInt64(1)) : default,
            CancellationToken.None);
        Assert.InRange(kept.Rows, 15, 20);
        Assert.InRange(kept.Longest, 50, 2_001);
        host.Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(200, (int)(await ReadAsync(network, own)).StatusCode);
    }

    private static async Task SpendAsync(NetworkClient network)
    {
        for (var i = 0; i < WithSmallBudget.Requests / 5; i++)
        {
            using var page = await network.GetAsync(ConsentPage);
        }
    }

    private static Task<HttpResponseMessage> TokenAsync(NetworkClient network, McpClient client, string secret) => network.PostAsync(
        "/oauth/token", ("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", secret));

    private static Task<HttpResponseMessage> RegisterAsync(
        NetworkClient network, Company company, int number, string method, int redirects = 20) =>
        network.PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register", WithLength(Metadata(number, method, redirects)));

    private static Dictionary<string, object> Metadata(int number, string method, int redirects) => new(StringComparer.Ordinal)
    {
        ["client_name"] = $"Client {number}",
        ["redirect_uris"] = Enumerable.Range(0, redirects).Select(k => $"https://h{k}.example/{number}/".PadRight(1_900, 'x')).ToArray(),
        ["token_endpoint_auth_method"] = method,
    };

    private static Task<HttpResponseMessage> PutAsync(NetworkClient network, JsonElement own, int number)
    {
        var metadata = Metadata(number, "client_secret_post", redirects: 1);
        metadata["client_id"] = own.GetProperty("client_id").GetString()!;
        return network.SendAsync(
            HttpMethod.Put, $"/oauth/register/{metadata["client_id"]}", WithLength(metadata), BearerOf(own));
    }

    private static Task<HttpResponseMessage> ReadAsync(NetworkClient network, JsonElement own) => network.SendAsync(
        HttpMethod.Get, $"/oauth/register/{own.GetProperty("client_id").GetString()}", content: null, BearerOf(own));

    /// <summary>JSON whose length is announced; a chunked body is charged as the longest.</summary>
    private static StringContent WithLength(object body) => new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");

    private static string BearerOf(JsonElement own) => "Bearer " + own.GetProperty("registration_access_token").GetString();
}
