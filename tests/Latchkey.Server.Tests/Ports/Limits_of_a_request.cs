using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Tests.Ports;

/// <summary>How much anybody may send before it is known whether it is worth reading; the numbers are those of docs/guide/operate.md.</summary>
public sealed class Limits_of_a_request(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Form = "application/x-www-form-urlencoded";

    [Theory]
    [InlineData(32 * 1024 - 100, 200)]
    [InlineData(32 * 1024 + 1, 414)]
    [InlineData(1024 * 1024, 414)]
    [Spec("RFC 9110 §15.5.15", "uri-too-long")]
    public async Task A_request_line_has_32_KiB(int length, int status) => Assert.Equal(status, (await Wire.SendAsync(host, "GET", "/healthz?" + new string('x', length))).Status);

    [Theory]
    [InlineData(97, 10, 200)]
    [InlineData(101, 10, 431)]
    [InlineData(50, 1_200, 200)]
    [InlineData(50, 1_400, 431)]
    [InlineData(1, 80_000, 431)]
    [Spec("RFC 6585 §5", "headers-too-large")]
    public async Task There_are_100_headers_of_64_KiB_in_all(int count, int length, int status)
    {
        var headers = Enumerable.Range(0, count).Select(i => $"X-{i}: {new string('x', length)}").ToArray();
        Assert.Equal(status, (await Wire.SendAsync(host, "GET", "/healthz", headers)).Status);
    }

    /// <summary>Nobody waits for what was announced and would not be read.</summary>
    [Theory]
    [InlineData("/oauth/token", "262145")]
    [InlineData("/oauth/token", "1099511627776")]
    [InlineData("/oauth/par", "262145")]
    [InlineData("/oauth/authorize", "262145")]
    [InlineData("/oauth/introspect", "262145")]
    public async Task A_body_that_was_announced_too_large_is_413_before_it_comes(string path, string length)
    {
        var answer = await Wire.SendBytesAsync(host, Encoding.ASCII.GetBytes($"POST {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {Form}\r\nContent-Length: {length}\r\n\r\n"));
        Assert.Equal(413, answer.Status);
    }

    /// <summary>A size that no number holds, none at all, and a chunk that does not end where it said.</summary>
    [Theory]
    [InlineData("/oauth/token", "invalid_request")]
    [InlineData("/oauth/introspect", "invalid_request")]
    [InlineData("/api/v1/resources", "invalid_request")]
    [InlineData("/oauth/authorize", null)]
    public async Task A_body_in_chunks_that_cannot_be_told_apart_is_400(string path, string? code)
    {
        string[] headers = path.StartsWith("/api", StringComparison.Ordinal)
            ? ["Transfer-Encoding: chunked", "Content-Type: application/json", $"Authorization: Bearer {await host.OperatorTokenAsync()}"]
            : ["Transfer-Encoding: chunked", $"Content-Type: {Form}"];
        foreach (var chunks in new[] { "123456789012345678901234567890\r\n", "FFFFFFFFFFFFFFFF\r\nx", "80000000\r\nx", "g\r\nx\r\n0\r\n\r\n", "\r\n\r\n", "1\r\nxyz\r\n0\r\n\r\n", "-1\r\nx\r\n0\r\n\r\n" })
        {
            var answer = await Wire.SendAsync(host, "POST", path, headers, Encoding.ASCII.GetBytes(chunks));
            Assert.Equal((400, chunks), (answer.Status, chunks));
            Assert.True((code is null ? answer["Content-Type"] : answer.Body)!.Contains(code ?? "text/html", StringComparison.Ordinal), $"{chunks}: {answer.Body}");
        }
    }

    [Theory]
    [InlineData("/oauth/token", false)]
    [InlineData("/oauth/token", true)]
    [InlineData("/oauth/register", true)]
    public async Task A_body_has_256_KiB_over_HTTP_2_too(string path, bool isChunked)
    {
        using var client = host.NewClient();
        using var content = isChunked ? (HttpContent)new StreamContent(new Unseekable(300_000)) : new ByteArrayContent(new byte[300_000]);
        content.Headers.ContentType = new(path == "/oauth/register" ? "application/json" : Form);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content, Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        using var answer = await client.SendAsync(request);
        Assert.Equal(path == "/oauth/register" ? 400 : 413, (int)answer.StatusCode);
    }

    /// <summary>The path is a header there. A header that is too long was not decoded, so the connection ends: both sides' tables of headers are no longer the same (RFC 7541 §2.3).</summary>
    [Theory]
    [InlineData(33 * 1024, 10)]
    [InlineData(10, 33 * 1024)]
    public async Task A_header_has_32_KiB_over_HTTP_2(int pathLength, int headerLength)
    {
        var frames = await AskOverHttp2Async(pathLength, headerLength, count: 1);
        Assert.DoesNotContain(frames, f => f.Type == Http2Wire.Headers);
        const uint CompressionError = 9;
        Assert.All(frames, f => Assert.True(f.ErrorCode is null or CompressionError, f.ToString()));
    }

    [Theory]
    [InlineData(95, 10, "")]
    [InlineData(101, 10, "431")]
    [InlineData(50, 1_400, "431")]
    public async Task There_are_100_headers_of_64_KiB_in_all_over_HTTP_2_where_the_request_line_is_four_of_them(int count, int length, string status)
    {
        var answer = Assert.Single(await AskOverHttp2Async(pathLength: 10, length, count), f => f.Type == Http2Wire.Headers);

        // 200 is a single byte, 431 is spelled out (RFC 7541 appendix A).
        const byte Status200 = 0x88;
        Assert.Equal(status.Length == 0, answer.Payload.Contains(Status200));
        Assert.Contains(status, Encoding.Latin1.GetString(answer.Payload), StringComparison.Ordinal);
    }

    [Fact]
    [Spec("RFC 9113 §5.1.2", "streams-limited")]
    public async Task A_connection_has_200_streams_and_the_next_is_refused()
    {
        using var wire = await Http2Wire.ConnectAsync(host);
        var settings = (await wire.ReceiveAllAsync(f => f.Type == Http2Wire.SettingsFrame && f.Flags == 0))[^1].Payload.Chunk(6).ToDictionary(s => BinaryPrimitives.ReadUInt16BigEndian(s), s => BinaryPrimitives.ReadUInt32BigEndian(s.AsSpan(2)));
        Assert.Equal(200u, settings[Http2Wire.MaxConcurrentStreams]);
        for (var stream = 0; stream <= 200; stream++)
        {
            await wire.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, 1 + (2 * stream), Http2Wire.Post("/oauth/token", ("content-type", Form)));
        }

        const uint RefusedStream = 7;
        var refused = (await wire.ReceiveAllAsync(f => f.Type is Http2Wire.ResetStream or Http2Wire.GoAway))[^1];
        Assert.Equal((Http2Wire.ResetStream, 401, RefusedStream), (refused.Type, refused.StreamId, refused.ErrorCode));
    }

    /// <summary>CVE-2023-44487: streams that are opened and reset at once count against no number of streams.</summary>
    [Fact]
    [Spec("RFC 9113 §10.5", "wearing-down")]
    public async Task A_connection_that_opens_and_resets_streams_without_end_is_closed()
    {
        const int Many = 50_000;
        using var wire = await Http2Wire.ConnectAsync(host);
        var receiving = wire.ReceiveAllAsync();
        var opened = 0;
        try
        {
            for (; opened < Many && !receiving.IsCompleted; opened++)
            {
                await wire.SendAsync(Http2Wire.Headers, Http2Wire.EndHeaders, 1 + (2 * opened), Http2Wire.Post("/oauth/token", ("content-type", Form)));
                await wire.SendAsync(Http2Wire.ResetStream, flags: 0, 1 + (2 * opened), [0, 0, 0, 8]);
            }
        }
        catch (IOException)
        {
            // Closed while more was on its way.
        }

        await receiving;
        Assert.InRange(opened, 1, Many - 1);
    }

    /// <summary>Two minutes are too long to wait for in a test.</summary>
    [Fact]
    public void A_connection_without_a_request_is_kept_for_two_minutes() =>
        Assert.Equal(TimeSpan.FromMinutes(2), host.Parts.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits.KeepAliveTimeout);

    /// <returns>The frames up to an answer, or up to the end of the connection.</returns>
    private async Task<IReadOnlyList<Http2Frame>> AskOverHttp2Async(int pathLength, int headerLength, int count)
    {
        using var wire = await Http2Wire.ConnectAsync(host);
        var parts = Http2Wire.Block([
            (":method", "GET"), (":scheme", "http"), (":authority", "localhost"), (":path", "/healthz?" + new string('x', pathLength)),
            .. Enumerable.Range(0, count).Select(i => ($"x-{i}", new string('x', headerLength))),
        ]).Chunk(16 * 1024).ToArray();
        try
        {
            for (var i = 0; i < parts.Length; i++)
            {
                var flags = (byte)((i == 0 ? Http2Wire.EndStream : 0) | (i == parts.Length - 1 ? Http2Wire.EndHeaders : 0));
                await wire.SendAsync(i == 0 ? Http2Wire.Headers : Http2Wire.Continuation, flags, streamId: 1, parts[i]);
            }
        }
        catch (IOException)
        {
            // Closed while more was on its way.
        }

        return await wire.ReceiveAllAsync(f => f.Type == Http2Wire.Headers);
    }

    private sealed class Unseekable(int length) : MemoryStream(new byte[length])
    {
        public override bool CanSeek => false;
    }
}

