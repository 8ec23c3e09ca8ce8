using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Latchkey.Server.OAuth;

/// <summary>
/// The form in which a browser stores and opens a URL (WHATWG URL Standard, "basic URL parser" and "URL serializer"), for the URLs that
/// can be redirect URIs: http, https and hierarchical private-use URIs.
/// </summary>
internal static class BrowserForm
{
    private const string EncodedInPath = " \"<>`{}^";
    private const string EncodedInQuery = " \"<>";

    /// <summary>Control characters and the space.</summary>
    private static readonly char[] Blanks = [.. Enumerable.Range(0, ' ' + 1).Select(c => (char)c)];

    /// <summary>
    /// Returns null when a browser cannot open the text, or when it has a part that no redirect URI may have: user information, a
    /// fragment, a host outside ASCII, or no slash after the scheme.
    /// </summary>
    public static string? Of(string text)
    {
        // A browser drops these characters before it parses.
        var input = string.Concat(text.Where(c => c is not ('\t' or '\n' or '\r'))).Trim(Blanks);
        if (SchemeOf(input) is not { } scheme || input.Contains('#', StringComparison.Ordinal))
        {
            return null;
        }

        var (rest, query) = Cut(input[(scheme.Length + 1)..], '?');
        var form = scheme switch
        {
            "http" => OfWeb(scheme, rest, defaultPort: 80),
            "https" => OfWeb(scheme, rest, defaultPort: 443),
            "file" or "ftp" or "ws" or "wss" => null,
            _ => OfPrivateUse(scheme, rest),
        };
        return form is null || query is null ? form
            : $"{form}?{Encode(query, scheme is "http" or "https" ? EncodedInQuery + "'" : EncodedInQuery)}";
    }

    /// <summary>Returns the scheme in lower case, or null when the text does not begin with one (RFC 3986 §3.1).</summary>
    public static string? SchemeOf(string text)
    {
        var end = text.IndexOf(':', StringComparison.Ordinal);
        return end > 0 && char.IsAsciiLetter(text[0]) && text.AsSpan(0, end).IndexOfAnyExcept(SchemeCharacters) < 0
            ? text[..end].ToLowerInvariant()
            : null;
    }

    private static readonly System.Buffers.SearchValues<char> SchemeCharacters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-.");

    private static string? OfWeb(string scheme, string rest, int defaultPort)
    {
        rest = rest.Replace('\\', '/').TrimStart('/');
        var slash = rest.IndexOf('/', StringComparison.Ordinal);
        var (authority, path) = slash < 0 ? (rest, "") : (rest[..slash], rest[slash..]);
        return SplitPort(authority, defaultPort, out var host, out var port) && WebHost(host) is { } written
            ? $"{scheme}://{written}{port}{Path(path)}"
            : null;
    }

    private static string? OfPrivateUse(string scheme, string rest)
    {
        if (!rest.StartsWith("//", StringComparison.Ordinal))
        {
            return rest.StartsWith('/') && Path(rest) is var alone && !alone.StartsWith("//", StringComparison.Ordinal)
                ? $"{scheme}:{alone}"
                : null;
        }

        var slash = rest.IndexOf('/', 2);
        var (authority, path) = slash < 0 ? (rest[2..], "") : (rest[2..slash], rest[slash..]);
        return SplitPort(authority, defaultPort: -1, out var host, out var port)
            && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~')
            && (host.Length > 0 || port.Length == 0)
                ? $"{scheme}://{host}{port}{(path.Length == 0 ? "" : Path(path))}"
                : null;
    }

