namespace Latchkey.Server.OAuth;

/// <summary>
/// Redirect URIs are compared as exact strings (OAuth 2.1 §2.3.1), except for the port of an <c>http</c> loopback URI (RFC 8252 §7.3).
/// <c>127.0.0.1</c>, <c>[::1]</c> and <c>localhost</c> are three different hosts.
/// </summary>
internal static class RedirectUri
{
    public const int MaxLength = 2048;

    private static readonly string[] LoopbackOrigins = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

    /// <summary>Schemes that a browser handles itself: a redirect to one could execute the response as script or leak it.</summary>
    private static readonly string[] ForbiddenSchemes = ["javascript", "data", "file", "vbscript", "blob", "about", "ws", "wss", "ftp"];

    /// <summary>Web pages that forward the response to a program on the user's device.</summary>
    private static readonly string[] DeviceForwarders = ["https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"];

    /// <summary>Returns why <paramref name="text"/> cannot be registered, or null when it can.</summary>
    public static string? ValidateForRegistration(string text)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return "a redirect URI must have 1 to 2048 characters";
        }

        // Browsers drop or rewrite these characters before parsing. The compared URI must be the one a browser follows.
        if (text.Any(c => c is <= ' ' or >= (char)0x7f or '\\' or '"' or '<' or '>' or '^' or '`' or '{' or '|' or '}'))
        {
            return "a redirect URI must be printable ASCII (percent-encode other characters)";
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return "a redirect URI must not have a fragment";
        }

        if (text.Contains('*', StringComparison.Ordinal))
        {
            return "a redirect URI must not contain a wildcard";
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri))
        {
            return "a redirect URI must be absolute";
        }

        if (uri.UserInfo.Length > 0
            || (text.Contains("://", StringComparison.Ordinal) && Authority(text).Contains('@', StringComparison.Ordinal)))
        {
            return "a redirect URI must not contain user information";
        }

        if (ForbiddenSchemes.Contains(uri.Scheme, StringComparer.OrdinalIgnoreCase))
        {
            return "this scheme is not allowed in a redirect URI";
        }

        return uri.Scheme switch
        {
            "https" => uri.Host.Length == 0 || !text.StartsWith("https://", StringComparison.Ordinal)
                ? "an https redirect URI must begin with https://host"
                : WebUrl.IsNameThatEndsInANumber(uri) ? "the host of an https redirect URI must be a name or an address"
                : null,
            "http" => TrySplitLoopback(text, out _, out _) ? null : "http is allowed only for 127.0.0.1, [::1] and localhost; use https",
            _ => null,
        };
    }

    /// <summary>True when the URI of a request matches the registered one.</summary>
    public static bool Matches(string registered, string requested) =>
        string.Equals(registered, requested, StringComparison.Ordinal)
        || (TrySplitLoopback(registered, out var origin, out var rest)
            && TrySplitLoopback(requested, out var requestedOrigin, out var requestedRest)
            && string.Equals(origin, requestedOrigin, StringComparison.Ordinal)
            && string.Equals(rest, requestedRest, StringComparison.Ordinal));

    /// <summary>Removes the port of a loopback URI: two registrations that differ only in it belong to the same program.</summary>
    public static string WithoutLoopbackPort(string text) => TrySplitLoopback(text, out var origin, out var rest) ? origin + rest : text;

    /// <summary>True when the response goes to a program on the user's device, which any local program may have started.</summary>
    public static bool GoesToThisDevice(string text) =>
        !text.StartsWith("https://", StringComparison.Ordinal)
        || DeviceForwarders.Any(
            f => text.StartsWith(f, StringComparison.Ordinal) && (text.Length == f.Length || text[f.Length] is '?' or '/'));

    public static bool IsLoopback(string text) => TrySplitLoopback(text, out _, out _);

    /// <summary>True for a private-use scheme of an installed program (RFC 8252 §7.1), such as <c>cursor://</c>.</summary>
    public static bool IsPrivateUse(string text) =>
        !text.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("http:", StringComparison.OrdinalIgnoreCase);

    private static string Authority(string text)
    {
        var start = text.IndexOf("://", StringComparison.Ordinal) + 3;
        var end = text.AsSpan(start).IndexOfAny('/', '?');
        return end < 0 ? text[start..] : text.Substring(start, end);
    }

    /// <summary>Works on the characters, because a parser would make <c>0x7f.1</c> and <c>127.0.0.1</c> the same host.</summary>
    private static bool TrySplitLoopback(string text, out string origin, out string rest)
    {
        foreach (var candidate in LoopbackOrigins)
        {
            if (!text.StartsWith(candidate, StringComparison.Ordinal))
            {
                continue;
            }

            var end = candidate.Length;
            if (end < text.Length && text[end] == ':')
            {
                var digits = 0;
                while (end + 1 + digits < text.Length && char.IsAsciiDigit(text[end + 1 + digits]))
                {
                    digits++;
                }

                if (!int.TryParse(text.AsSpan(end + 1, digits), out var port) || port > ushort.MaxValue)
                {
                    break;
                }

                end += 1 + digits;
            }

            if (end == text.Length || text[end] is '/' or '?')
            {
                (origin, rest) = (candidate, text[end..]);
                return true;
            }
        }

        (origin, rest) = ("", "");
        return false;
    }
}
