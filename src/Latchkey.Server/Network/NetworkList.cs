using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>
/// A list of addresses and CIDR blocks (RFC 4632), separated by ';' or ','. An IPv4 address equals its IPv6 form
/// (<c>::ffff:a.b.c.d</c>), which a dual-stack socket reports.
/// </summary>
internal sealed class NetworkList
{
    private const int BitsOfIPv4 = 32;
    private const int BitsOfIPv6 = 128;
    private const int BitsBeforeMapped = BitsOfIPv6 - BitsOfIPv4;

    public static readonly NetworkList None = new([]);

    private readonly IPNetwork[] networks;

    private NetworkList(IPNetwork[] networks) => this.networks = networks;

    public bool IsEmpty => networks.Length == 0;

    /// <param name="wrong">The error of the first invalid entry.</param>
    public static NetworkList? Parse(string text, out string? wrong)
    {
        var read = new List<IPNetwork>();
        foreach (var entry in text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            wrong = Validate(entry, out var network);
            if (wrong is not null)
            {
                return null;
            }

            read.Add(network);
        }

        wrong = null;
        return new([.. read]);
    }

    /// <param name="written">Valid networks, each as its own <c>ToString</c> writes it.</param>
    public static NetworkList Of(IEnumerable<string> written) => new([.. written.Select(IPNetwork.Parse)]);

    /// <param name="address">An address as <see cref="ClientAddress"/> returns it.</param>
    public bool Contains(IPAddress address)
    {
        foreach (var network in networks)
        {
            if (network.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    public override string ToString() => string.Join(';', networks);

    /// <summary>
    /// Returns the error of an entry, or null and its <paramref name="network"/>. An entry must be in canonical form: 010.0.0.0/8 and
    /// 10.1.2.3/8 can be misread.
    /// </summary>
    public static string? Validate(string entry, out IPNetwork network)
    {
        network = default;
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        if (ClientAddress.Read(slash < 0 ? entry : entry[..slash]) is not { } address)
        {
            return $"contains '{entry}'; an entry is an address or a network, for example 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32";
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? BitsOfIPv4 : BitsOfIPv6;
        var length = bits;
        if (slash >= 0)
        {
            if (!int.TryParse(entry.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                return $"contains '{entry}'; the slash must be followed by the prefix length";
            }

            // In the IPv6 form of an IPv4 address, the prefix length counts the 96 bits before it.
            length -= bits == BitsOfIPv4 && entry.AsSpan(0, slash).Contains(':') ? BitsBeforeMapped : 0;
        }

        if (length < 1 || length > bits)
        {
            return $"contains '{entry}'; the prefix length must be 1 to {bits}: a network of all addresses would trust every client";
        }

        var first = FirstOf(address, length);
        network = new IPNetwork(first, length);
        return first.Equals(address) ? null : $"contains '{entry}', which has bits set after its prefix; write {network}";
    }

    private static IPAddress FirstOf(IPAddress address, int length)
    {
        var bytes = address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(length - (i * 8), 0, 8);
            bytes[i] &= (byte)(0xFF << (8 - kept));
        }

        return new(bytes);
    }
}