/// <summary>Room for eight connections.</summary>
public sealed class Crowded : LatchkeyHost
{
    public const int Places = 8;

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ChangeAsync(Settings settings) => Task.FromResult(settings with { MaxConnections = Places });
}

public sealed class A_crowded_port(Crowded host) : IClassFixture<Crowded>
{
    [Fact]
    public async Task Turns_away_who_comes_when_every_place_is_taken_and_lets_in_who_comes_when_one_is_free()
    {
        var inside = new List<TcpClient>();
        for (var i = 0; i < Crowded.Places; i++)
        {
            inside.Add(await ConnectAsync());
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(inside[^1]), StringComparison.Ordinal);
        }

        using (var late = await ConnectAsync())
        {
            Assert.Equal("", await AskAsync(late));
        }

        inside[0].Dispose();
        var answer = "";
        for (var tries = 0; answer.Length == 0 && tries < 50; tries++)
        {
            await Task.Delay(20);
            using var next = await ConnectAsync();
            answer = await AskAsync(next);
        }

        Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
        inside.ForEach(i => i.Dispose());
    }

    /// <summary>Silence costs nothing, so it must not keep out those who have something to say.</summary>
    [Fact]
    public async Task Makes_room_by_the_connection_that_has_been_silent_for_longest()
    {
        var silent = new List<TcpClient>();
        for (var i = 0; i < 10 * Crowded.Places; i++)
        {
            silent.Add(await ConnectAsync());
        }

        Assert.Equal(0, await silent[0].GetStream().ReadAsync(new byte[1]).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        using (var speaking = await ConnectAsync())
        {
            Assert.StartsWith("HTTP/1.1 200", await AskAsync(speaking), StringComparison.Ordinal);
        }

        silent.ForEach(s => s.Dispose());
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        return tcp;
    }

    /// <returns>The beginning of the answer; empty when there is none.</returns>
    private static async Task<string> AskAsync(TcpClient tcp)
    {
        try
        {
            await tcp.GetStream().WriteAsync("GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"u8.ToArray());
            var buffer = new byte[4096];
            return Encoding.Latin1.GetString(buffer, 0, await tcp.GetStream().ReadAsync(buffer).AsTask().WaitAsync(TimeSpan.FromMinutes(1)));
        }
        catch (IOException)
        {
            return "";
        }
    }
}
