using System.Net;
using System.Net.Sockets;

namespace Demo.Programs;

/// <summary>Whether the three ports are free, asked before anything is started.</summary>
internal static class Ports
{
    public static void MustBeFree(DemoSettings settings)
    {
        foreach (var (name, port) in new[] { ("Latchkey", settings.LatchkeyPort), ("AcmeApp", settings.AcmePort), ("NotesMcp", settings.NotesPort) })
        {
            if (!IsFree(port))
            {
                throw new DemoStopped(
                    $"""
                    Port {port}, where {name} should listen, is in use by another program (perhaps an earlier ./dev up).
                    Stop that program, or choose three other ports: LATCHKEY_DEMO_PORTS={port + 1000},{port + 1001},{port + 1002} ./dev up
                    """);
            }
        }
    }

    private static bool IsFree(int port) => CanListen(IPAddress.Loopback, port) && (!Socket.OSSupportsIPv6 || CanListen(IPAddress.IPv6Loopback, port));

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
            // A machine may know IPv6 and have no such address: then nobody else listens there either.
            return failed.SocketErrorCode == SocketError.AddressNotAvailable;
        }
    }
}
