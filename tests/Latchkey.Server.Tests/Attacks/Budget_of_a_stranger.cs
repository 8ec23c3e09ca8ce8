using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A host that fetches client documents and records few refusals one by one.</summary>
public sealed class WithFewRefusals : WithClientHost
{
    public const int Refusals = 10;

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        var withClients = await base.ConfigureAsync(settings);
        return withClients with
        {
            RefusalsPerMinute = Refusals,
        };
    }
}

/// <summary>
/// What a caller without a credential of an operator can still cause when the budget of its network is spent, and what it cannot take from
/// other callers of that network.
/// </summary>
public sealed class Budget_of_a_stranger(WithSmallBudget host, WithRateLimits limited, WithFewRefusals few, OnSqlite open)
    : IClassFixture<WithSmallBudget>, IClassFixture<WithRateLimits>, IClassFixture<WithFewRefusals>, IClassFixture<OnSqlite>
{
    private static int pages;

    /// <summary>Each valid assertion leaves a row with its jti, and the token endpoint refuses no credential unchecked.</summary>
    [Fact]
    public async Task Valid_assertions_of_a_registered_client_leave_a_bounded_number_of_rows()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await RegisterAsync(await host.NewCompanyAsync());
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var before = await CountAsync(host.Services.GetRequiredService<Databases>().Main, "SELECT COUNT(*) FROM used_assertions");
        var network = NetworkClient.New(host);
        var statuses = new List<int>();
        for (var i = 0; i < 60; i++)
        {
            using var response = await RedeemAsync(host, network, client.Id);
            statuses.Add((int)response.StatusCode);
        }

        Assert.Equal(400, statuses[0]);
        Assert.Equal(429, statuses[^1]);
        var rows = await CountAsync(host.Services.GetRequiredService<Databases>().Main, "SELECT COUNT(*) FROM used_assertions") - before;
        Assert.InRange(rows, 1, WithSmallBudget.Requests / 5);

        using var elsewhere = await RedeemAsync(host, NetworkClient.New(host), client.Id);
        await Expect.ErrorAsync(elsewhere, 400, "invalid_grant");
    }

    /// <summary>The token of a registration costs a stranger nothing, and each request with it reads a row.</summary>
    [Fact]
    public async Task The_configuration_of_a_self_made_registration_is_not_read_beyond_the_budget()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var stranger = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Stranger"));
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var gated = await host.NewCompanyAsync(resource: new { require_initial_access_token = true });
        var initial = (await Registrant.InitialTokenAsync(gated)).Token;
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var partner = await new Registrant(gated, initial)
            .RegisterAsync(Registrant.WithSecret("Partner"));
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Requests / 5; i++)
        {
            using var read = await ManageAsync(network, HttpMethod.Get, stranger);
            Assert.Equal(200, (int)read.StatusCode);
        }

        await Expect.ErrorAsync(await ManageAsync(network, HttpMethod.Get, stranger), 429, "temporarily_unavailable");
        await Expect.ErrorAsync(await ManageAsync(network, HttpMethod.Delete, stranger), 429, "temporarily_unavailable");
        using var accepted = await ManageAsync(network, HttpMethod.Get, partner);
        Assert.Equal(200, (int)accepted.StatusCode);
        using var elsewhere = await ManageAsync(NetworkClient.New(host), HttpMethod.Get, stranger);
        Assert.Equal(200, (int)elsewhere.StatusCode);
    }

    /// <summary>The operator chose the keys of these clients, so verification costs what the operator accepted.</summary>
    [Fact]
    public async Task Wrong_signatures_of_a_stranger_do_not_refuse_the_right_assertion_of_an_API_client_of_the_network()
    {
        using var still = limited.Clock.StandStill();
        limited.Refill();
        var company = await limited.NewCompanyAsync();
        var created = await limited.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "signing", role = "management", jwks = ClientKey.Set });
        var backend = created.GetProperty("client").GetProperty("client_id").GetString()!;
        var network = NetworkClient.New(limited);
        for (var i = 0; i <= 10 * WithRateLimits.Failures; i++)
        {
            var attacker = await RegisterAsync(company);
            using var wrong = await network.PostAsync(
                "/oauth/token",
                [("grant_type", "authorization_code"), ("code", "lkc_x"), .. Forged(ClientKey.Proof(limited, attacker.Id))]);
        }

        var strangers = await RegisterAsync(company);
        await Expect.ErrorAsync(await RedeemAsync(limited, network, strangers.Id), 429, "temporarily_unavailable");
        using var right = await network.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), .. ClientKey.Proof(limited, backend)]);
        Assert.Equal(200, (int)right.StatusCode);
    }

    /// <summary>A failed fetch is remembered, so repeating it is cheap, and each request left an event of its own.</summary>
    [Fact]
    public async Task A_flood_of_requests_with_a_document_that_fails_is_counted_and_not_recorded_one_by_one()
    {
        using var still = few.Clock.StandStill();
        few.Refill();
        var company = await few.CompanyAsync();
        var page = $"client.example/stranger/{Interlocked.Increment(ref pages)}";
        few.Clients!.Publish(page, http => ClientHost.Status(http, 500));
        var client = new McpClient(company, $"https://{page}", secret: null, Registrant.Redirect);
        for (var i = 0; i < 3 * WithFewRefusals.Refusals; i++)
        {
            await Expect.PageAsync(await few.Anonymous.GetAsync(client.Authorize()), 400, "client_document_unavailable");
        }

        Assert.InRange(await EventsAsync(few, "authorize.refused", "client_document_unavailable"), 1, WithFewRefusals.Refusals + 1);
    }

    /// <summary>The attacker keeps the cookies that this server deletes, so each request displaced the same ten
    /// login requests again.</summary>
    [Fact]
    public async Task A_browser_that_keeps_deleted_cookies_leaves_a_bounded_number_of_events()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var cookies = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            using var response = await NetworkClient.New(host).SendAsync(
                HttpMethod.Get, client.Authorize(), content: null, authorization: null,
                ("Cookie", string.Join("; ", cookies.TakeLast(19))));
            Assert.Equal(302, (int)response.StatusCode);
            cookies.Add(response.Headers.GetValues("Set-Cookie").Last(c => !c.Contains("=;", StringComparison.Ordinal)).Split(';')[0]);
        }

        var before = await EventsAsync(host, "login.displaced");
        var network = NetworkClient.New(host);
        for (var i = 0; i < 15; i++)
        {
            using var response = await network.SendAsync(
                HttpMethod.Get, client.Authorize(), content: null, authorization: null,
                ("Cookie", string.Join("; ", cookies.TakeLast(19))));
            Assert.Equal(302, (int)response.StatusCode);
        }

        Assert.InRange(await EventsAsync(host, "login.displaced") - before, 1, WithSmallBudget.Refusals + 1);
    }

    /// <summary>The id of a login request is in the URL of the login page, and its cookie's value is a secret of one browser.</summary>
    [Fact]
    public async Task Invented_cookies_record_nothing_in_the_sign_in_of_another_browser()
    {
        using var still = open.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await open.NewCompanyAsync());
        using var victim = new Browser(open);
        var known = await victim.StartAsync(client.Authorize());
        var cookies = new List<string> { $"lk-{known.LoginRequestId["lri_".Length..]}=invented" };
        for (var i = 0; i < BindingCookieLimit; i++)
        {
            open.Clock.Advance(TimeSpan.FromSeconds(1));
            using var own = await open.Anonymous.GetAsync(client.Authorize());
            cookies.Add(own.Headers.GetValues("Set-Cookie").Single().Split(';')[0]);
        }

        using var request = new HttpRequestMessage(HttpMethod.Get, client.Authorize());
        request.Headers.TryAddWithoutValidation("Cookie", string.Join("; ", cookies));
        using var response = await open.Anonymous.SendAsync(request);
        Assert.Equal(302, (int)response.StatusCode);
        Assert.DoesNotContain("login.displaced", await open.SignInEventsAsync(known.LoginRequestId), StringComparer.Ordinal);
    }

    /// <summary>The site of a hosting company, such as one whose customers have names below its own, serves unrelated clients.</summary>
    [Fact]
    public void Slow_hosts_of_one_network_do_not_use_up_a_site_that_a_client_shares_with_them()
    {
        var limiter = new FetchLimiter();
        var taken = Enumerable.Range(0, 8)
            .Count(n => limiter.TryEnter($"a{n}.hosting.example", isListed: false, "attacker") is not null);
        Assert.Equal(2, taken);
        using var innocent = limiter.TryEnter("client.hosting.example", isListed: false, "other");
        Assert.NotNull(innocent);
    }

    [Fact]
    public void Slow_hosts_of_one_network_do_not_use_up_an_address_that_a_client_shares_with_them()
    {
        var limiter = new FetchLimiter();
        var shared = System.Net.IPAddress.Parse("9.9.9.9");
        var dialled = Enumerable.Range(0, 8)
            .Count(n => limiter.TryEnter($"slow{n}.example", isListed: false, "attacker")!.TryDial(shared));
        Assert.Equal(4, dialled);
        using var innocent = limiter.TryEnter("client.example", isListed: false, "other");
        Assert.True(innocent!.TryDial(shared));
    }

    private const int BindingCookieLimit = LoginRequests.BindingCookie.MaxPerBrowser;

    private static (string Name, string? Value)[] Forged((string Name, string? Value)[] proof)
    {
        var assertion = proof[0].Value!;
        return [(proof[0].Name, assertion[..(assertion.LastIndexOf('.') + 1)] + new string('A', 86)), .. proof[1..]];
    }

    private static Task<RegisteredClient> RegisterAsync(Company company) =>
        new Registrant(company).RegisterAsync(new
        {
            client_name = $"Key {Interlocked.Increment(ref pages)}",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "private_key_jwt",
            jwks = ClientKey.Set,
        });

    private static Task<HttpResponseMessage> ManageAsync(NetworkClient network, HttpMethod method, RegisteredClient client) =>
        network.SendAsync(
            method, $"/oauth/register/{client.Id}", content: null, $"Bearer {client.Text("registration_access_token")}");

    private static Task<HttpResponseMessage> RedeemAsync(LatchkeyHost at, NetworkClient network, string client) => network.PostAsync(
        "/oauth/token", [("grant_type", "authorization_code"), ("code", "lkc_x"), .. ClientKey.Proof(at, client)]);

    private static async Task<long> EventsAsync(LatchkeyHost at, string name, string? cause = null)
    {
        await at.Services.GetRequiredService<SignInRecorder>().FlushAsync(CancellationToken.None);
        return await CountAsync(
            at.Services.GetRequiredService<Databases>().SignIns,
            "SELECT COUNT(*) FROM journey_events e, json_each(e.events) s "
            + $"WHERE s.value->>1 = '{name}'{(cause is null ? "" : $" AND s.value->>2 = '{cause}'")}");
    }

    private static Task<long> CountAsync(IDatabase database, string sql) => database.ReadAsync(
        sql,
        [],
        static reader =>
        {
            reader.Read();
            return reader.GetInt64(0);
        },
        CancellationToken.None);
}
