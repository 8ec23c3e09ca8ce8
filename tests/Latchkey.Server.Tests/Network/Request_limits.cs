using System.Buffers.Binary;
using System.Net;
using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Tests.Network;

/// <summary>Limits of a request before authentication. The numbers are documented in docs/guide/operate.md.</summary>
public sealed class Request_limits(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData(32 * 1024 - 100, 200)]
    [InlineData(32 * 1024 + 1, 414)]
    [InlineData(1024 * 1024, 414)]
    [Spec("RFC 9110 §15.5.15", "uri-too-long")]
    public async Task A_request_line_is_limited_to_32_KiB(int length, int status) =>
        Assert.Equal(status, (await RawHttp.SendAsync(host, "GET", "/healthz?" + new string('x', length))).Status);

    [Theory]
    [InlineData(97, 10, 200)]
    [InlineData(101, 10, 431)]
    [InlineData(50, 1_200, 200)]
    [InlineData(50, 1_400, 431)]
    [InlineData(1, 80_000, 431)]
    [Spec("RFC 6585 §5", "headers-too-large")]
    public async Task Headers_are_limited_to_100_and_64_KiB_in_all(int count, int length, int status)
    {
        var headers = Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', length)}").ToArray();
        Assert.Equal(status, (await RawHttp.SendAsync(host, "GET", "/healthz", headers)).Status);
    }

    /// <summary>The response is sent without waiting for a body that would not be read.</summary>
    [Theory]
    [InlineData("/oauth/token", "262145")]
    [InlineData("/oauth/token", "1099511627776")]
    [InlineData("/oauth/par", "262145")]
    [InlineData("/oauth/authorize", "262145")]
    [InlineData("/oauth/introspect", "262145")]
    public async Task A_body_that_is_announced_too_large_is_413_before_it_is_sent(string path, string length)
    {
        var response = await RawHttp.SendBytesAsync(
            host,
            Encoding.ASCII.GetBytes(
                $"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {Form}\r\nContent-Length: {length}\r\n\r\n"));
        Assert.Equal(413, response.Status);
    }

    /// <summary>Chunks with a size that overflows, with no size, and with more bytes than their size.</summary>
    [Theory]
    [InlineData("/oauth/token", "invalid_request")]
    [InlineData("/oauth/introspect", "invalid_request")]
    [InlineData("/api/v1/resources", "invalid_request")]
    [InlineData("/oauth/authorize", null)]
    public async Task A_body_with_malformed_chunks_is_400(string path, string? code)
    {
        // The rapid reset attack of another test spends the requests of this address.
        host.Refill();
        string[] headers = path.StartsWith("/api", StringComparison.Ordinal)
            ? ["Transfer-Encoding: chunked", "Content-Type: application/json", $"Authorization: Bearer {await host.OperatorTokenAsync()}"]
            : ["Transfer-Encoding: chunked", $"Content-Type: {Form}"];
        foreach (var chunks in new[] { "123456789012345678901234567890\r\n", "FFFFFFFFFFFFFFFF\r\nx", "80000000\r\nx",
            "g\r\nx\r\n0\r\n\r\n", "\r\n\r\n", "1\r\nxyz\r\n0\r\n\r\n", "-1\r\nx\r\n0\r\n\r\n" })
        {
            var response = await RawHttp.SendAsync(host, "POST", path, headers, Encoding.ASCII.GetBytes(chunks));
            Assert.Equal((400, chunks), (response.Status, chunks));
            Assert.True(
                (code is null ? response["Content-Type"] : response.Body)!.Contains(code ?? "text/html", StringComparison.Ordinal),
                $"{chunks}: {response.Body}");
        }
    }

    [Theory]
    [InlineData("/oauth/token", false)]
    [InlineData("/oauth/token", true)]
    [InlineData("/oauth/register", true)]
    public async Task A_body_over_HTTP_2_is_limited_to_256_KiB(string path, bool isChunked)
    {
        using var client = host.NewClient();
        using var content = isChunked ? (HttpContent)new StreamContent(new Unseekable(300_000)) : new ByteArrayContent(new byte[300_000]);
        content.Headers.ContentType = new(path == "/oauth/register" ? "application/json" : Form);
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = content,
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact
        };
        using var response = await client.SendAsync(request);
        Assert.Equal(path == "/oauth/register" ? 400 : 413, (int)response.StatusCode);
    }

    /// <summary>
    /// In HTTP/2 the path is a header. A header that is too long is not decoded, so the dynamic tables of both sides differ and the
    /// connection is closed (RFC 7541 §2.3).
    /// </summary>
    [Theory]
    [InlineData(33 * 1024, 10)]
    [InlineData(10, 33 * 1024)]
    public async Task A_header_over_HTTP_2_is_limited_to_32_KiB(int pathLength, int headerLength)
    {
        var frames = await RequestOverHttp2Async(pathLength, headerLength, count: 1);
        Assert.DoesNotContain(frames, f => f.Type == RawHttp2.Headers);
        const uint CompressionError = 9;
        Assert.All(frames, f => Assert.True(f.ErrorCode is null or CompressionError, f.ToString()));
    }

    [Theory]
    [InlineData(95, 10, "")]
    [InlineData(101, 10, "431")]
    [InlineData(50, 1_400, "431")]
    public async Task Headers_over_HTTP_2_are_limited_to_100_and_64_KiB_in_all_with_the_pseudo_headers(int count, int length, string status)
    {
        var response = Assert.Single(await RequestOverHttp2Async(pathLength: 10, length, count), f => f.Type == RawHttp2.Headers);

        // 200 is one byte of the static table, 431 is a literal (RFC 7541 appendix A).
        const byte Status200 = 0x88;
        Assert.Equal(status.Length == 0, response.Payload.Contains(Status200));
        Assert.Contains(status, Encoding.Latin1.GetString(response.Payload), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9113 §5.1.2", "streams-limited")]
    public async Task A_connection_is_limited_to_200_streams_and_the_next_is_refused()
    {
        using var wire = await RawHttp2.ConnectAsync(host);
        var settings = (await wire.ReceiveAllAsync(f => f.Type == RawHttp2.SettingsFrame && f.Flags == 0))[^1].Payload.Chunk(6)
            .ToDictionary(s => BinaryPrimitives.ReadUInt16BigEndian(s), s => BinaryPrimitives.ReadUInt32BigEndian(s.AsSpan(2)));
        Assert.Equal(200u, settings[RawHttp2.MaxConcurrentStreams]);
        for (var stream = 0; stream <= 200; stream++)
        {
            await wire.SendAsync(
                RawHttp2.Headers, RawHttp2.EndHeaders, 1 + (2 * stream), RawHttp2.Post("/oauth/token", ("content-type", Form)));
        }

        const uint RefusedStream = 7;
        var refused = (await wire.ReceiveAllAsync(f => f.Type is RawHttp2.ResetStream or RawHttp2.GoAway))[^1];
        Assert.Equal((RawHttp2.ResetStream, 401, RefusedStream), (refused.Type, refused.StreamId, refused.ErrorCode));
    }

    /// <summary>CVE-2023-44487: streams that are opened and reset at once do not count toward the limit of concurrent streams.</summary>
    [Fact]
    [Spec("RFC 9113 §10.5", "wearing-down")]
    public async Task A_connection_with_a_rapid_reset_attack_is_closed()
    {
        const int Many = 50_000;
        using var wire = await RawHttp2.ConnectAsync(host);
        var receiving = wire.ReceiveAllAsync();
        var opened = 0;
        try
        {
            for (; opened < Many && !receiving.IsCompleted; opened++)
            {
                await wire.SendAsync(
                    RawHttp2.Headers, RawHttp2.EndHeaders, 1 + (2 * opened), RawHttp2.Post("/oauth/token", ("content-type", Form)));
                await wire.SendAsync(RawHttp2.ResetStream, flags: 0, 1 + (2 * opened), [0, 0, 0, 8]);
            }
        }
        catch (IOException)
        {
            // The server closed the connection while more was being sent.
        }

        await receiving;
        Assert.InRange(opened, 1, Many - 1);
    }

    /// <summary>The setting is checked, because two minutes are too long for a test.</summary>
    [Fact]
    public void An_idle_connection_is_kept_for_two_minutes() =>
        Assert.Equal(
            TimeSpan.FromMinutes(2), host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.KeepAliveTimeout);

    /// <returns>The frames up to a response, or up to the end of the connection.</returns>
    private async Task<IReadOnlyList<Http2Frame>> RequestOverHttp2Async(int pathLength, int headerLength, int count)
    {
        using var wire = await RawHttp2.ConnectAsync(host);
        var parts = RawHttp2.Block([
            (":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/healthz?" + new string('x', pathLength)),
            .. Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('x', headerLength))),
        ]).Chunk(16 * 1024).ToArray();
        try
        {
            for (var i = 0; i < parts.Length; i++)
            {
                var flags = (byte)((i == 0 ? RawHttp2.EndStream : 0) | (i == parts.Length - 1 ? RawHttp2.EndHeaders : 0));
                await wire.SendAsync(i == 0 ? RawHttp2.Headers : RawHttp2.Continuation, flags, streamId: 1, parts[i]);
            }
        }
        catch (IOException)
        {
            // The server closed the connection while more was being sent.
        }

        return await wire.ReceiveAllAsync(f => f.Type == RawHttp2.Headers);
    }

    private sealed class Unseekable(int length) : MemoryStream(new byte[length])
    {
        public override bool CanSeek => false;
    }
}
