using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>Name lookups and connections of outbound requests. The callers check the addresses in between.</summary>
internal static class Dial
{
    /// <summary>
    /// Resolves on a thread of its own. The system's resolver blocks its thread for as long as a name server of a stranger does not answer,
    /// and threads of the pool are those that answer other requests.
    /// </summary>
    public static Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) => Task.Factory.StartNew(
        () => Dns.GetHostAddresses(host), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    public static async Task<Stream> ConnectAsync(IPAddress[] addresses, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
