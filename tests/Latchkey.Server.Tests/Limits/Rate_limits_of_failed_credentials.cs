using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Grpc;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// Only failures are counted, and only the response to the next failure changes. A lockout would let an attacker lock out the owner of a
/// credential.
/// </summary>
public sealed class Rate_limits_of_failed_credentials(WithRateLimits host) : IClassFixture<WithRateLimits>
{
    [Fact]
    [Spec("OAuth 2.1 §2.4.1", "brute-force")]
    [Spec("RFC 6585 §4", "too-many-requests")]
    public async Task Failures_are_answered_by_429_and_the_right_secret_is_accepted_from_the_same_address()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var other = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithRateLimits.Failures; i++)
        {
            await Expect.ErrorAsync(await TokenAsync(network, client.Id, "wrong"), 401, "invalid_client");
        }

        // 3 per minute: one every twenty seconds.
        await RateLimitedAsync(await TokenAsync(network, client.Id, "wrong"), 20);
        using (var right = await TokenAsync(network, client.Id, client.Secret!))
        {
            Assert.Equal(200, (int)right.StatusCode);
        }

        await Expect.ErrorAsync(await TokenAsync(network, other.Id, "wrong"), 401, "invalid_client");
        await Expect.ErrorAsync(await TokenAsync(NetworkClient.New(host), client.Id, "wrong"), 401, "invalid_client");
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Expect.ErrorAsync(await TokenAsync(network, client.Id, "wrong"), 401, "invalid_client");
        await RateLimitedAsync(await TokenAsync(network, client.Id, "wrong"), 20);
    }

    /// <summary>Thousands of users behind one address exchange codes and refresh tokens without a limit.</summary>
    [Fact]
    public async Task A_success_is_not_counted()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        for (var i = 0; i < 20 * WithRateLimits.Failures; i++)
        {
            using var right = await TokenAsync(network, client.Id, client.Secret!);
            Assert.Equal(200, (int)right.StatusCode);
        }
    }

    /// <summary>Basic, body and assertion share one count, at every endpoint that authenticates clients.</summary>
    [Fact]
    [Spec("RFC 7009 §5", "floods-limited")]
    [Spec("RFC 7662 §4", "scanning-limited")]
    public async Task Failures_at_all_endpoints_by_all_methods_share_one_count_per_client()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = NetworkClient.New(host);
        var basic = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Id}:wrong"));
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        await Expect.ErrorAsync(await network.PostAsync("/oauth/token", form, basic), 401, "invalid_client");
        await Expect.ErrorAsync(
            await network.PostAsync("/oauth/revoke", ("token", "x"), ("client_id", client.Id), ("client_secret", "wrong")),
            401,
            "invalid_client");
        await Expect.ErrorAsync(
            await network.PostAsync("/oauth/introspect", ("token", "x"), ("client_id", client.Id), ("client_secret", "wrong")),
            401,
            "invalid_client");

        await RateLimitedAsync(await network.PostAsync("/oauth/par", ("client_id", client.Id), ("client_secret", "wrong")), 20);
        await RateLimitedAsync(
            await network.PostAsync(
                "/oauth/token", ("grant_type", "client_credentials"), ("client_id", client.Id),
                ("client_assertion", "eyJhbGciOiJub25lIn0.e30."),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            20);
    }

    /// <summary>
    /// A deleted client must receive invalid_client from every device of a network: a request without a secret guesses nothing.
    /// </summary>
    [Fact]
    public async Task An_unknown_client_without_a_secret_is_not_counted()
    {
        var network = NetworkClient.New(host);
        for (var i = 0; i < 3 * WithRateLimits.Failures; i++)
        {
            await Expect.ErrorAsync(await network.PostAsync(
                "/oauth/token", ("grant_type", "refresh_token"), ("refresh_token", "lkr_x"),
                ("client_id", "m2m_0000000000000000000000")), 401, "invalid_client");
        }
    }

    /// <summary>A stolen code tried from many addresses has one count, and its client still redeems it.</summary>
    [Fact]
    public async Task Failures_with_a_stolen_code_are_counted_per_grant_from_all_networks()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        var report = await client.Company.ReportAsync(redirect.LoginRequestId);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        var wrong = new (string, string?)[] { ("grant_type", "authorization_code"), ("code", code), ("client_id", client.Id),
            ("code_verifier", new string('x', 43)) };
        for (var i = 0; i < WithRateLimits.Failures; i++)
        {
            await Expect.ErrorAsync(await NetworkClient.New(host).PostAsync("/oauth/token", wrong), 400, "invalid_grant");
        }

        // A flood is recorded as one event.
        var recorded = (await host.SignInEventsAsync(redirect.LoginRequestId)).Count;
        for (var i = 0; i < 10; i++)
        {
            await RateLimitedAsync(await NetworkClient.New(host).PostAsync("/oauth/token", wrong), 20);
        }

        Assert.Equal(recorded + 1, (await host.SignInEventsAsync(redirect.LoginRequestId)).Count);
        await Tokens.OfAsync(await client.RedeemAsync(code));
    }

    [Fact]
    public async Task Failures_with_a_stolen_refresh_token_are_counted_per_grant_and_its_client_still_refreshes()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var attacker = await McpClient.RegisterAsync(await host.CompanyAsync(), "https://thief.example/callback");
        var tokens = await client.TokensAsync();
        for (var i = 0; i < WithRateLimits.Failures; i++)
        {
            await Expect.ErrorAsync(await attacker.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        }

        await RateLimitedAsync(await attacker.RefreshAsync(tokens.Refresh!), 20);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        // An unknown refresh token belongs to no grant and is not counted.
        await Expect.ErrorAsync(await attacker.RefreshAsync("lkr_x"), 400, "invalid_grant");
    }

    [Fact]
    public async Task Failures_at_the_management_API_are_answered_by_a_429_problem_and_the_right_bearer_is_accepted()
    {
        using var still = host.Clock.StandStill();
        var network = NetworkClient.New(host);
        const string Path = "/api/v1/resources";
        for (var i = 0; i < WithRateLimits.Failures; i++)
        {
            await Expect.ProblemAsync(
                await network.SendAsync(HttpMethod.Get, Path, content: null, $"Bearer wrong{i}"), 401, "invalid_token");
        }

        var refused = await network.SendAsync(HttpMethod.Get, Path, content: null, "Bearer wrong");
        Assert.Equal(TimeSpan.FromSeconds(20), refused.Headers.RetryAfter?.Delta);
        await Expect.ProblemAsync(refused, 429, "too_many_requests");
        using var right = await network.SendAsync(HttpMethod.Get, Path, content: null, $"Bearer {await host.OperatorTokenAsync()}");
        Assert.Equal(200, (int)right.StatusCode);
        await Expect.ProblemAsync(
            await network.SendAsync(HttpMethod.Get, Path, content: null, authorization: null), 401, "unauthenticated");
        await Expect.ProblemAsync(
            await NetworkClient.New(host).SendAsync(HttpMethod.Get, Path, content: null, "Bearer wrong"), 401, "invalid_token");
    }

    /// <summary>The first call of the SDKs has no token, which is not counted as a failure.</summary>
    [Fact]
    public async Task Failures_over_gRPC_are_answered_by_RESOURCE_EXHAUSTED_and_share_the_count()
    {
        using var still = host.Clock.StandStill();
        using var channel = GrpcChannel.ForAddress(
            host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        var wire = channel.CreateCallInvoker();
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithRateLimits.Failures; i++)
        {
            await GrpcCalls.RefusedAsync(() => ReportAsync(wire, network), StatusCode.Unauthenticated, "UNAUTHENTICATED");
            await GrpcCalls.RefusedAsync(() => ReportAsync(wire, network, "wrong"), StatusCode.Unauthenticated, "INVALID_TOKEN");
        }

        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, network, "wrong"), StatusCode.ResourceExhausted, "TOO_MANY_REQUESTS");
        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, network), StatusCode.Unauthenticated, "UNAUTHENTICATED");
        var right = await host.OperatorTokenAsync();
        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, network, "stale", right), StatusCode.NotFound, "CONNECTION_NOT_FOUND");
        var refused = await Assert.ThrowsAsync<RpcException>(() => ReportAsync(wire, network, "wrong"));
        Assert.Equal("20", refused.Trailers.GetValue("retry-after"));
        await Expect.ProblemAsync(
            await network.SendAsync(HttpMethod.Get, "/api/v1/resources", content: null, "Bearer wrong"), 429, "too_many_requests");
    }

    private static async Task ReportAsync(CallInvoker wire, NetworkClient network, params string[] bearers)
    {
        var metadata = new global::Grpc.Core.Metadata { { "x-forwarded-for", network.Address } };
        foreach (var bearer in bearers)
        {
            metadata.Add("authorization", $"Bearer {bearer}");
        }

        using var call = wire.AsyncUnaryCall(
            GrpcCalls.MethodOf("scalekit.v1.auth.AuthService", "UpdateLoginUserDetails"), host: null, new CallOptions(metadata),
            new UpdateLoginUserDetailsRequest
            {
                ConnectionId = "conn_0000000000000000000000",
                LoginRequestId = "lri_0000000000000000000000",
                User = new User { Sub = "ada", Email = "ada@acme.example" }
            });
        await call.ResponseAsync;
    }

    private static Task<HttpResponseMessage> TokenAsync(NetworkClient network, string client, string secret) =>
        network.PostAsync("/oauth/token", ("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret));

    private static async Task RateLimitedAsync(HttpResponseMessage response, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), response.Headers.RetryAfter?.Delta);
        await Expect.ErrorAsync(response, 429, "temporarily_unavailable");
    }
}
