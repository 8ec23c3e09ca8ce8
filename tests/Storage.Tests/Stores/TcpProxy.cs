using System.Net;
using System.Net.Sockets;

namespace Storage.Tests.Stores;

/// <summary>A TCP proxy that can stop forwarding without closing a connection, as a router does that drops an idle connection.</summary>
internal sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly Task accepting;
    private readonly List<TcpClient> ends = [];
    private volatile CancellationTokenSource stopped = new();

    public TcpProxy(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Stops forwarding on all open connections; new connections work.</summary>
    public async Task StopForwardingAsync()
    {
        var former = stopped;
        stopped = new();
        await former.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await stopped.CancelAsync();
        foreach (var end in ends)
        {
            end.Dispose();
        }
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var near = await listener.AcceptTcpClientAsync();
            var far = new TcpClient();
            await far.ConnectAsync(IPAddress.Loopback, target);
            ends.AddRange([near, far]);
            _ = ForwardAsync(near, far, stopped.Token);
            _ = ForwardAsync(far, near, stopped.Token);
        }
    }

    private static async Task ForwardAsync(TcpClient from, TcpClient to, CancellationToken stopped)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), stopped);
            to.Close();
        }
        catch (OperationCanceledException)
        {
            // Both ends stay open and get no notice.
        }
    }
}
