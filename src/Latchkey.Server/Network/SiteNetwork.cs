using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>What one site or household usually has: the /24 of an IPv4 address, the /48 of an IPv6 address.</summary>
internal static class SiteNetwork
{
    private const int BitsOfIPv4Network = 24;
    private const int BitsOfIPv6Network = 48;

    public static string Of(IPAddress address)
    {
        var bits = address.AddressFamily == AddressFamily.InterNetworkV6 ? BitsOfIPv6Network : BitsOfIPv4Network;
        var bytes = address.GetAddressBytes();
        bytes.AsSpan(bits / 8).Clear();
        return $"{new IPAddress(bytes)}/{bits}";
    }
}
