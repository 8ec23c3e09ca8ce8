namespace Latchkey.Server.OAuth;

/// <summary>
/// Resource indicators (RFC 8707 §2): absolute, no fragment. Two are the same resource when they agree after lower-casing scheme and host
/// and dropping a default port and one trailing slash, because clients differ in exactly these.
/// </summary>
internal static class ResourceUri
{
    public const int MaxLength = 512;

    /// <summary>The form in which resource URIs are compared, or null when the text is not a resource URI.</summary>
    public static string? Canonical(string text)
    {
        if (text.Length is 0 or > MaxLength || text.Any(c => c is <= ' ' or >= (char)0x7f or '#' or '\\'))
        {
            return null;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0 || uri.UserInfo.Length > 0
            || !text.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var authorityEnd = AuthorityEnd(text);
        var pathAndQuery = text[authorityEnd..];
        if (pathAndQuery.EndsWith('/'))
        {
            pathAndQuery = pathAndQuery[..^1];
        }

        var host = uri.Host.ToLowerInvariant();
        return uri.IsDefaultPort ? $"{uri.Scheme}://{host}{pathAndQuery}" : $"{uri.Scheme}://{host}:{uri.Port}{pathAndQuery}";
    }

    /// <summary>Scheme, host and port of a canonical resource URI.</summary>
    public static string Origin(string canonical) => canonical[..AuthorityEnd(canonical)];

    private static int AuthorityEnd(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var length = text.AsSpan(start).IndexOfAny('/', '?');
        return length < 0 ? text.Length : start + length;
    }
}
