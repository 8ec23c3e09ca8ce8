namespace Latchkey.Server.OAuth;

/// <summary>
/// Resource indicators (RFC 8707 §2): absolute, without fragment. Two are equal when they agree after lower-casing the scheme, writing the
/// host in its canonical form (<see cref="HostName"/>), and removing a default port and one trailing slash. Several trailing slashes are
/// kept.
/// </summary>
internal static class ResourceUri
{
    public const int MaxLength = 512;

    /// <summary>Returns the canonical form for comparisons, or null when the text is not a resource URI.</summary>
    public static string? Canonical(string text)
    {
        if (text.Length is 0 or > MaxLength || text.Any(c => c is <= ' ' or >= (char)0x7f or '#' or '\\'))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || !text.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var authority = text[(uri.Scheme.Length + "://".Length)..AuthorityEnd(text)];
        if (authority.Contains('@', StringComparison.Ordinal)
            || HostName.Canonical(PortColon(authority) is var colon and >= 0 ? authority[..colon] : authority) is not { } host)
        {
            return null;
        }

        var pathAndQuery = text[AuthorityEnd(text)..];
        if (pathAndQuery.EndsWith('/') && !pathAndQuery.EndsWith("//", StringComparison.Ordinal))
        {
            pathAndQuery = pathAndQuery[..^1];
        }

        return $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}{pathAndQuery}";
    }

    /// <summary>Returns scheme, host and port of a canonical resource URI.</summary>
    public static string Origin(string canonical) => canonical[..AuthorityEnd(canonical)];

    /// <summary>Returns the index of the colon before the port, or -1. The colons of an IPv6 address are in brackets.</summary>
    private static int PortColon(string authority) =>
        authority.LastIndexOf(':') is var colon && colon > authority.LastIndexOf(']') ? colon : -1;

    private static int AuthorityEnd(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var length = text.AsSpan(start).IndexOfAny('/', '?');
        return length < 0 ? text.Length : start + length;
    }
}
