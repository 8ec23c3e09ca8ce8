using Latchkey.Server.Network;

namespace Latchkey.Server.Management.AuthRequests;

/// <summary>The filter for a network: the network itself or an address in it.</summary>
internal static class NetworkFilter
{
    public static string? Read(ListQuery query) => query.Value("network", Parse, "must be an IP address, or its /24 (IPv4) or /48 (IPv6)");

    private static string? Parse(string text) => ClientAddress.Read(text.Split('/')[0]) is not { } address ? null
        : SiteNetwork.Of(address) is var network && (!text.Contains('/', StringComparison.Ordinal) || text == network) ? network
        : null;
}