    /// <param name="port">The port with its colon. Empty when there is none, or when it is the default port.</param>
    private static bool SplitPort(string authority, int defaultPort, out string host, out string port)
    {
        var colon = authority.IndexOf(':', Math.Max(authority.IndexOf(']', StringComparison.Ordinal), 0));
        (host, port) = colon < 0 ? (authority, "") : (authority[..colon], "");
        if (colon == 0 || authority.Contains('@', StringComparison.Ordinal))
        {
            return false;
        }

        if (colon < 0 || colon == authority.Length - 1)
        {
            return true;
        }

        if (!int.TryParse(authority.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number > ushort.MaxValue)
        {
            return false;
        }

        port = number == defaultPort ? "" : FormattableString.Invariant($":{number}");
        return true;
    }

    private static string? WebHost(string text)
    {
        if (text.StartsWith('['))
        {
            return text.EndsWith(']') ? Address(text[1..^1]) : null;
        }

        var host = Uri.UnescapeDataString(text).ToLowerInvariant();
        return host.Length == 0 || host.Contains('%', StringComparison.Ordinal)
            || !host.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_')
            || !host.Split('.').All(IsLabel) ? null
            : EndsInNumber(host) ? AddressOfNumbers(host)
            : host;
    }

    /// <summary>A label in punycode must decode to letters and encode to the same label again (RFC 5891 §4.4).</summary>
    private static bool IsLabel(string label)
    {
        if (!label.StartsWith("xn--", StringComparison.Ordinal))
        {
            return true;
        }

        try
        {
            var names = new IdnMapping();
            var decoded = names.GetUnicode(label);
            return decoded.Any(c => !char.IsAscii(c)) && names.GetAscii(decoded) == label
                && decoded.EnumerateRunes().All(r => r.Value == '-' || Rune.GetUnicodeCategory(r)
                    is UnicodeCategory.LowercaseLetter or UnicodeCategory.OtherLetter or UnicodeCategory.ModifierLetter
                    or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.DecimalDigitNumber);
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static bool EndsInNumber(string host) =>
        (host.EndsWith('.') ? host[..^1] : host).Split('.')[^1] is { Length: > 0 } last
        && (last.All(char.IsAsciiDigit) || NumberOf(last) is not null);

    /// <summary>The WHATWG "IPv4 parser": up to four numbers, decimal, octal or hexadecimal, of which the last fills the rest.</summary>
    private static string? AddressOfNumbers(string host)
    {
        var parts = (host.EndsWith('.') ? host[..^1] : host).Split('.').Select(NumberOf).ToList();
        if (parts.Count > 4 || parts.Exists(p => p is null) || parts[..^1].Exists(p => p > byte.MaxValue)
            || parts[^1] >= 1L << (8 * (5 - parts.Count)))
        {
            return null;
        }

        var address = parts[^1]!.Value;
        for (var i = 0; i < parts.Count - 1; i++)
        {
            address += parts[i]!.Value << (8 * (3 - i));
        }

        return FormattableString.Invariant($"{address >> 24}.{(address >> 16) & 255}.{(address >> 8) & 255}.{address & 255}");
    }

    private static long? NumberOf(string text)
    {
        var (digits, radix) = text.StartsWith("0x", StringComparison.Ordinal) ? (text[2..], 16)
            : text.Length > 1 && text[0] == '0' ? (text[1..], 8)
            : (text, 10);
        if (text.Length == 0)
        {
            return null;
        }

        var number = 0L;
        foreach (var digit in digits)
        {
            var value = char.IsAsciiHexDigit(digit) ? Convert.ToInt32(digit.ToString(), 16) : radix;
            if (value >= radix)
            {
                return null;
            }

            // More than 32 bits are too many in any case.
            number = Math.Min((number * radix) + value, 1L << 40);
        }

        return number;
    }

    /// <summary>The WHATWG "IPv6 serializer": lower case, the first longest run of zeros compressed, no dotted part.</summary>
    private static string? Address(string text)
    {
        if (!text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.')
            || !IPAddress.TryParse(text, out var address)
            || address.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return null;
        }

        var bytes = address.GetAddressBytes();
        var pieces = Enumerable.Range(0, 8).Select(i => BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(2 * i))).ToList();
        var (start, length) = (0, 1);
        for (var i = 0; i < pieces.Count; i++)
        {
            var run = pieces.Skip(i).TakeWhile(p => p == 0).Count();
            (start, length) = run > length ? (i, run) : (start, length);
        }

        static string Hex(IEnumerable<ushort> part) => string.Join(':', part.Select(p => p.ToString("x", CultureInfo.InvariantCulture)));
        return length == 1 ? $"[{Hex(pieces)}]" : $"[{Hex(pieces.Take(start))}::{Hex(pieces.Skip(start + length))}]";
    }

    private static string Path(string path)
    {
        var segments = new List<string>();
        var given = path.Length == 0 ? [""] : path[1..].Split('/');
        foreach (var (i, segment) in given.Index())
        {
            var dots = DotsOf(segment);
            if (dots == 2 && segments.Count > 0)
            {
                segments.RemoveAt(segments.Count - 1);
            }

            if (dots == 0)
            {
                segments.Add(Encode(segment, EncodedInPath));
            }
            else if (i == given.Length - 1)
            {
                segments.Add("");
            }
        }

        return "/" + string.Join('/', segments);
    }

    /// <summary>1 or 2 for a dot segment, also with dots that are percent-encoded; otherwise 0.</summary>
    private static int DotsOf(string segment) =>
        segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) switch { "." => 1, ".." => 2, _ => 0 };

    private static string Encode(string text, string characters)
    {
        var encoded = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value is > ' ' and < 0x7f && !characters.Contains((char)rune.Value, StringComparison.Ordinal))
            {
                encoded.Append((char)rune.Value);
                continue;
            }

            foreach (var octet in Encoding.UTF8.GetBytes(rune.ToString()))
            {
                encoded.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
            }
        }

        return encoded.ToString();
    }

    private static (string Before, string? After) Cut(string text, char at)
    {
        var index = text.IndexOf(at, StringComparison.Ordinal);
        return index < 0 ? (text, null) : (text[..index], text[(index + 1)..]);
    }
}
