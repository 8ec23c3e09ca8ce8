using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.Network;

/// <summary>
/// The IP address of the client. Only this class determines it. 1. It is the address of the connection, unless that is a trusted proxy. 2.
/// Behind a trusted proxy it is the rightmost address in <c>X-Forwarded-For</c> that is not a trusted proxy: each proxy appends the address
/// it saw, so entries further left can be forged. 3. Other headers are never read (<c>Forwarded</c>,
/// <c>X-Real-IP</c>, <c>X-Forwarded-Host</c>, <c>X-Forwarded-Proto</c>): the base URL is configured.
/// </summary>
internal sealed partial class ClientAddress(Settings settings, ILogger<ClientAddress> logger)
{
    public const string Header = "X-Forwarded-For";

    private int isWarned;

    /// <summary>Returns the address in one spelling: never an IPv4 address in IPv6 form, never with a scope id.</summary>
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

        // From right to left over all header lines as if they were one (RFC 9110 §5.3).
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
                    // The proxy did not report an address, so the entries further left cannot be trusted.
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

    /// <summary>Reads an address in its usual notation only. Systems disagree about other forms (127.1, 0x7f.1).</summary>
    public static IPAddress? Read(ReadOnlySpan<char> text)
    {
        if (text.IndexOfAny('[', ']', '%') >= 0 || !IPAddress.TryParse(text, out var address))
        {
            return null;
        }

        Span<char> spelled = stackalloc char[text.Length];
        return address.AddressFamily == AddressFamily.InterNetworkV6
            || (address.TryFormat(spelled, out var length) && spelled[..length].SequenceEqual(text))
                ? OneSpelling(address)
                : null;
    }

    /// <summary>Reads an address with or without a port, which some proxies add.</summary>
    private static IPAddress? ReadHop(ReadOnlySpan<char> text)
    {
        // The longest entry: [ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255]:65535.
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

    private static bool IsPortOrNothing(ReadOnlySpan<char> text) =>
        text.Length == 0 || (text[0] == ':' && ushort.TryParse(text[1..], System.Globalization.NumberStyles.None, provider: null, out _));

    /// <summary>Never an IPv4 address in IPv6 form, never with a scope id.</summary>
    public static IPAddress OneSpelling(IPAddress address) =>
        address.IsIPv4MappedToIPv6 ? address.MapToIPv4()
        : address.AddressFamily == AddressFamily.InterNetworkV6 && address.ScopeId != 0 ? new IPAddress(address.GetAddressBytes())
        : address;

    private void WarnOfAProxy(IPAddress peer)
    {
        if (Volatile.Read(ref isWarned) == 0 && Interlocked.Exchange(ref isWarned, 1) == 0)
        {
            UntrustedForwardedFor(logger, peer);
        }
    }

    [LoggerMessage(
        1401, LogLevel.Warning,
        "X-Forwarded-For of {Peer} is ignored because it is not a trusted proxy. If it is your proxy, add it to Latchkey__TrustedProxies: "
        + "until then all clients behind it share one rate limit. Further requests are not logged.")]
    private static partial void UntrustedForwardedFor(ILogger logger, IPAddress peer);
}
