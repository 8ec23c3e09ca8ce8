namespace Latchkey.Server.OAuth;

/// <summary>
/// A client id that is a URL (draft-ietf-oauth-client-id-metadata-document §3): https with a path; no fragment, user information or dot segments. It is compared
/// byte for byte, so only the spelling that a URL parser leaves as it is can be one; what would be rewritten before it is dialled could be shown as one
/// thing and fetched as another.
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
        && !WebUrl.IsNameThatEndsInANumber(uri)
        && uri.AbsolutePath.Length > 1
        && uri.AbsoluteUri == text;

    /// <summary>The host that answers for the client: who may publish there decides what the client is.</summary>
    public static string HostOf(string url) => new Uri(url).Host;

    /// <summary>Written out or percent-encoded: servers in the field take both for the same.</summary>
    private static bool HasDotSegment(string text) => text[Scheme.Length..].Split('?')[0].Split('/')
        .Any(segment => segment.Replace("%2e", ".", StringComparison.OrdinalIgnoreCase) is "." or "..");
}
