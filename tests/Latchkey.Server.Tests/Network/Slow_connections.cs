using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Network;

/// <summary>
/// Slowloris and similar attacks: an open connection costs the server memory and the attacker nothing, so an incomplete request has a time
/// limit.
/// </summary>
public sealed class Slow_connections(SlowPeers peers) : IClassFixture<SlowPeers>
{
    [Fact]
    public void The_limits_are_seconds()
    {
        var (limits, body) = (peers.Limits, peers.Limits.MinRequestBodyDataRate!);
        Assert.Equal((15, 15), (SharedPort.MaxSilence.TotalSeconds, limits.RequestHeadersTimeout.TotalSeconds));
        Assert.Equal((240, 5), (body.BytesPerSecond, body.GracePeriod.TotalSeconds));
        Assert.Equal((15, 10), (limits.Http2.KeepAlivePingDelay.TotalSeconds, limits.Http2.KeepAlivePingTimeout.TotalSeconds));
    }

    [Fact]
    public async Task A_silent_connection_is_closed_after_15_seconds()
    {
        Ended(13, await peers.Silent);
        Ended(13, await peers.HalfAPreface);
    }

    [Fact]
    public async Task Slow_headers_are_408_after_15_seconds()
    {
        var ending = await peers.SlowHeaders;
        Ended(13, ending);
        Assert.StartsWith("HTTP/1.1 408 ", ending.Received, StringComparison.Ordinal);
    }

    /// <summary>The minimum rate is 240 bytes per second, after a grace period of five seconds.</summary>
    [Fact]
    public async Task A_slow_body_with_or_without_a_length_is_408_after_5_seconds()
    {
        foreach (var ending in new[] { await peers.SlowBody, await peers.SlowChunks })
        {
            Ended(4, ending);
            Assert.StartsWith("HTTP/1.1 408 ", ending.Received, StringComparison.Ordinal);
            Assert.DoesNotContain("HTTP/1.1 5", ending.Received, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Spec("RFC 9113 §10.5", "wearing-down")]
    public async Task A_connection_with_slow_HTTP_2_headers_is_closed_after_15_seconds() =>
        Ended(13, (await peers.Http2Headers).Ending);

    [Fact]
    public async Task A_connection_with_a_slow_HTTP_2_body_is_closed_after_5_seconds()
    {
        var (ending, frames) = await peers.Http2Body;
        Ended(4, ending);
        Assert.DoesNotContain(frames, f => f.Type == RawHttp2.Headers);
    }

    /// <summary>
    /// The server sends a ping after 15 seconds of silence and closes the connection when no answer comes within 10 seconds.
    /// </summary>
    [Fact]
    [Spec("RFC 9113 §6.7", "unanswered-ping")]
    public async Task A_connection_with_an_unanswered_HTTP_2_ping_is_closed()
    {
        var (ending, frames) = await peers.Http2WithoutPong;
        Assert.Single(frames, f => f.Type == RawHttp2.Ping);
        Ended(23, ending);
    }

    /// <summary>The server closed the connection itself, not before the limit. How long after it depends on the machine.</summary>
    private static void Ended(int afterSeconds, Ending ending) =>
        Assert.InRange(ending.Lived, TimeSpan.FromSeconds(afterSeconds), TimeSpan.FromMinutes(2));
}
