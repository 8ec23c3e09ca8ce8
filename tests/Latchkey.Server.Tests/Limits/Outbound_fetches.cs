using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// An unauthenticated caller chooses the URLs of documents and key sets. Without limits, this server would send requests to a third party
/// for it (amplification).
/// </summary>
public sealed class Outbound_fetches(WithRateLimits host, WithClientHost open)
    : IClassFixture<WithRateLimits>, IClassFixture<WithClientHost>
{
    private static int pages;

    /// <summary>Each wrong assertion made this server fetch the URL again while it failed.</summary>
    [Theory]
    [InlineData("500")]
    [InlineData("302")]
    [InlineData("html")]
    [InlineData("not a key set")]
    public async Task A_failed_fetch_of_a_key_set_is_not_repeated_within_the_floor(string failure)
    {
        using var still = open.Clock.StandStill();
        var company = await open.CompanyAsync();
        var page = NewPage(open, failure);
        var client = await RegisterAsync(company, $"https://{page}");
        open.ResponseAudit.ExpectsStorageAway = true;
        for (var i = 0; i < 10; i++)
        {
            await Expect.ErrorAsync(
                await client.Client.RedeemAsync("lkc_x", SigningClient.Proof(Forged(open, client.Id, $"k{i}"))), 503,
                "temporarily_unavailable");
        }

        Assert.Equal(1, open.Clients!.FetchesOf(page));
        open.Clock.Advance(ClientFetches.FailureFloor - TimeSpan.FromMilliseconds(1));
        await client.Client.RedeemAsync("lkc_x", SigningClient.Proof(Forged(open, client.Id, "k")));
        Assert.Equal(1, open.Clients.FetchesOf(page));
        open.Clock.Advance(TimeSpan.FromMilliseconds(2));
        await client.Client.RedeemAsync("lkc_x", SigningClient.Proof(Forged(open, client.Id, "k")));
        Assert.Equal(2, open.Clients.FetchesOf(page));
        open.ResponseAudit.ExpectsStorageAway = false;
    }

    [Theory]
    [InlineData("500")]
    [InlineData("302")]
    [InlineData("html")]
    [InlineData("not a document")]
    public async Task A_failed_fetch_of_a_document_is_not_repeated_within_the_floor(string failure)
    {
        using var still = open.Clock.StandStill();
        var company = await open.CompanyAsync();
        var page = NewPage(open, failure);
        var client = new McpClient(company, $"https://{page}", secret: null, "https://client.example/callback");
        var code = failure.StartsWith("not", StringComparison.Ordinal) ? "client_document_invalid" : "client_document_unavailable";
        for (var i = 0; i < 10; i++)
        {
            await Expect.PageAsync(await open.Anonymous.GetAsync(client.Authorize()), 400, code);
        }

        Assert.Equal(1, open.Clients!.FetchesOf(page));
        open.Clock.Advance(ClientFetches.FailureFloor);
        await Expect.PageAsync(await open.Anonymous.GetAsync(client.Authorize()), 400, code);
        Assert.Equal(2, open.Clients.FetchesOf(page));
    }

    /// <summary>A valid document is not a valid key set: the failure of one must not refuse the other.</summary>
    [Fact]
    public async Task A_key_set_URL_that_is_the_document_of_another_client_does_not_refuse_that_document()
    {
        using var still = open.Clock.StandStill();
        var company = await open.CompanyAsync();
        var innocent = PublishDocument(open, company);
        var attacker = await RegisterAsync(company, innocent.Id);
        open.ResponseAudit.ExpectsStorageAway = true;
        await Expect.ErrorAsync(
            await attacker.Client.RedeemAsync("lkc_x", SigningClient.Proof(Forged(open, attacker.Id, "k"))), 503,
            "temporarily_unavailable");
        open.ResponseAudit.ExpectsStorageAway = false;
        using var browser = new Browser(open);
        await browser.StartAsync(innocent.Authorize());
    }

    /// <summary>The assertion is checked before the key set is fetched, so that a fetch costs the caller at least a
    /// plausible assertion.</summary>
    [Fact]
    public async Task An_assertion_that_cannot_be_valid_causes_no_fetch()
    {
        var company = await open.CompanyAsync();
        var page = NewPage(open, "500");
        var client = await RegisterAsync(company, $"https://{page}");
        foreach (var assertion in new[]
        {
            Forged(open, client.Id, "k", audience: "https://other.example"), Forged(open, client.Id, "k", lifetime: 3600),
            Forged(open, client.Id, "k", lifetime: -3600), Forged(open, client.Id, "k", algorithm: "none"),
            Forged(open, client.Id, "k", jti: null),
        })
        {
            await Expect.ErrorAsync(await client.Client.RedeemAsync("lkc_x", SigningClient.Proof(assertion)), 401, "invalid_client");
        }

        Assert.Equal(0, open.Clients!.FetchesOf(page));
    }

    [Fact]
    public async Task Documents_and_key_sets_share_one_allowance_per_network_that_is_charged_before_the_fetch()
    {
        using var still = host.Clock.StandStill();
        var company = await host.NewCompanyAsync();
        var network = NetworkClient.New(host);
        var sets = new List<RegisteredClient>();
        for (var i = 0; i <= WithRateLimits.Fetches; i++)
        {
            var page = NewPage(host, "500");
            host.Clients!.Publish(page, ClientKey.Set);
            sets.Add(await RegisterAsync(company, $"https://{page}"));
        }

        // One document and one key set: the allowance is two.
        using (var started = await network.GetAsync(PublishDocument(host, company).Authorize()))
        {
            Assert.Equal(302, (int)started.StatusCode);
        }

        await Expect.ErrorAsync(await RedeemAsync(network, sets[0]), 401, "invalid_client");
        var refused = await RedeemAsync(network, sets[1]);
        Assert.Equal(TimeSpan.FromSeconds(30), refused.Headers.RetryAfter?.Delta);
        await Expect.ErrorAsync(refused, 429, "temporarily_unavailable");
        Assert.Equal(0, host.Clients!.FetchesOf(sets[1].Text("jwks_uri")!["https://".Length..]));
        await Expect.PageAsync(await network.GetAsync(PublishDocument(host, company).Authorize()), 429, "too_many_clients");

        await Expect.ErrorAsync(await RedeemAsync(NetworkClient.New(host), sets[2]), 401, "invalid_client");
    }

    /// <summary>A network without allowance gets the last good copy, and so do clients of a network that an attacker shares.</summary>
    [Fact]
    public async Task A_document_that_was_valid_is_used_when_the_allowance_is_spent()
    {
        using var still = host.Clock.StandStill();
        var company = await host.NewCompanyAsync();
        var network = NetworkClient.New(host);
        var innocent = PublishDocument(host, company);
        using (var first = await NetworkClient.New(host).GetAsync(innocent.Authorize()))
        {
            Assert.Equal(302, (int)first.StatusCode);
        }

        host.Clock.Advance(TimeSpan.FromHours(25));
        for (var i = 0; i <= WithRateLimits.Fetches; i++)
        {
            using var spent = await network.GetAsync(PublishDocument(host, company).Authorize());
            Assert.Equal(i < WithRateLimits.Fetches ? 302 : 429, (int)spent.StatusCode);
        }

        using var stale = await network.GetAsync(innocent.Authorize());
        Assert.Equal(302, (int)stale.StatusCode);
        Assert.Equal(1, host.Clients!.FetchesOf(innocent.Id["https://".Length..]));
    }

    /// <summary>A client discards its registration on invalid_client.</summary>
    [Fact]
    public async Task A_pushed_request_of_a_client_whose_document_host_fails_is_a_503()
    {
        var company = await open.CompanyAsync();
        var client = new McpClient(company, $"https://{NewPage(open, "500")}", secret: null, "https://client.example/callback");
        open.ResponseAudit.ExpectsStorageAway = true;
        var response = await client.PostAsync(
            "/oauth/par", [.. Browser.QueryOf(new Uri("http://x" + client.Authorize())).Select(p => (p.Key, (string?)p.Value))], []);
        await Expect.ErrorAsync(response, 503, "temporarily_unavailable");
        open.ResponseAudit.ExpectsStorageAway = false;
    }

    /// <summary>The verification of a signature costs CPU, so a network that sends wrong ones is refused before further ones.</summary>
    [Fact]
    public async Task Wrong_signatures_are_counted_per_network_before_the_next_one_is_verified()
    {
        using var still = host.Clock.StandStill();
        var company = await host.NewCompanyAsync();
        var network = NetworkClient.New(host);
        var statuses = new List<int>();
        for (var i = 0; i <= 10 * WithRateLimits.Failures; i++)
        {
            // A client of its own each: the limit per client is lower.
            var client = await RegisterAsync(company, jwksUri: null);
            using var response = await RedeemAsync(network, client);
            statuses.Add((int)response.StatusCode);
        }

        Assert.All(statuses.SkipLast(1), s => Assert.Equal(401, s));
        Assert.Equal(429, statuses[^1]);

        var right = await RegisterAsync(company, jwksUri: null);
        using var other = await NetworkClient.New(host).PostAsync(
            "/oauth/token", [("grant_type", "authorization_code"), ("code", "lkc_x"), .. ClientKey.Proof(host, right.Id)]);
        await Expect.ErrorAsync(other, 400, "invalid_grant");
    }

    private static string NewPage(LatchkeyHost at, string failure)
    {
        var page = $"client.example/outbound/{Interlocked.Increment(ref pages)}";
        var clients = at is WithClientHost one ? one.Clients! : ((WithRateLimits)at).Clients!;
        clients.Publish(page, http =>
        {
            http.Response.Headers.Location = "https://client.example/elsewhere";
            if (int.TryParse(failure, out var status))
            {
                return ClientHost.Status(http, status);
            }

            http.Response.ContentType = failure == "html" ? "text/html" : "application/json";
            return http.Response.Body.WriteAsync("{}"u8.ToArray(), http.RequestAborted).AsTask();
        });
        return page;
    }

    private static McpClient PublishDocument(LatchkeyHost at, Company company)
    {
        var page = NewPage(at, "500");
        const string Redirect = "https://client.example/callback";
        (at is WithClientHost one ? one.Clients! : ((WithRateLimits)at).Clients!).Publish(
            page, new { client_id = $"https://{page}", client_name = "Described", redirect_uris = new[] { Redirect } });
        return new McpClient(company, $"https://{page}", secret: null, Redirect);
    }

    private static Task<RegisteredClient> RegisterAsync(Company company, string? jwksUri) =>
        new Registrant(company).RegisterAsync(new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["client_name"] = $"Key {Interlocked.Increment(ref pages)}",
            ["redirect_uris"] = new[] { Registrant.Redirect },
            ["token_endpoint_auth_method"] = "private_key_jwt",
            [jwksUri is null ? "jwks" : "jwks_uri"] = jwksUri is null ? ClientKey.Set : jwksUri,
        });

    private Task<HttpResponseMessage> RedeemAsync(NetworkClient network, RegisteredClient client) => network.PostAsync(
        "/oauth/token",
        [("grant_type", "authorization_code"), ("code", "lkc_x"), .. SigningClient.Proof(Forged(host, client.Id, "client"))]);

    /// <summary>An assertion with right claims and a signature of the right form that no key made.</summary>
    private static string Forged(
        LatchkeyHost at, string clientId, string keyId, string? audience = null, int lifetime = 60, string algorithm = "ES256",
        string? jti = "unique")
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = clientId,
            ["sub"] = clientId,
            ["aud"] = audience ?? at.BaseUrl,
            ["exp"] = at.Clock.GetUtcNow().AddSeconds(lifetime).ToUnixTimeSeconds(),
        };
        if (jti is not null)
        {
            claims["jti"] = $"{jti}-{Interlocked.Increment(ref pages)}";
        }

        return RawJwt.Token(
            $"{{\"alg\":\"{algorithm}\",\"kid\":\"{keyId}\"}}", JsonSerializer.Serialize(claims), _ => new byte[64]);
    }
}
