namespace Latchkey.Server.OAuth;

/// <summary>True for an absolute http or https URL with a host, no user information and only printable ASCII.</summary>
internal static class WebUrl
{
    public static bool IsOne(string text) =>
        !text.Any(c => c is <= ' ' or >= (char)0x7f or '\\' or '"' or '<' or '>')
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.Scheme is "http" or "https"
        && text.StartsWith(uri.Scheme + "://", StringComparison.OrdinalIgnoreCase)
        && uri.Host.Length > 0
        && uri.UserInfo.Length == 0;

    /// <summary>The text with scheme and host in canonical form (<see cref="HostName"/>) and without a default port.</summary>
    public static string WithCanonicalOrigin(string text)
    {
        if (!IsOne(text) || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || HostName.Canonical(uri.Host) is not { } host)
        {
            return text;
        }

        var rest = text.AsSpan(uri.Scheme.Length + "://".Length);
        var end = rest.IndexOfAny('/', '?', '#');
        return $"{uri.Scheme}://{host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}{(end < 0 ? "" : rest[end..])}";
    }

    /// <summary>
    /// A name for .NET, but an IPv4 address or invalid for a browser (WHATWG URL, "ends in a number"): <c>1.2.3.4.</c>, <c>client.0x7f</c>.
    /// </summary>
    public static bool IsNameThatEndsInANumber(Uri uri) =>
        uri.HostNameType == UriHostNameType.Dns && uri.Host.TrimEnd('.').Split('.')[^1] is var last
        && (last.All(char.IsAsciiDigit)
            || (last.StartsWith("0x", StringComparison.OrdinalIgnoreCase) && last.Skip(2).All(char.IsAsciiHexDigit)));
}
