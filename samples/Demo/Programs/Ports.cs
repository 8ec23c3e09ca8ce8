using System.Net;
using System.Net.Sockets;

namespace Demo.Programs;

/// <summary>Checks that the three ports are free before the programs are started.</summary>
internal static class Ports
{
    public static void MustBeFree(DemoSettings settings)
    {
        foreach (var (name, port)
            in new[] { ("Latchkey", settings.LatchkeyPort), ("AcmeApp", settings.AcmePort), ("NotesMcp", settings.NotesPort) })
        {
            if (!IsFree(port))
            {
                throw new DemoException(
                    $"""
                    Port {port}, where {name} should listen, is in use by another program (perhaps an earlier ./dev up).
                    Stop that program, or choose three other ports: LATCHKEY_DEMO_PORTS={port + 1000},{port + 1001},{port + 1002} ./dev up
                    """);
            }
        }
    }

    private static bool IsFree(int port) =>
        CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

    private static bool CanListen(IPAddress address, int port)
    {
        try
        {
            using var listener = new TcpListener(address, port);
            listener.Start();
            return true;
        }
        catch (SocketException failed)
        {
            // IPv6 may be supported without a loopback address. Then no other program listens there either.
            return failed.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
