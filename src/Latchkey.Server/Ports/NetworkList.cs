using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Ports;

/// <summary>
/// Networks as an operator writes them: addresses and CIDR blocks (RFC 4632), separated by ';' or ','. An IPv4 address is the same address when it comes in its
/// IPv6 form (<c>::ffff:a.b.c.d</c>, as a dual-stack socket reports it).
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

    /// <param name="wrong">What is wrong with the first entry that is no network.</param>
    public static NetworkList? Parse(string text, out string? wrong)
    {
        var read = new List<IPNetwork>();
        foreach (var entry in text.Split([';', ','], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            wrong = WhyNot(entry, out var network);
            if (wrong is not null)
            {
                return null;
            }

            read.Add(network);
        }

        wrong = null;
        return new([.. read]);
    }

    /// <param name="written">Networks as <see cref="WhyNot"/> reads them, each written back by itself.</param>
    public static NetworkList Of(IEnumerable<string> written) => new([.. written.Select(IPNetwork.Parse)]);

    /// <param name="address">As <see cref="ClientAddress"/> writes addresses.</param>
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
    /// What is wrong with an entry; null: nothing, and it is <paramref name="network"/>. Only as it would be written back: 010.0.0.0/8 and 10.1.2.3/8 mean one thing to the
    /// one who writes them and another to the one who reads.
    /// </summary>
    public static string? WhyNot(string entry, out IPNetwork network)
    {
        network = default;
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        if (ClientAddress.Read(slash < 0 ? entry : entry[..slash]) is not { } address)
        {
            return $"holds '{entry}'; an entry is an address or a network, for example 10.0.0.7, 10.0.0.0/8 or 2001:db8::/32";
        }

        var bits = address.AddressFamily == AddressFamily.InterNetwork ? BitsOfIPv4 : BitsOfIPv6;
        var length = bits;
        if (slash >= 0)
        {
            if (!int.TryParse(entry.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out length))
            {
                return $"holds '{entry}'; behind the slash stands how many bits the network's addresses share";
            }

            // Written in the IPv6 form, the prefix counts the 96 bits before the IPv4 address.
            length -= bits == BitsOfIPv4 && entry.AsSpan(0, slash).Contains(':') ? BitsBeforeMapped : 0;
        }

        if (length < 1 || length > bits)
        {
            return $"holds '{entry}'; a network shares 1 to {bits} bits: one that holds every address would let anybody be anybody";
        }

        var first = FirstOf(address, length);
        network = new IPNetwork(first, length);
        return first.Equals(address) ? null : $"holds '{entry}', which has bits behind its prefix; write {network}";
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
