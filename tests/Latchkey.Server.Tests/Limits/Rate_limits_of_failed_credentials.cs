using System.Text;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.ScalekitWire.Messages;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.ScalekitWire;

namespace Latchkey.Server.Tests.Limits;

/// <summary>Only failures count, and only the answer to the next failure changes: a lock that a stranger could put on somebody would be worse than his guessing.</summary>
public sealed class Failing_to_prove_something(Limited host) : IClassFixture<Limited>
{
    [Fact]
    [Spec("OAuth 2.1 §2.4.1", "brute-force")]
    [Spec("RFC 6585 §4", "too-many-requests")]
    public async Task Turns_into_429_and_the_right_secret_is_let_in_from_the_same_address_all_the_same()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var other = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = Somewhere.New(host);
        for (var i = 0; i < Limited.Failures; i++)
        {
            await Expect.ErrorAsync(await TokenAsync(network, client.Id, "wrong"), 401, "invalid_client");
        }

        // 3 a minute: one every twenty seconds.
        await TooManyAsync(await TokenAsync(network, client.Id, "wrong"), 20);
        using (var right = await TokenAsync(network, client.Id, client.Secret!))
        {
            Assert.Equal(200, (int)right.StatusCode);
        }

        await Expect.ErrorAsync(await TokenAsync(network, other.Id, "wrong"), 401, "invalid_client");
        await Expect.ErrorAsync(await TokenAsync(Somewhere.New(host), client.Id, "wrong"), 401, "invalid_client");
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Expect.ErrorAsync(await TokenAsync(network, client.Id, "wrong"), 401, "invalid_client");
        await TooManyAsync(await TokenAsync(network, client.Id, "wrong"), 20);
    }

    /// <summary>A company of thousands behind one address exchanges and refreshes as often as it likes.</summary>
    [Fact]
    public async Task Is_never_what_a_success_counts_as()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = Somewhere.New(host);
        for (var i = 0; i < 20 * Limited.Failures; i++)
        {
            using var right = await TokenAsync(network, client.Id, client.Secret!);
            Assert.Equal(200, (int)right.StatusCode);
        }
    }

    /// <summary>Basic, body and assertion, at every endpoint that authenticates clients: one count.</summary>
    [Fact]
    public async Task Counts_for_a_client_whichever_way_and_wherever_it_is_tried()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var network = Somewhere.New(host);
        var basic = "Basic " + Convert.ToBase64String(Encoding.ASCII.GetBytes($"{client.Id}:wrong"));
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials")]);
        await Expect.ErrorAsync(await network.PostAsync("/oauth/token", form, basic), 401, "invalid_client");
        await Expect.ErrorAsync(await network.PostAsync("/oauth/revoke", ("token", "x"), ("client_id", client.Id), ("client_secret", "wrong")), 401, "invalid_client");
        await Expect.ErrorAsync(await network.PostAsync("/oauth/introspect", ("token", "x"), ("client_id", client.Id), ("client_secret", "wrong")), 401, "invalid_client");

        await TooManyAsync(await network.PostAsync("/oauth/par", ("client_id", client.Id), ("client_secret", "wrong")), 20);
        await TooManyAsync(
            await network.PostAsync(
                "/oauth/token", ("grant_type", "client_credentials"), ("client_id", client.Id), ("client_assertion", "eyJhbGciOiJub25lIn0.e30."),
                ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")),
            20);
    }

    /// <summary>A client that was removed must hear so, from however many desks of one company: without a secret nobody is guessing.</summary>
    [Fact]
    public async Task Is_not_what_an_unknown_client_without_a_secret_does()
    {
        var network = Somewhere.New(host);
        for (var i = 0; i < 3 * Limited.Failures; i++)
        {
            await Expect.ErrorAsync(await network.PostAsync("/oauth/token", ("grant_type", "refresh_token"), ("refresh_token", "lkr_x"), ("client_id", "m2m_0000000000000000000000")), 401, "invalid_client");
        }
    }

    /// <summary>A stolen code, tried from many addresses: one credential, one count, and its owner still redeems it.</summary>
    [Fact]
    public async Task With_a_code_counts_for_its_grant_from_wherever_it_comes()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var browser = new Browser(host);
        var visit = await browser.StartAsync(client.Authorize());
        var report = await client.Company.ReportAsync(visit.LoginRequestId);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", "notes:read");
        var code = Browser.QueryOf(allowed.Headers.Location!)["code"];
        var wrong = new (string, string?)[] { ("grant_type", "authorization_code"), ("code", code), ("client_id", client.Id), ("code_verifier", new string('x', 43)) };
        for (var i = 0; i < Limited.Failures; i++)
        {
            await Expect.ErrorAsync(await Somewhere.New(host).PostAsync("/oauth/token", wrong), 400, "invalid_grant");
        }

        // What is written down of a flood is that it is one.
        var written = (await host.JourneyAsync(visit.LoginRequestId)).Count;
        for (var i = 0; i < 10; i++)
        {
            await TooManyAsync(await Somewhere.New(host).PostAsync("/oauth/token", wrong), 20);
        }

        Assert.Equal(written + 1, (await host.JourneyAsync(visit.LoginRequestId)).Count);
        await Tokens.OfAsync(await client.RedeemAsync(code));
    }

    [Fact]
    public async Task With_a_refresh_token_counts_for_its_grant_and_leaves_it_to_its_owner()
    {
        using var still = host.Clock.StandStill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var thief = await McpClient.RegisterAsync(await host.CompanyAsync(), "https://thief.example/callback");
        var tokens = await client.TokensAsync();
        for (var i = 0; i < Limited.Failures; i++)
        {
            await Expect.ErrorAsync(await thief.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        }

        await TooManyAsync(await thief.RefreshAsync(tokens.Refresh!), 20);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        // What nobody issued is no grant's.
        await Expect.ErrorAsync(await thief.RefreshAsync("lkr_x"), 400, "invalid_grant");
    }

    [Fact]
    public async Task At_the_management_API_is_a_problem_and_the_right_bearer_is_let_in_all_the_same()
    {
        using var still = host.Clock.StandStill();
        var network = Somewhere.New(host);
        const string Path = "/api/v1/resources";
        for (var i = 0; i < Limited.Failures; i++)
        {
            await Expect.ProblemAsync(await network.SendAsync(HttpMethod.Get, Path, content: null, $"Bearer wrong{i}"), 401, "invalid_token");
        }

        var refused = await network.SendAsync(HttpMethod.Get, Path, content: null, "Bearer wrong");
        Assert.Equal(TimeSpan.FromSeconds(20), refused.Headers.RetryAfter?.Delta);
        await Expect.ProblemAsync(refused, 429, "too_many_requests");
        using var right = await network.SendAsync(HttpMethod.Get, Path, content: null, $"Bearer {await host.OperatorTokenAsync()}");
        Assert.Equal(200, (int)right.StatusCode);
        await Expect.ProblemAsync(await network.SendAsync(HttpMethod.Get, Path, content: null, authorization: null), 401, "unauthenticated");
        await Expect.ProblemAsync(await Somewhere.New(host).SendAsync(HttpMethod.Get, Path, content: null, "Bearer wrong"), 401, "invalid_token");
    }

    /// <summary>The first call of the SDKs comes without a token: that is no failure.</summary>
    [Fact]
    public async Task Over_gRPC_is_RESOURCE_EXHAUSTED_with_its_detail_and_the_same_count()
    {
        using var still = host.Clock.StandStill();
        using var channel = GrpcChannel.ForAddress(host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        var wire = channel.CreateCallInvoker();
        var network = Somewhere.New(host);
        for (var i = 0; i < Limited.Failures; i++)
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
        await Expect.ProblemAsync(await network.SendAsync(HttpMethod.Get, "/api/v1/resources", content: null, "Bearer wrong"), 429, "too_many_requests");
    }

    private static async Task ReportAsync(CallInvoker wire, Somewhere network, params string[] bearers)
    {
        var metadata = new Grpc.Core.Metadata { { "x-forwarded-for", network.Address } };
        foreach (var bearer in bearers)
        {
            metadata.Add("authorization", $"Bearer {bearer}");
        }

        using var call = wire.AsyncUnaryCall(
            GrpcCalls.MethodOf("scalekit.v1.auth.AuthService", "UpdateLoginUserDetails"), host: null, new CallOptions(metadata),
            new UpdateLoginUserDetailsRequest { ConnectionId = "conn_0000000000000000000000", LoginRequestId = "lri_0000000000000000000000", User = new User { Sub = "ada", Email = "ada@acme.example" } });
        await call.ResponseAsync;
    }

    private static Task<HttpResponseMessage> TokenAsync(Somewhere network, string client, string secret) =>
        network.PostAsync("/oauth/token", ("grant_type", "client_credentials"), ("client_id", client), ("client_secret", secret));

    private static async Task TooManyAsync(HttpResponseMessage answer, int seconds)
    {
        Assert.Equal(TimeSpan.FromSeconds(seconds), answer.Headers.RetryAfter?.Delta);
        await Expect.ErrorAsync(answer, 429, "temporarily_unavailable");
    }
}
