using System.Collections.Frozen;

namespace Latchkey.Server.OAuth;

/// <summary>
/// The private-use schemes that redirect URIs may have: those with a dot, which belong to the owner of a domain (RFC 8252 §7.1), those of
/// well-known MCP clients, and those that an operator adds to a resource. Every other scheme is refused, because a redirect would start
/// whatever program of the user's device handles it.
/// </summary>
internal static class RedirectScheme
{
    public const int MaxLength = 64;
    public const int MaxPerResource = 50;

    private static readonly FrozenSet<string> OfKnownPrograms = FrozenSet.ToFrozenSet(
    [
        "antigravity", "claude", "cursor", "goose", "kiro", "lmstudio", "raycast", "trae", "vscode", "vscode-insiders", "vscodium", "warp",
        "windsurf", "windsurf-next", "zed",
    ]);

    /// <summary>Schemes that a browser handles itself, which an operator cannot add either.</summary>
    private static readonly FrozenSet<string> OfBrowsers = FrozenSet.ToFrozenSet(
        ["about", "blob", "data", "file", "filesystem", "ftp", "http", "https", "javascript", "view-source", "ws", "wss"]);

    /// <param name="scheme">In lower case.</param>
    /// <param name="added">The schemes that operators added.</param>
    public static bool IsAllowed(string scheme, IEnumerable<string> added) =>
        IsOfDomain(scheme) || OfKnownPrograms.Contains(scheme) || (!OfBrowsers.Contains(scheme) && added.Contains(scheme));

    /// <summary>Returns why a text cannot be added to a resource, or null.</summary>
    public static string? ValidateEntry(string text) =>
        BrowserForm.SchemeOf(text + ":") != text ? "must be a scheme in lower case without the colon, such as acme-assistant"
        : OfBrowsers.Contains(text) ? "must not be a scheme that browsers handle themselves"
        : null;

    /// <summary>A domain in reverse order, such as <c>com.example.app</c>.</summary>
    public static bool IsOfDomain(string scheme) =>
        scheme.Contains('.', StringComparison.Ordinal) && scheme.Split('.').All(label => label.Length > 0);
}
