using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.SignIns;

/// <summary>What the sign-in log records of addresses.</summary>
internal enum RecordedAddresses
{
    Full,
    Network,
    None,
}

/// <summary>
/// Addresses as the sign-in log records them: the whole, the /24 of an IPv4 address and the /48 of an IPv6 address, or nothing.
/// </summary>
internal static class RecordedAddress
{
    private const int BitsOfIPv4Network = 24;
    private const int BitsOfIPv6Network = 48;

    public static string? Of(IPAddress address, RecordedAddresses recorded) => recorded switch
    {
        RecordedAddresses.Full => address.ToString(),
        RecordedAddresses.Network => NetworkOf(address),
        _ => null,
    };

    public static string? NetworkOf(IPAddress address, RecordedAddresses recorded) =>
        recorded == RecordedAddresses.None ? null : NetworkOf(address);

    public static string NetworkOf(IPAddress address)
    {
        var bits = address.AddressFamily == AddressFamily.InterNetworkV6 ? BitsOfIPv6Network : BitsOfIPv4Network;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }
}
