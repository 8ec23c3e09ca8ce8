using System.Net;
using System.Net.Sockets;

namespace Latchkey.Testing;

/// <summary>
/// TCP ports for the servers of a test run. They are outside the range from which the system takes the ports of outgoing connections (from
/// 32768 on Linux): a port of that range can be taken between the choice and the start of the server, or while a server restarts.
/// </summary>
public static class FreePorts
{
    private const int First = 11_000;
    private const int Count = 21_000;

    // Test programs that run at the same time begin at different places.
    private static int taken = Environment.ProcessId * 97 % Count;

    /// <summary>Returns a port at which nothing listens and which this process has not returned before.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = First + (Interlocked.Increment(ref taken) % Count);
            if (IsFree(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || IsFree(IPAddress.IPv6Loopback, port)))
            {
                return port;
            }
        }
    }

    private static bool IsFree(IPAddress address, int port)
    {
        using var listener = new TcpListener(address, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException inUse) when (inUse.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
