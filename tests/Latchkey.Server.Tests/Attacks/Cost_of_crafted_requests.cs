using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Latchkey.Server.Authorize;
using Latchkey.Server.ClientMetadata;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grpc.Messages;
using Latchkey.Server.Limits;
using Latchkey.Server.Management;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Grpc;
using Latchkey.Server.Tests.Limits;
using Latchkey.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>Requests of a stranger that are made to cost this server more CPU time or memory than the budget charges for them.</summary>
public sealed class Cost_of_crafted_requests(OnSqlite host, WithSmallBudget small)
    : IClassFixture<OnSqlite>, IClassFixture<WithSmallBudget>
{
    private const string Form = "application/x-www-form-urlencoded";

    /// <summary>64 KiB of headers have room for five thousand tokens, and each was verified before the call was refused.</summary>
    [Fact]
    public async Task A_gRPC_call_has_a_bounded_number_of_bearer_tokens_verified()
    {
        using var channel = GrpcChannel.ForAddress(
            host.BaseUrl, new GrpcChannelOptions { HttpHandler = host.NewHandler(), DisposeHttpClient = true });
        var wire = channel.CreateCallInvoker();
        var right = await host.OperatorTokenAsync();
        string[] stale = [.. Enumerable.Repeat("e.e.e", ManagementAuthentication.MaxTokens - 1)];
        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, [.. stale, right]), StatusCode.NotFound, "CONNECTION_NOT_FOUND");
        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, [.. stale, "e.e.e", right]), StatusCode.Unauthenticated, "INVALID_TOKEN");
        var many = string.Join(",Bearer ", Enumerable.Repeat("e.e.e", 2_000));
        var began = Stopwatch.GetTimestamp();
        await GrpcCalls.RefusedAsync(() => ReportAsync(wire, [many]), StatusCode.Unauthenticated, "INVALID_TOKEN");
        TestContext.Current.TestOutputHelper?.WriteLine($"2,000 tokens: {Stopwatch.GetElapsedTime(began).TotalMilliseconds} ms");
    }

    /// <summary>Each repetition of a parameter copied all former ones: 268 MB for one URL of 32 KiB.</summary>
    [Theory]
    [InlineData("a=1")]
    [InlineData("resource=https://mcp.example/mcp")]
    [InlineData("")]
    public void Repeated_parameters_cost_memory_in_proportion_to_their_number(string field)
    {
        var http = new DefaultHttpContext();
        http.Request.QueryString = new("?" + string.Join('&', Enumerable.Repeat(field, 32_000 / (field.Length + 1))));
        var before = GC.GetAllocatedBytesForCurrentThread();
        var parameters = RequestParameters.OfQuery(http.Request);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1024 * 1024);
        Assert.Equal(32_000 / (field.Length + 1) <= 1024, parameters.IsText);
    }

    [Theory]
    [InlineData(1_024, 400)]
    [InlineData(30_000, 400)]
    public async Task A_request_with_many_parameters_is_refused(int fields, int status)
    {
        var query = string.Concat(Enumerable.Repeat("&", fields));
        using var authorize = await host.Anonymous.GetAsync($"/oauth/authorize?{query}");
        Assert.Equal(status, (int)authorize.StatusCode);
        using var callback = await host.Anonymous.GetAsync(
            $"/sso/v1/connections/{(await host.CompanyAsync()).ConnectionId}/partner:callback?state=x{query}");
        await Expect.PageAsync(callback, 400, "unknown_state");
        using var body = new StringContent($"grant_type=client_credentials{query}", Encoding.ASCII, Form);
        using var token = await host.Anonymous.PostAsync("/oauth/token", body);
        await Expect.ErrorAsync(token, 400, "invalid_request");
    }

    /// <summary>Each value is parsed and compared with every resource, several times per request.</summary>
    [Fact]
    public void More_resource_parameters_than_allowed_are_not_read()
    {
        var parameters = new RequestParameters(
            [new("resource", new([.. Enumerable.Range(0, 1_000).Select(i => $"https://mcp{i}.example/mcp")]))]);
        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Null(AuthorizeChecks.ResourceOf(
            parameters, Issuer.Environment("https://auth.example"), home: null, ConfigurationSnapshot.Empty));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024);
    }

    /// <summary>HTTP/2 has no Transfer-Encoding, so a body without a length was charged as none.</summary>
    [Fact]
    public async Task A_body_over_HTTP_2_without_a_length_is_charged_as_the_longest()
    {
        using var still = small.Clock.StandStill();
        small.Refill();
        var network = NetworkClient.New(small);
        await Expect.ErrorAsync(await PostWithoutLengthAsync(network.Address), 400, "invalid_client_metadata");
        await Expect.ErrorAsync(await PostWithoutLengthAsync(network.Address), 429, "temporarily_unavailable");

        // A request without a body costs its route only.
        await Expect.PageAsync(await network.GetAsync("/consent/lri_0000000000000000000000"), 403, "foreign_browser");
    }

    /// <summary>A slow body, or a response that is not read, occupies memory for as long as the attacker likes.</summary>
    [Fact]
    public async Task The_oldest_requests_of_a_network_are_aborted_when_too_many_are_under_way()
    {
        const int StreamsPerConnection = 200;
        var wires = new List<RawHttp2>();
        try
        {
            for (var c = 0; c <= RequestsUnderWay.MaxOfNetwork / StreamsPerConnection; c++)
            {
                wires.Add(await RawHttp2.ConnectAsync(host));
                for (var stream = 0; stream < StreamsPerConnection; stream++)
                {
                    await wires[^1].SendAsync(
                        RawHttp2.Headers, RawHttp2.EndHeaders, 1 + (2 * stream), RawHttp2.Post("/oauth/token", ("content-type", Form)));
                }
            }

            var aborted = 0;
            await wires[0].ReceiveAllAsync(
                f => f.Type == RawHttp2.ResetStream && ++aborted > StreamsPerConnection / 2).WaitAsync(Eventually.MaxWait);
            using var honest = await host.Anonymous.PostAsync("/oauth/token", new StringContent("", Encoding.ASCII, Form));
            await Expect.ErrorAsync(honest, 400, "invalid_request");
        }
        finally
        {
            wires.ForEach(w => w.Dispose());
        }
    }

    /// <summary>A body of 256 KiB that comes slowly occupied as much memory for minutes, a thousand times per network.</summary>
    [Theory]
    [InlineData(256 * 1024L, 200)]
    [InlineData(null, 200)]
    [InlineData(64 * 1024L, 500)]
    [InlineData(1024L, 1000)]
    public async Task Large_bodies_of_a_network_count_as_several_requests(long? length, int places)
    {
        var underWay = new RequestsUnderWay(
            host.Services.GetRequiredService<Settings>(), host.Services.GetRequiredService<ClientAddress>());
        var ended = new TaskCompletionSource();
        var requests = Enumerable.Range(0, places + 2).Select(_ => Sending(length)).ToList();
        var running = requests.Select(http => underWay.RunAsync(http, _ => ended.Task)).ToList();

        Assert.Equal([true, true, false], requests.Take(3).Select(http => http.RequestAborted.IsCancellationRequested));
        Assert.False(requests[^1].RequestAborted.IsCancellationRequested);
        ended.SetResult();
        await Task.WhenAll(running);
    }

    /// <summary>Each stream that was reset before its body ended was logged as an error with a stack trace.</summary>
    [Fact]
    public async Task Streams_that_are_reset_leave_no_errors_in_the_log()
    {
        using var logs = Logs.Of(host);
        using var wire = await RawHttp2.ConnectAsync(host);
        for (var stream = 0; stream < 20; stream++)
        {
            await wire.SendAsync(
                RawHttp2.Headers, RawHttp2.EndHeaders, 1 + (2 * stream), RawHttp2.Post("/oauth/token", ("content-type", Form)));
        }

        await Task.Delay(200);
        for (var stream = 0; stream < 20; stream++)
        {
            await wire.SendAsync(RawHttp2.ResetStream, flags: 0, 1 + (2 * stream), [0, 0, 0, 8]);
        }

        await Task.Delay(500);
        Assert.DoesNotContain("Error:", logs.Text, StringComparison.Ordinal);
    }

    /// <summary>Clients are cached, and the cache did not count three thousand repetitions of a grant type.</summary>
    [Fact]
    public async Task Repeated_grant_types_of_a_client_are_kept_once()
    {
        string[] types = [.. Enumerable.Repeat("authorization_code", 2_000), .. Enumerable.Repeat("refresh_token", 1_000)];
        var registered = await new Registrant(await host.CompanyAsync()).RegisterAsync(new
        {
            client_name = "Repeated",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "none",
            grant_types = types,
        });
        Assert.Equal(
            ["authorization_code", "refresh_token"],
            registered.Response.GetProperty("grant_types").EnumerateArray().Select(t => t.GetString()!));
        var document = JsonSerializer.SerializeToUtf8Bytes(new
        {
            client_id = "https://client.example/repeated",
            client_name = "Repeated",
            redirect_uris = new[] { Registrant.Redirect },
            grant_types = types,
        });
        var read = ClientMetadataDocument.Read(document, "https://client.example/repeated", []);
        Assert.Equal(["authorization_code", "refresh_token"], Assert.IsType<DocumentReading.Valid>(read).Document.GrantTypes);
    }

    /// <summary>A caller that asks for it many times and reads nothing would fill the memory with copies.</summary>
    [Theory]
    [InlineData("/api/openapi.json")]
    [InlineData("/api/docs")]
    public async Task A_large_document_costs_more_than_a_small_one(string path)
    {
        using var still = small.Clock.StandStill();
        small.Refill();
        var network = NetworkClient.New(small);
        for (var i = 0; i < 2; i++)
        {
            using var sent = await network.GetAsync(path);
            Assert.Equal(200, (int)sent.StatusCode);
            Assert.InRange((await sent.Content.ReadAsByteArrayAsync()).Length, 50_000, 2_000_000);
        }

        using var refused = await network.GetAsync(path);
        Assert.Equal(429, (int)refused.StatusCode);
    }

    private static DefaultHttpContext Sending(long? length)
    {
        var http = new DefaultHttpContext();
        http.Features.Set<IHttpRequestBodyDetectionFeature>(new WithBody());
        http.Features.Set<IHttpRequestLifetimeFeature>(new Lifetime());
        http.Connection.RemoteIpAddress = IPAddress.Parse("198.51.100.7");
        http.Request.Method = "POST";
        http.Request.ContentLength = length;
        return http;
    }

    private static async Task ReportAsync(CallInvoker wire, params string[] bearers) => await GrpcCalls.ReportAsync(
        wire, "conn_0000000000000000000000", "lri_0000000000000000000000", new User { Sub = "ada", Email = "ada@acme.example" }, bearers);

    private async Task<HttpResponseMessage> PostWithoutLengthAsync(string from)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/register")
        {
            Content = new Endless("{}"u8.ToArray()),
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", from);
        using var client = small.NewClient();
        return await client.SendAsync(request);
    }

    /// <summary>Content whose length is not announced.</summary>
    private sealed class Endless(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    private sealed class WithBody : IHttpRequestBodyDetectionFeature
    {
        public bool CanHaveBody => true;
    }

    private sealed class Lifetime : IHttpRequestLifetimeFeature
    {
        public CancellationToken RequestAborted { get; set; }

        public void Abort() => RequestAborted = new(canceled: true);
    }
}
