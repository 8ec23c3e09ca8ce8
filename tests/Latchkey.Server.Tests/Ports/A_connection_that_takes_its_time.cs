using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Ports;

/// <summary>A place at the port costs the server something and a stranger nothing, so nobody holds one for long without saying what for (slow loris and its kin).</summary>
public sealed class A_connection_that_takes_its_time(SlowPeers peers) : IClassFixture<SlowPeers>
{
    [Fact]
    public async Task To_say_anything_is_closed_after_15_seconds()
    {
        Within(13, 25, await peers.Silent);
        Within(13, 25, await peers.HalfAPreface);
    }

    [Fact]
    public async Task With_its_headers_is_408_after_15_seconds()
    {
        var ending = await peers.SlowHeaders;
        Within(13, 25, ending);
        Assert.StartsWith("HTTP/1.1 408 ", ending.Received, StringComparison.Ordinal);
    }

    /// <summary>240 bytes a second, after five seconds in which anything goes.</summary>
    [Fact]
    public async Task With_its_body_is_408_after_5_seconds_whether_its_length_was_announced_or_not()
    {
        foreach (var ending in new[] { await peers.SlowBody, await peers.SlowChunks })
        {
            Within(4, 15, ending);
            Assert.StartsWith("HTTP/1.1 408 ", ending.Received, StringComparison.Ordinal);
            Assert.DoesNotContain("HTTP/1.1 5", ending.Received, StringComparison.Ordinal);
        }
    }

    [Fact]
    [Spec("RFC 9113 §10.5", "wearing-down")]
    public async Task With_its_headers_over_HTTP_2_is_closed_after_15_seconds() => Within(13, 25, (await peers.Http2Headers).Ending);

    [Fact]
    public async Task With_its_body_over_HTTP_2_is_closed_after_5_seconds()
    {
        var (ending, frames) = await peers.Http2Body;
        Within(4, 15, ending);
        Assert.DoesNotContain(frames, f => f.Type == Http2Wire.Headers);
    }

    /// <summary>Asked after 15 seconds of silence whether it is still there, and gone when it has not answered for 10.</summary>
    [Fact]
    [Spec("RFC 9113 §6.7", "unanswered-ping")]
    public async Task To_answer_a_ping_is_closed()
    {
        var (ending, frames) = await peers.Http2WithoutPong;
        Assert.Single(frames, f => f.Type == Http2Wire.Ping);
        Within(23, 40, ending);
    }

    private static void Within(int atLeast, int atMost, Ending ending) => Assert.InRange(ending.Lived, TimeSpan.FromSeconds(atLeast), TimeSpan.FromSeconds(atMost));
}
