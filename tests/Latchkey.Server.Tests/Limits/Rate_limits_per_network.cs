using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>What costs storage or a fetch, counted by network and refused before it is done.</summary>
public sealed class How_often_one_may_ask(Limited host, Unlimited unlimited) : IClassFixture<Limited>, IClassFixture<Unlimited>
{
    private static int names;

    [Fact]
    public async Task To_authorize_is_said_on_a_page_with_one_journey_for_the_whole_flood()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var person = Somewhere.New(host);
        for (var i = 0; i < Limited.Authorizations; i++)
        {
            await StartsAsync(person, client.Authorize());
        }

        // 6 a minute: one every ten seconds.
        var answer = await person.GetAsync(client.Authorize());
        Assert.Equal(TimeSpan.FromSeconds(10), answer.Headers.RetryAfter?.Delta);
        var reference = await Expect.PageAsync(answer, 429, "too_many_requests");
        Assert.Equal(reference, await Expect.PageAsync(await person.GetAsync(client.Authorize()), 429, "too_many_requests"));
        Assert.Equal(["authorize.refused"], await host.JourneyAsync(reference));
        await StartsAsync(Somewhere.New(host), client.Authorize());

        host.Clock.Advance(TimeSpan.FromSeconds(10));
        await StartsAsync(person, client.Authorize());
        Assert.Equal(reference, await Expect.PageAsync(await person.GetAsync(client.Authorize()), 429, "too_many_requests"));
    }

    /// <summary>A refusal is written down, so a flood of them costs what a flood of sign-ins costs.</summary>
    [Theory]
    [InlineData("/oauth/authorize")]
    [InlineData("/oauth/authorize?client_id=nobody")]
    [InlineData("/resources/res_0000000000000000000000/oauth/authorize")]
    public async Task To_authorize_counts_also_what_is_refused(string path)
    {
        using var still = host.Clock.StandStill();
        var stranger = Somewhere.New(host);
        for (var i = 0; i < Limited.Authorizations; i++)
        {
            using var refused = await stranger.GetAsync(path);
            Assert.InRange((int)refused.StatusCode, 400, 404);
        }

        await Expect.PageAsync(await stranger.GetAsync(path), 429, "too_many_requests");
    }

    [Fact]
    [Spec("RFC 9126 §2.3", "too-many")]
    public async Task To_push_is_said_in_JSON_and_counted_apart_from_authorizing()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var backend = Somewhere.New(host);
        for (var i = 0; i < Limited.Authorizations; i++)
        {
            using var pushed = await PushAsync(backend, client);
            Assert.Equal(201, (int)pushed.StatusCode);
        }

        await TooManyAsync(await PushAsync(backend, client), 10);
        await StartsAsync(backend, client.Authorize());
    }

    [Fact]
    [Spec("RFC 7591 §3", "rate-limit")]
    public async Task To_register_counts_new_clients_and_never_refuses_one_that_was_here()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();
        var network = Somewhere.New(host);
        var first = NewName();
        var id = await RegisteredAsync(await RegisterAsync(network, company, first));
        for (var i = 0; i < 3 * Limited.Registrations; i++)
        {
            Assert.Equal(id, await RegisteredAsync(await RegisterAsync(network, company, first)));
        }

        for (var i = 1; i < Limited.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(network, company, NewName()));
        }

        await TooManyAsync(await RegisterAsync(network, company, NewName()), 720);
        await TooManyAsync(await RegisterAsync(network, company, first, method: "client_secret_post"), 720);
        Assert.Equal(id, await RegisteredAsync(await RegisterAsync(network, company, first)));
        await RegisteredAsync(await RegisterAsync(Somewhere.New(host), company, NewName()));

        host.Clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < Limited.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(network, company, NewName(), method: "client_secret_post"));
        }

        await TooManyAsync(await RegisterAsync(network, company, NewName()), 720);
    }

    /// <summary>Metadata that cannot be registered costs no row, so nobody's mistakes use up a network's registrations.</summary>
    [Fact]
    public async Task To_register_does_not_count_what_was_refused()
    {
        var company = await host.CompanyAsync();
        var network = Somewhere.New(host);
        for (var i = 0; i < 2 * Limited.Registrations; i++)
        {
            using var body = JsonContent.Create(new { redirect_uris = Array.Empty<string>() });
            await Expect.ErrorAsync(await network.PostAsync($"/api/v1/resources/{company.ResourceId}/clients:register", body), 400, "invalid_redirect_uri");
        }

        await RegisteredAsync(await RegisterAsync(network, company, NewName()));
    }

    /// <summary>Hosted clients register for all their users from a few addresses.</summary>
    [Fact]
    public async Task Is_a_hundred_times_as_much_from_a_known_network()
    {
        var company = await host.CompanyAsync();
        var hosted = new Somewhere(host, "198.51.100.7");
        for (var i = 0; i < 10 * Limited.Registrations; i++)
        {
            await RegisteredAsync(await RegisterAsync(hosted, company, NewName()));
        }
    }

    [Fact]
    public async Task To_have_documents_fetched_counts_unknown_ones_only()
    {
        using var still = host.Clock.StandStill();
        var company = await host.NewCompanyAsync();
        var stranger = Somewhere.New(host);
        var clients = Enumerable.Range(0, Limited.Fetches + 1).Select(_ => Publish(company)).ToArray();
        foreach (var client in clients.SkipLast(1))
        {
            await StartsAsync(stranger, client.Authorize());
            await StartsAsync(stranger, client.Authorize());
        }

        var unknown = clients[^1];
        var answer = await stranger.GetAsync(unknown.Authorize());
        Assert.Equal(TimeSpan.FromSeconds(30), answer.Headers.RetryAfter?.Delta);
        await Expect.PageAsync(answer, 429, "too_many_clients");
        Assert.Equal(0, host.Clients!.VisitsOf(unknown.Id["https://".Length..]));

        // A client that hears invalid_client forgets who it was; that it has to wait is no reason to.
        await TooManyAsync(await PushAsync(stranger, unknown), 30);
        await StartsAsync(Somewhere.New(host), unknown.Authorize());
        await StartsAsync(stranger, unknown.Authorize());
    }

    [Theory]
    [InlineData("2001:db8:1:1::1", "2001:db8:1:1:ffff::7", true)]
    [InlineData("2001:db8:2:1::1", "2001:db8:2:2::1", false)]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    public async Task Is_counted_for_an_IPv4_address_and_for_64_bits_of_an_IPv6_address(string one, string other, bool isOneNetwork)
    {
        using var still = host.Clock.StandStill();
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < Limited.Authorizations; i++)
        {
            await Expect.PageAsync(await new Somewhere(host, one).GetAsync("/oauth/authorize"), 400, "missing_client");
        }

        using var answer = await new Somewhere(host, other).GetAsync("/oauth/authorize");
        Assert.Equal(isOneNetwork ? 429 : 400, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Is_no_matter_when_limits_are_off()
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

    /// <summary>A client that is a page reads only the headers it is let read.</summary>
    [Fact]
    public async Task Tells_scripts_of_other_origins_too_when_to_come_again()
    {
        var answer = await Wire.SendAsync(host, "POST", "/oauth/token", ["Origin: https://inspector.example"], []);
        Assert.Contains("Retry-After", answer["Access-Control-Expose-Headers"]!.Split(','), StringComparer.Ordinal);
    }

    private static string NewName() => $"Client {Interlocked.Increment(ref names)}";

    private static async Task StartsAsync(Somewhere person, string path)
    {
        using var answer = await person.GetAsync(path);
        Assert.True((int)answer.StatusCode == 302, $"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
    }

    private static Task<HttpResponseMessage> RegisterAsync(Somewhere network, Company company, string name, string method = "none") => network.PostAsync(
        $"/api/v1/resources/{company.ResourceId}/clients:register",
        JsonContent.Create(new { client_name = name, redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = method }));

    private static async Task<string> RegisteredAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True((int)answer.StatusCode == 201, json.ToString());
            return json.GetProperty("client_id").GetString()!;
        }
    }

    private static Task<HttpResponseMessage> PushAsync(Somewhere backend, McpClient client) => backend.PostAsync(
        $"{client.Entry}/oauth/par",
        [.. Browser.QueryOf(new Uri("http://x" + client.Authorize())).Select(p => (p.Key, (string?)p.Value)), ("client_secret", client.Secret)]);

    private McpClient Publish(Company company)
    {
        var page = $"client.example/limits/{Interlocked.Increment(ref names)}.json";
        const string Redirect = "https://client.example/callback";
        host.Clients!.Publish(page, new { client_id = $"https://{page}", client_name = "Described", redirect_uris = new[] { Redirect } });
        return new McpClient(company, $"https://{page}", secret: null, Redirect);
    }

    private static async Task TooManyAsync(HttpResponseMessage answer, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), answer.Headers.RetryAfter?.Delta);
        await Expect.ErrorAsync(answer, 429, "temporarily_unavailable");
    }
}
