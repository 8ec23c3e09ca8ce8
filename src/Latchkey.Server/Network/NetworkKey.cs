using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>The networks by which callers are counted.</summary>
internal static class NetworkKey
{
    /// <summary>An IPv4 address, or the first 64 bits of an IPv6 address, the least that a site gets (RFC 6177 §2).</summary>
    public static UInt128 Of(IPAddress client) => client.AddressFamily == AddressFamily.InterNetwork
        ? BinaryPrimitives.ReadUInt32BigEndian(BytesOf(client))
        : (UInt128)UpperHalf(client) << 64;

    /// <summary>
    /// An IPv4 address, or the first 48 bits of an IPv6 address, the most that a site gets: 65,536 networks. It bounds what one caller
    /// occupies at once, and what the networks of a site may do together. Never equal to the key of a network of IPv6.
    /// </summary>
    public static UInt128 OfSite(IPAddress client)
    {
        const int BitsOfNetworks = 16;
        return client.AddressFamily == AddressFamily.InterNetwork
            ? Of(client)
            : ((UInt128)(UpperHalf(client) >> BitsOfNetworks << BitsOfNetworks) << 64) | 1;
    }

    private static ulong UpperHalf(IPAddress client) => BinaryPrimitives.ReadUInt64BigEndian(BytesOf(client));

    private static byte[] BytesOf(IPAddress client) => client.GetAddressBytes();
}
