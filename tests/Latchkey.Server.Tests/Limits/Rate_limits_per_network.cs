using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>Requests that cost storage or a fetch are counted per network and refused before the work is done.</summary>
public sealed class Rate_limits_per_network(WithRateLimits host, WithoutRateLimits unlimited)
    : IClassFixture<WithRateLimits>, IClassFixture<WithoutRateLimits>
{
    private static int names;

    [Fact]
    public async Task Too_many_authorization_requests_show_a_429_page_and_record_one_sign_in_per_flood()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            await StartsAsync(network, client.Authorize());
        }

        // 6 per minute: one every ten seconds.
        var response = await network.GetAsync(client.Authorize());
        Assert.Equal(TimeSpan.FromSeconds(10), response.Headers.RetryAfter?.Delta);
        var reference = await Expect.PageAsync(response, 429, "too_many_requests");
        Assert.Equal(reference, await Expect.PageAsync(await network.GetAsync(client.Authorize()), 429, "too_many_requests"));
        Assert.Equal(["authorize.refused"], await host.SignInEventsAsync(reference));
        await StartsAsync(NetworkClient.New(host), client.Authorize());

        host.Clock.Advance(TimeSpan.FromSeconds(10));
        await StartsAsync(network, client.Authorize());
        Assert.Equal(reference, await Expect.PageAsync(await network.GetAsync(client.Authorize()), 429, "too_many_requests"));
    }

    /// <summary>A refusal is recorded, so a flood of refusals costs as much storage as a flood of sign-ins.</summary>
    [Theory]
    [InlineData("/oauth/authorize")]
    [InlineData("/oauth/authorize?client_id=nobody")]
    [InlineData("/resources/res_0000000000000000000000/oauth/authorize")]
    public async Task Refused_authorization_requests_are_counted(string path)
    {
        using var still = host.Clock.StandStill();
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            using var refused = await network.GetAsync(path);
            Assert.InRange((int)refused.StatusCode, 400, 404);
        }

        await Expect.PageAsync(await network.GetAsync(path), 429, "too_many_requests");
    }

    [Fact]
    [Spec("RFC 9126 §2.3", "too-many")]
    public async Task Too_many_pushed_requests_have_a_JSON_error_and_are_counted_apart_from_authorization_requests()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var backend = NetworkClient.New(host);
        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            using var pushed = await PushAsync(backend, client);
            Assert.Equal(201, (int)pushed.StatusCode);
        }

        await RateLimitedAsync(await PushAsync(backend, client), 10);
        await StartsAsync(backend, client.Authorize());
    }

    /// <summary>A success is charged and refunded: a login that began without a pushed request has none to refund.</summary>
    [Fact]
    public async Task Only_a_login_that_began_with_a_pushed_request_gives_one_back()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        var references = new List<string>();
        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            using var pushed = await PushAsync(network, client);
            references.Add((await pushed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!);
        }

        await RedeemAsync(network, client, client.Authorize());
        await RateLimitedAsync(await PushAsync(network, client), 10);
        await RedeemAsync(
            network, client,
            $"{client.Entry}/oauth/authorize?client_id={client.Id}&request_uri={Uri.EscapeDataString(references[0])}");
        using (var again = await PushAsync(network, client))
        {
            Assert.Equal(201, (int)again.StatusCode);
        }

        await RateLimitedAsync(await PushAsync(network, client), 10);
    }

    [Fact]
    [Spec("RFC 7591 §3", "rate-limit")]
    public async Task Dynamic_client_registration_counts_new_clients_and_never_refuses_a_known_one()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        var first = NewName();
        var id = await RegisteredAsync(await RegisterAsync(network, company, first));
        for (var i = 0; i < 3 * WithRateLimits.Registrations; i++)
        {
            Assert.Equal(id, await RegisteredAsync(await RegisterAsync(network, company, first)));
        }

        for (var i = 1; i < WithRateLimits.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(network, company, NewName()));
        }

        await RateLimitedAsync(await RegisterAsync(network, company, NewName()), 720);
        await RateLimitedAsync(await RegisterAsync(network, company, first, method: "client_secret_post"), 720);
        Assert.Equal(id, await RegisteredAsync(await RegisterAsync(network, company, first)));
        await RegisteredAsync(await RegisterAsync(NetworkClient.New(host), company, NewName()));

        host.Clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < WithRateLimits.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(network, company, NewName(), method: "client_secret_post"));
        }

        await RateLimitedAsync(await RegisterAsync(network, company, NewName()), 720);
    }

    /// <summary>Metadata that is refused costs no row, so it does not use up the allowance of the network.</summary>
    [Fact]
    public async Task Dynamic_client_registration_does_not_count_refused_metadata()
    {
        var company = await host.CompanyAsync();
        var network = NetworkClient.New(host);
        for (var i = 0; i < 2 * WithRateLimits.Registrations; i++)
        {
            using var body = JsonContent.Create(new { redirect_uris = Array.Empty<string>() });
            await Expect.ErrorAsync(
                await network.PostAsync($"/api/v1/resources/{company.ResourceId}/clients:register", body), 400, "invalid_redirect_uri");
        }

        await RegisteredAsync(await RegisterAsync(network, company, NewName()));
    }

    /// <summary>Hosted clients register for all their users from a few addresses.</summary>
    [Fact]
    public async Task A_known_network_has_a_hundred_times_the_allowance()
    {
        var company = await host.CompanyAsync();
        var hosted = new NetworkClient(host, "198.51.100.7");
        for (var i = 0; i < 10 * WithRateLimits.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(hosted, company, NewName()));
        }
    }

    [Fact]
    public async Task Only_fetches_of_unknown_client_metadata_documents_are_counted()
    {
        using var still = host.Clock.StandStill();
        var company = await host.NewCompanyAsync();
        var network = NetworkClient.New(host);
        var clients = Enumerable.Range(0, WithRateLimits.Fetches + 1).Select(_ => Publish(company)).ToArray();
        foreach (var client in clients.SkipLast(1))
        {
            await StartsAsync(network, client.Authorize());
            await StartsAsync(network, client.Authorize());
        }

        var unknown = clients[^1];
        var response = await network.GetAsync(unknown.Authorize());
        Assert.Equal(TimeSpan.FromSeconds(30), response.Headers.RetryAfter?.Delta);
        await Expect.PageAsync(response, 429, "too_many_clients");
        Assert.Equal(0, host.Clients!.FetchesOf(unknown.Id["https://".Length..]));

        // A client discards its registration when it receives invalid_client, so the rate limit has another error.
        await RateLimitedAsync(await PushAsync(network, unknown), 30);
        await StartsAsync(NetworkClient.New(host), unknown.Authorize());
        await StartsAsync(network, unknown.Authorize());
    }

    [Theory]
    [InlineData("2001:db8:1:1::1", "2001:db8:1:1:ffff::7", true)]
    [InlineData("2001:db8:2:1::1", "2001:db8:2:2::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public async Task A_network_is_an_IPv4_address_or_64_bits_of_an_IPv6_address(string one, string other, bool isOneNetwork)
    {
        using var still = host.Clock.StandStill();
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < WithRateLimits.Authorizations; i++)
        {
            await Expect.PageAsync(await new NetworkClient(host, one).GetAsync("/oauth/authorize"), 400, "missing_client");
        }

        using var response = await new NetworkClient(host, other).GetAsync("/oauth/authorize");
        Assert.Equal(isOneNetwork ? 429 : 400, (int)response.StatusCode);
    }

    [Fact]
    public async Task Disabled_rate_limits_refuse_nothing()
    {
        var company = await unlimited.CompanyAsync();
        for (var i = 0; i < 5; i++)
        {
            var client = await McpClient.RegisterAsync(company, $"https://client{i}.example/callback");
            using var browser = new Browser(unlimited);
            await browser.StartAsync(client.Authorize());
            await Expect.ErrorAsync(await client.RefreshAsync("lkr_x", ("client_secret", "wrong")), 401, "invalid_client");
        }
    }

    /// <summary>A client in a browser can read only the response headers that CORS exposes.</summary>
    [Fact]
    public async Task CORS_exposes_Retry_After_to_scripts_of_other_origins()
    {
        var response = await RawHttp.SendAsync(host, "POST", "/oauth/token", ["Origin: https://inspector.example"], []);
        Assert.Contains("Retry-After", response["Access-Control-Expose-Headers"]!.Split(','), StringComparer.Ordinal);
    }

    private static string NewName() => $"Client {Interlocked.Increment(ref names)}";

    private static async Task StartsAsync(NetworkClient network, string path)
    {
        using var response = await network.GetAsync(path);
        Assert.True((int)response.StatusCode == 302, $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync()}");
    }

    private static Task<HttpResponseMessage> RegisterAsync(NetworkClient network, Company company, string name, string method = "none") =>
        network.PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            JsonContent.Create(
                new { client_name = name, redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = method }));

    private static async Task<string> RegisteredAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True((int)response.StatusCode == 201, json.ToString());
            return json.GetProperty("client_id").GetString()!;
        }
    }

    private static Task<HttpResponseMessage> PushAsync(NetworkClient backend, McpClient client) => backend.PostAsync(
        $"{client.Entry}/oauth/par",
        [.. Browser.QueryOf(new Uri("http://x" + client.Authorize()))
            .Select(p => (p.Key, (string?)p.Value)), ("client_secret", client.Secret)]);

    /// <summary>Completes a login whose code this network redeems.</summary>
    private async Task RedeemAsync(NetworkClient network, McpClient client, string authorize)
    {
        using var browser = new Browser(host);
        var report = await client.Company.ReportAsync((await browser.StartAsync(authorize)).LoginRequestId);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        await Tokens.OfAsync(await network.PostAsync(
            $"{client.Entry}/oauth/token", ("grant_type", "authorization_code"), ("client_id", client.Id),
            ("client_secret", client.Secret), ("code_verifier", client.Verifier),
            ("code", Browser.QueryOf(allowed.Headers.Location!)["code"])));
    }

    private McpClient Publish(Company company)
    {
        var page = $"client.example/limits/{Interlocked.Increment(ref names)}.json";
        const string Redirect = "https://client.example/callback";
        host.Clients!.Publish(page, new { client_id = $"https://{page}", client_name = "Described", redirect_uris = new[] { Redirect } });
        return new McpClient(company, $"https://{page}", secret: null, Redirect);
    }

    private static async Task RateLimitedAsync(HttpResponseMessage response, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), response.Headers.RetryAfter?.Delta);
        await Expect.ErrorAsync(response, 429, "temporarily_unavailable");
    }
}
