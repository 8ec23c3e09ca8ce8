using System.Net;
using System.Net.Sockets;

namespace Latchkey.Server.OAuth;

/// <summary>
/// Hosts are compared in one canonical form, because one host has many spellings: a deny list that compares text lets the others pass.
/// 1. Lower case, without the dot of the absolute form (<c>client.example.</c>). 2. A host whose last label is a number is an IPv4 address
/// in any of its notations (WHATWG URL: <c>0x7f.1</c>, <c>2130706433</c>, <c>017700000001</c>). 3. An IPv6 address is compressed (RFC
/// 5952), and an IPv4 address in IPv6 form is the IPv4 address. A zone has no meaning on another host. 4. Other names have labels of ASCII
/// letters, digits, <c>-</c> and <c>_</c>. Names in other scripts are accepted only in their <c>xn--</c> form, which DNS uses, so that a
/// full-width letter, an ideographic full stop or a percent-encoded one never occurs.
/// </summary>
internal static class HostName
{
    public const int MaxLength = 253;
    private const int MaxLabelLength = 63;

    /// <summary>Returns the canonical form, or null when the text is not a host.</summary>
    /// <param name="text">A name, an IPv4 address, or an IPv6 address in brackets.</param>
    public static string? Canonical(string text)
    {
        if (text.StartsWith('['))
        {
            return text.EndsWith(']') ? CanonicalIPv6(text[1..^1]) : null;
        }

        var name = text.EndsWith('.') ? text[..^1] : text;
        var labels = name.Split('.');
        return name.Length is 0 or > MaxLength || !Array.TrueForAll(labels, IsLabel) ? null
            : IsNumber(labels[^1]) ? CanonicalIPv4(labels)
            : name.ToLowerInvariant();
    }

    /// <summary>Whether two texts are the same host.</summary>
    public static bool AreEqual(string one, string other) => Canonical(one) is { } canonical && canonical == Canonical(other);

    /// <summary>Whether the text is the canonical form of a name in DNS with at least two labels, as public hosts have.</summary>
    public static bool IsCanonicalName(string text) =>
        Canonical(text) == text && text.Contains('.', StringComparison.Ordinal) && !IPAddress.TryParse(text, out _);

    private static bool IsLabel(string label) =>
        label.Length is > 0 and <= MaxLabelLength && label.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');

    private static bool IsNumber(string label) => label.All(char.IsAsciiDigit) || HexDigitsOf(label)?.All(char.IsAsciiHexDigit) == true;

    private static string? HexDigitsOf(string label) => label.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? label[2..] : null;

    /// <summary>The IPv4 parser of WHATWG URL: one to four numbers, of which the last one fills the remaining bytes.</summary>
    private static string? CanonicalIPv4(string[] labels)
    {
        const int MaxParts = 4;
        if (labels.Length > MaxParts)
        {
            return null;
        }

        var address = 0L;
        for (var i = 0; i < labels.Length; i++)
        {
            var isLast = i == labels.Length - 1;
            var bits = isLast ? 8 * (MaxParts - i) : 8;
            if (NumberOf(labels[i]) is not { } number || number >= 1L << bits)
            {
                return null;
            }

            address |= number << (isLast ? 0 : 8 * (MaxParts - 1 - i));
        }

        return new IPAddress([(byte)(address >> 24), (byte)(address >> 16), (byte)(address >> 8), (byte)address]).ToString();
    }

    /// <summary>Returns a decimal, octal (<c>0…</c>) or hexadecimal (<c>0x…</c>) number below 2^32, or null.</summary>
    private static long? NumberOf(string label)
    {
        var (digits, radix) = HexDigitsOf(label) is { } hex ? (hex, 16) : label is ['0', _, ..] ? (label[1..], 8) : (label, 10);
        var number = 0L;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiHexDigit(digit) || Uri.FromHex(digit) >= radix)
            {
                return null;
            }

            number = (number * radix) + Uri.FromHex(digit);
            if (number > uint.MaxValue)
            {
                return null;
            }
        }

        return number;
    }

    private static string? CanonicalIPv6(string text) =>
        text.All(c => char.IsAsciiHexDigit(c) || c is ':' or '.') && IPAddress.TryParse(text, out var address)
        && address.AddressFamily == AddressFamily.InterNetworkV6
            ? address.IsIPv4MappedToIPv6 ? address.MapToIPv4().ToString() : $"[{address}]"
            : null;
}
