using System.Text;
using System.Text.Json;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>
/// A web page that people of a network open can make their browsers send any request that needs no credential: images and forms to every
/// route, and scripts to the routes that browser-based clients call. It must not use up what the network needs itself.
/// </summary>
public sealed class Web_pages_of_strangers(WithSmallBudget small, WithRateLimits limited)
    : IClassFixture<WithSmallBudget>, IClassFixture<WithRateLimits>
{
    private static readonly (string, string)[] Script =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "cors"), ("Sec-Fetch-Dest", "empty"), ("Origin", "https://evil.example")];

    private static readonly (string, string)[] Image =
        [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "no-cors"), ("Sec-Fetch-Dest", "image")];

    private static readonly (string, string)[] OldBrowser = [("Origin", "https://evil.example")];

    private static int names;

    public static TheoryData<string> Pages => ["script", "image", "old browser"];

    [Theory]
    [MemberData(nameof(Pages))]
    public async Task Requests_of_a_foreign_page_do_not_use_up_the_requests_of_the_network(string kind)
    {
        using var still = small.Clock.StandStill();
        small.Refill();
        var network = NetworkClient.New(small);
        var statuses = new List<int>();
        for (var i = 0; i < WithSmallBudget.Requests / 2; i++)
        {
            using var content = new ByteArrayContent(new byte[4 * 1024]);
            using var flood = await network.SendAsync(HttpMethod.Post, "/oauth/par", content, authorization: null, HeadersOf(kind));
            statuses.Add((int)flood.StatusCode);
        }

        // The page itself is refused, so that its headers are no way around the budget.
        Assert.Equal(429, statuses[^1]);
        using var authorize = await network.GetAsync("/oauth/authorize");
        await Expect.PageAsync(authorize, 400, "missing_client");
        using var metadata = await network.GetAsync("/.well-known/oauth-authorization-server");
        Assert.Equal(200, (int)metadata.StatusCode);
    }

    [Fact]
    public async Task Registrations_and_pushed_requests_of_a_foreign_page_do_not_use_up_those_of_the_network()
    {
        using var still = limited.Clock.StandStill();
        limited.Refill();
        var company = await limited.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var network = NetworkClient.New(limited);
        var form = Browser.QueryOf(new Uri("http://x" + client.Authorize())).Select(p => KeyValuePair.Create(p.Key, p.Value)).ToList();
        var statuses = new List<int>();
        for (var i = 0; i < 2 * WithRateLimits.Authorizations; i++)
        {
            using var registered = await RegisterAsync(network, company, Script);
            using var pushed = await network.SendAsync(
                HttpMethod.Post, "/oauth/par", new FormUrlEncodedContent(form), authorization: null, Script);
            statuses.AddRange([(int)registered.StatusCode, (int)pushed.StatusCode]);
        }

        Assert.Equal([429, 429], statuses[^2..]);
        using var own = await RegisterAsync(network, company);
        Assert.Equal(201, (int)own.StatusCode);
        using var push = await network.PostAsync("/oauth/par", new FormUrlEncodedContent(form));
        Assert.Equal(201, (int)push.StatusCode);
    }

    /// <summary>With speculation rules, a page makes its visitors' browsers load pages as if they were opened.</summary>
    [Theory]
    [InlineData("Sec-Purpose", "prefetch")]
    [InlineData("Sec-Purpose", "prefetch;prerender")]
    [InlineData("Purpose", "prefetch")]
    public async Task Pages_that_are_loaded_in_advance_are_refused_and_not_counted(string header, string value)
    {
        using var still = limited.Clock.StandStill();
        limited.Refill();
        var client = await McpClient.RegisterAsync(await limited.CompanyAsync());
        var network = NetworkClient.New(limited);
        for (var i = 0; i < 3 * WithRateLimits.Authorizations; i++)
        {
            using var loaded = await network.SendAsync(
                HttpMethod.Get, client.Authorize(), content: null, authorization: null, (header, value),
                ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document"));
            await Expect.PageAsync(loaded, 400, "prefetch_refused");
        }

        using var opened = await network.GetAsync(client.Authorize());
        Assert.Equal(302, (int)opened.StatusCode);
    }

    /// <summary>Each change makes every node read its configuration again and forget its clients.</summary>
    [Fact]
    public async Task Changes_of_documents_are_counted_as_changes_of_registrations()
    {
        using var still = limited.Clock.StandStill();
        limited.Refill();
        var page = $"client.example/changing/{Interlocked.Increment(ref names)}";
        var client = new McpClient(
            await limited.CompanyAsync(), $"https://{page}", secret: null, "https://client.example/callback");
        var network = NetworkClient.New(limited);
        const int Changes = 4 * WithRateLimits.Registrations;
        var statuses = new List<int>();
        for (var i = 0; i <= Changes; i++)
        {
            limited.Clients!.Publish(
                page, new { client_id = client.Id, client_name = $"Name {i}", redirect_uris = new[] { client.RedirectUri } });
            limited.Clock.Advance(TimeSpan.FromMinutes(6));
            using var started = await network.GetAsync(client.Authorize());
            statuses.Add((int)started.StatusCode);
        }

        Assert.Equal([302, 429], statuses.Distinct().Order());
        var changes = await limited.Services.GetRequiredService<ClientStore>()
            .ChangesAsync(ClientId.Parse(client.Id)!.Value, CancellationToken.None);

        // The allowance of an hour, and what was refilled in two hours.
        Assert.InRange(changes.Count, WithRateLimits.Registrations, (3 * WithRateLimits.Registrations) + 1);
        using var elsewhere = await NetworkClient.New(limited).GetAsync(client.Authorize());
        Assert.Equal(302, (int)elsewhere.StatusCode);
    }

    /// <summary>A stranger writes any header, and gets one further allowance for all of them.</summary>
    [Fact]
    public async Task All_foreign_pages_share_one_allowance()
    {
        using var still = small.Clock.StandStill();
        small.Refill();
        var network = NetworkClient.New(small);
        var answered = 0;
        for (var i = 0; i < 3 * WithSmallBudget.Requests; i++)
        {
            (string, string)[] headers = (i % 3) switch
            {
                0 => [("Sec-Fetch-Site", "same-site"), ("Origin", $"https://evil{i}.example")],
                1 => [("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Mode", $"mode{i}")],
                _ => [("Origin", $"https://evil{i}.example")],
            };
            using var response = await network.SendAsync(HttpMethod.Get, "/keys", content: null, authorization: null, headers);
            answered += (int)response.StatusCode == 200 ? 1 : 0;
        }

        Assert.Equal(WithSmallBudget.Requests, answered);
    }

    private static (string, string)[] HeadersOf(string kind) => kind switch
    {
        "script" => Script,
        "image" => Image,
        _ => OldBrowser,
    };

    private static Task<HttpResponseMessage> RegisterAsync(
        NetworkClient network, Company company, params (string Name, string Value)[] headers) => network.SendAsync(
        HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients:register",
        new StringContent(
            JsonSerializer.Serialize(new
            {
                client_name = $"Page {Interlocked.Increment(ref names)}",
                redirect_uris = new[] { "https://client.example/callback" },
                token_endpoint_auth_method = "none",
            }),
            Encoding.UTF8, "application/json"),
        authorization: null, headers);
}
