namespace Latchkey.Server.OAuth;

/// <summary>
/// A client id that is a URL (draft-ietf-oauth-client-id-metadata-document §3): https with a path, without fragment, user information or
/// dot segments. It is compared byte for byte. Only a spelling that a URL parser leaves unchanged is accepted: otherwise the page could
/// show one URL and the server fetch another. The host is a canonical name with a dot inside (<see cref="HostName"/>): a name without one
/// exists only on the server's own network.
/// </summary>
internal static class ClientIdUrl
{
    public const int MaxLength = 512;
    private const string Scheme = "https://";

    public static bool IsWellFormed(string text) =>
        text.Length is > 8 and <= MaxLength
        && text.StartsWith(Scheme, StringComparison.Ordinal)
        && text.All(c => c is > ' ' and < (char)0x7f and not ('#' or '\\' or '@'))
        && !HasDotSegment(text)
        && Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && uri.HostNameType == UriHostNameType.Dns
        && HostName.IsCanonicalName(uri.Host)
        && uri.AbsolutePath.Length > 1
        && uri.AbsoluteUri == text;

    /// <summary>The host of the client's document. Control over this host is control over the client.</summary>
    public static string HostOf(string url) => new Uri(url).Host;

    /// <summary>Literal or percent-encoded: deployed servers treat both alike.</summary>
    private static bool HasDotSegment(string text) => text[Scheme.Length..].Split('?')[0].Split('/')
        .Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
}
