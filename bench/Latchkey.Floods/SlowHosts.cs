using System.Net;
using System.Net.Sockets;

namespace Latchkey.Floods;

/// <summary>Hosts that accept connections and never answer, which costs a fetch the most time.</summary>
internal sealed class SlowHosts : IDisposable
{
    public const int Count = 50;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly List<TcpClient> held = [];

    public SlowHosts()
    {
        listener.Start(backlog: 512);
        _ = AcceptAsync();
    }

    public string HostMap => string.Join(
        ';', Enumerable.Range(0, Count).Select(i => $"{Name(i)}=127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}"));

    public static string Name(int number) => $"slow{number % Count}.example";

    public void Dispose()
    {
        listener.Dispose();
        lock (held)
        {
            held.ForEach(client => client.Dispose());
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptTcpClientAsync();
                lock (held)
                {
                    held.Add(client);
                }
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException)
        {
            // The measurement is over.
        }
    }
}
