using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>
/// Whether an address belongs to the public internet. Unauthenticated callers choose which URLs this server fetches, so addresses of this
/// host, its network and cloud metadata services are refused (SSRF; IANA special-purpose registries).
/// </summary>
internal static class PublicAddress
{
    private static readonly ImmutableArray<IPNetwork> SpecialUse =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
            "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",

            // In 2000::/3: Teredo and other protocol assignments, documentation, 6to4 (which contains an IPv4 address), segment routing.
            "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
        }.Select(text => IPNetwork.Parse(text)),
    ];

    private static readonly IPNetwork GlobalUnicast = IPNetwork.Parse("2000::/3");

    /// <summary>False for special-use ranges and for every IPv6 form of an IPv4 address (mapped, compatible, NAT64, 6to4).</summary>
    public static bool Is(IPAddress address) => address.AddressFamily switch
    {
        AddressFamily.InterNetwork => !SpecialUse.Any(network => network.Contains(address)),
        AddressFamily.InterNetworkV6 => address is { ScopeId: 0, IsIPv4MappedToIPv6: false } && GlobalUnicast.Contains(address)
            && !SpecialUse.Any(network => network.Contains(address)),
        _ => false,
    };
}
