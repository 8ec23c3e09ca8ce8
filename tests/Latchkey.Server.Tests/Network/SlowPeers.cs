using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Latchkey.Server.Tests.Network;

/// <summary>The end of a connection.</summary>
/// <param name="Lived">Time from before the connection, by the monotonic clock.</param>
/// <param name="Received">Bytes or frame types that the server sent.</param>
public sealed record Ending(TimeSpan Lived, string Received);

/// <summary>Peers that hold a connection and send slowly. They run concurrently, because each of them takes real time.</summary>
public sealed class SlowPeers : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly OnSqlite host = new();

    /// <summary>The limits that the server has configured.</summary>
    public KestrelServerLimits Limits => host.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits;

    public Task<Ending> Silent { get; private set; } = null!;

    public Task<Ending> HalfAPreface { get; private set; } = null!;

    public Task<Ending> SlowHeaders { get; private set; } = null!;

    public Task<Ending> SlowBody { get; private set; } = null!;

    public Task<Ending> SlowChunks { get; private set; } = null!;

    /// <summary>The frames that were received before the end.</summary>
    internal Task<(Ending Ending, IReadOnlyList<Http2Frame> Frames)> Http2Headers { get; private set; } = null!;

    internal Task<(Ending Ending, IReadOnlyList<Http2Frame> Frames)> Http2Body { get; private set; } = null!;

    internal Task<(Ending Ending, IReadOnlyList<Http2Frame> Frames)> Http2WithoutPong { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await host.InitializeAsync();
        Silent = DripAsync("", "");
        HalfAPreface = DripAsync("PR", "");
        SlowHeaders = DripAsync("GET /healthz HTTP/1.1\r\nHost: a\r\nX: ", "x");
        SlowBody = DripAsync(
            "POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100000\r\n\r\n",
            "x");
        SlowChunks = DripAsync(
            "POST /oauth/token HTTP/1.1\r\nHost: a\r\nContent-Type: "
            + "application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n\r\n",
            "1\r\nx\r\n");
        Http2Headers = SpeakHttp2Async(wire => wire.SendAsync(RawHttp2.Headers, flags: 0, streamId: 1, RawHttp2.Post("/oauth/token")));
        Http2Body = SpeakHttp2Async(wire => wire.SendAsync(
            RawHttp2.Headers, RawHttp2.EndHeaders, streamId: 1,
            RawHttp2.Post("/oauth/token", ("content-type", "application/x-www-form-urlencoded"), ("content-length", "100000"))));
        Http2WithoutPong = SpeakHttp2Async(_ => Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Silent, HalfAPreface, SlowHeaders, SlowBody, SlowChunks, Http2Headers, Http2Body, Http2WithoutPong);
        await host.DisposeAsync();
    }

    /// <summary>Sends a beginning and then a few bytes twice per second, until the server closes the connection.</summary>
    private async Task<Ending> DripAsync(string beginning, string drop)
    {
        var watch = Stopwatch.StartNew();
        using var tcp = await ConnectAsync();
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(beginning));
        using var over = new CancellationTokenSource(Patience);
        var dripping = Task.Run(async () =>
        {
            try
            {
                while (drop.Length > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(500), over.Token);
                    await stream.WriteAsync(Encoding.Latin1.GetBytes(drop), over.Token);
                }
            }
            catch (Exception ended) when (ended is IOException or OperationCanceledException or ObjectDisposedException)
            {
            }
        });
        var received = new StringBuilder();
        var buffer = new byte[4096];
        try
        {
            while (await stream.ReadAsync(buffer, over.Token) is var read and > 0)
            {
                received.Append(Encoding.Latin1.GetString(buffer, 0, read));
            }
        }
        catch (IOException)
        {
        }

        var lived = watch.Elapsed;
        await over.CancelAsync();
        await dripping;
        return new(lived, received.ToString());
    }

    private async Task<(Ending Ending, IReadOnlyList<Http2Frame> Frames)> SpeakHttp2Async(Func<RawHttp2, Task> speak)
    {
        var watch = Stopwatch.StartNew();
        using var wire = await RawHttp2.ConnectAsync(host);
        await speak(wire);
        var frames = await wire.ReceiveAllAsync();
        return (new(watch.Elapsed, string.Join(' ', frames.Select(f => f.Type))), frames);
    }

    private async Task<TcpClient> ConnectAsync()
    {
        var tcp = new TcpClient();
        await tcp.ConnectAsync("127.0.0.1", new Uri(host.Address).Port);
        return tcp;
    }
}
