using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Ports;

/// <summary>
/// Whose request this is, by address: the only place that says so.
/// 1. Whoever connected, unless it is one of the proxies the operator trusts. 2. Of a trusted proxy's <c>X-Forwarded-For</c> the rightmost address that is not
/// a trusted proxy itself: each proxy appends whom it saw, so what stands further left was written by strangers. 3. No other header is looked at, here or anywhere
/// (<c>Forwarded</c>, <c>X-Real-IP</c>, <c>X-Forwarded-Host</c>, <c>X-Forwarded-Proto</c>): the base URL is configured.
/// </summary>
internal sealed partial class ClientAddress(Settings settings, ILogger<ClientAddress> logger)
{
    public const string Header = "X-Forwarded-For";

    private int isWarned;

    /// <summary>In one spelling: an IPv4 address is never in its IPv6 form, and no address names an interface of this machine.</summary>
    public IPAddress Of(HttpContext http)
    {
        var peer = OneSpelling(http.Connection.RemoteIpAddress ?? IPAddress.None);
        var forwarded = http.Request.Headers[Header];
        if (forwarded.Count == 0)
        {
            return peer;
        }

        if (!settings.TrustedProxies.Contains(peer))
        {
            WarnOfAProxy(peer);
            return peer;
        }

        // From right to left, over all lines of the header as if they were one (RFC 9110 §5.3).
        var client = peer;
        for (var line = forwarded.Count - 1; line >= 0; line--)
        {
            var rest = forwarded[line].AsSpan();
            while (true)
            {
                var comma = rest.LastIndexOf(',');
                var hop = ReadHop(rest[(comma + 1)..]);
                if (hop is null)
                {
                    // A proxy that does not know whom it saw: nobody before it can be believed.
                    return client;
                }

                client = hop;
                if (!settings.TrustedProxies.Contains(client))
                {
                    return client;
                }

                if (comma < 0)
                {
                    break;
                }

                rest = rest[..comma];
            }
        }

        return client;
    }

    /// <summary>An address in its usual notation and nothing else: what inet_aton takes besides (127.1, 0x7f.1, 010.0.0.1) would be read differently elsewhere.</summary>
    public static IPAddress? Read(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('[', ']', '%') >= 0 || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        Span<char> spelled = stackalloc char[text.Length];
        return address.AddressFamily == AddressFamily.InterNetworkV6 || (address.TryFormat(spelled, out var length) && spelled[..length].SequenceEqual(text)) ? OneSpelling(address) : null;
    }

    /// <summary>An address with or without a port: some proxies write one.</summary>
    private static IPAddress? ReadHop(ReadOnlySpan<char> text)
    {
        // The longest: [ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535.
        const int MaxLength = 53;
        text = text.Trim(" \t");
        if (text.Length is 0 or > MaxLength)
        {
            return null;
        }

        if (text[0] == '[')
        {
            var end = text.IndexOf(']');
            return end > 0 && IsPortOrNothing(text[(end + 1)..]) && text[1..end].Contains(':') ? Read(text[1..end]) : null;
        }

        var colon = text.IndexOf(':');
        return colon < 0 || text[(colon + 1)..].Contains(':') ? Read(text)
            : IsPortOrNothing(text[colon..]) ? Read(text[..colon])
            : null;
    }

    private static bool IsPortOrNothing(ReadOnlySpan<char> text) => text.Length == 0 || (text[0] == ':' && ushort.TryParse(text[1..], System.Globalization.NumberStyles.None, provider: null, out _));

    private static IPAddress OneSpelling(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    private void WarnOfAProxy(IPAddress peer)
    {
        if (Volatile.Read(ref isWarned) == 0 && Interlocked.Exchange(ref isWarned, 1) == 0)
        {
            ForwardedByNobody(logger, peer);
        }
    }

    [LoggerMessage(LogLevel.Warning, "A request from {Peer} carries X-Forwarded-For and was taken for {Peer}'s own. If that is your proxy, name it in Latchkey__TrustedProxies: until then everybody behind it shares one allowance. This is said once.")]
    private static partial void ForwardedByNobody(ILogger logger, IPAddress peer);
}
