using System.Net;
using System.Net.Sockets;

namespace Storage.Tests.Stores;

/// <summary>A TCP link on this machine that can go dead without a word, as one behind a forgetful router does: nothing arrives any more, and nobody is told.</summary>
internal sealed class SilentLink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly int target;
    private readonly Task accepting;
    private readonly List<TcpClient> ends = [];
    private volatile CancellationTokenSource silence = new();

    public SilentLink(int target)
    {
        this.target = target;
        listener.Start();
        accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>Every connection there is carries nothing from now on; new ones work.</summary>
    public async Task GoSilentAsync()
    {
        var former = silence;
        silence = new();
        await former.CancelAsync();
    }

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await silence.CancelAsync();
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
            _ = CarryAsync(near, far, silence.Token);
            _ = CarryAsync(far, near, silence.Token);
        }
    }

    private static async Task CarryAsync(TcpClient from, TcpClient to, CancellationToken silence)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream(), silence);
            to.Close();
        }
        catch (OperationCanceledException)
        {
            // Both ends stay open, and neither learns anything.
        }
    }
}
