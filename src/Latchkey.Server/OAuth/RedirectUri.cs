using System.Buffers;
using System.Net;

namespace Latchkey.Server.OAuth;

/// <summary>
/// Redirect URIs are compared as exact strings (OAuth 2.1 §2.3.1), except for the port of an <c>http</c> loopback URI (RFC 8252 §7.3).
/// <c>127.0.0.1</c>, <c>[::1]</c> and <c>localhost</c> are three different hosts. Only the spelling that a browser opens is accepted
/// (<see cref="BrowserForm"/>), so that the compared host is the one that gets the response.
/// </summary>
internal static class RedirectUri
{
    public const int MaxLength = 2048;

    private static readonly string[] LoopbackOrigins = ["http://127.0.0.1", "http://[::1]", "http://localhost"];

    /// <summary>Characters that a browser leaves as they are, but that no URI contains (RFC 3986 §2).</summary>
    private static readonly SearchValues<char> NotInUris = SearchValues.Create("\\^`{|}\"<>");

    /// <summary>
    /// The parameters of a response. A client that reads the first of two values would take one from the redirect URI: with an <c>iss</c>
    /// of an attacker, it would send a code of this server to the attacker's token endpoint (mix-up, RFC 9207).
    /// </summary>
    private static readonly string[] OfTheResponse = ["code", "state", "iss", "error", "error_description"];

    /// <summary>Web pages that forward the response to a program on the user's device.</summary>
    private static readonly string[] DeviceForwarders = ["https://vscode.dev/redirect", "https://insiders.vscode.dev/redirect"];

    /// <summary>Returns why <paramref name="text"/> cannot be a redirect URI, or null when it can.</summary>
    /// <param name="schemes">The private-use schemes that operators added.</param>
    public static string? Validate(string text, IEnumerable<string> schemes)
    {
        if (text.Length is 0 or > MaxLength)
        {
            return "a redirect URI must have 1 to 2048 characters";
        }

        if (text.Contains('#', StringComparison.Ordinal))
        {
            return "a redirect URI must not have a fragment";
        }

        if (ResponseParameterIn(text) is { } name)
        {
            return $"a redirect URI must not have the parameter {name} in its query, because the response has it (RFC 6749 section 3.1)";
        }

        if (text.Contains('*', StringComparison.Ordinal))
        {
            return ValidateWildcard(text);
        }

        var form = BrowserForm.Of(text);
        if (BrowserForm.SchemeOf(form ?? text) is not { } scheme)
        {
            return "a redirect URI must be absolute";
        }

        if (scheme is not ("http" or "https") && !RedirectScheme.IsAllowed(scheme, schemes))
        {
            return $"the scheme {scheme} is not allowed; use https, loopback or a scheme with a dot (RFC 8252), "
                + "or ask the operator to add it to redirect_schemes";
        }

        // What is compared must be what a browser opens: it rewrites backslashes, dot segments, hosts and ports before it follows a URL.
        return form is null
            ? "a browser must be able to open it, without user information and with an ASCII host"
            : form != text ? $"it must be written as a browser opens it: {form}"
            : text.AsSpan().ContainsAny(NotInUris) ? "a redirect URI must be printable ASCII (percent-encode other characters)"
            : scheme == "https" ? ValidateHost(text)
            : scheme == "http"
                ? TrySplitLoopback(text, out _, out _) ? null : "http is allowed only for 127.0.0.1, [::1] and localhost; use https"
            : RedirectScheme.IsOfDomain(scheme) || HasHost(text, scheme) ? null
            : $"a redirect URI with the scheme {scheme} must have a host: {scheme}://host/path";
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
    public static bool GoesToThisDevice(string text) => ForwarderOf(text) is not null || IsPrivateUse(text) || GoesToLoopback(text);

    /// <summary>
    /// The host of a web page that forwards the response to a program on the user's device. Null when it is none. A server opens the same
    /// page for other cases and percent-encodings of its path, and for repeated slashes.
    /// </summary>
    public static string? ForwarderOf(string text)
    {
        var parts = Uri.UnescapeDataString(text.Split('?')[0]).Split('/', StringSplitOptions.RemoveEmptyEntries);
        var page = parts.Length == 0 ? "" : $"{parts[0]}//{string.Join('/', parts[1..])}";
        var forwarder = Array.Find(
            DeviceForwarders,
            f => page.StartsWith(f, StringComparison.OrdinalIgnoreCase) && (page.Length == f.Length || page[f.Length] == '/'));
        return forwarder is null ? null : new Uri(forwarder).Host;
    }

    /// <summary>True for an http loopback URI (RFC 8252 §7.3).</summary>
    public static bool IsLoopback(string text) => TrySplitLoopback(text, out _, out _);

    /// <summary>True when the response stays on the device without another program in between: http or https to a loopback host.</summary>
    public static bool GoesToLoopback(string text) =>
        IsLoopback(text)
        || (text.StartsWith("https://", StringComparison.Ordinal) && HostOf(text) is { } host
            && (IPAddress.TryParse(host, out var address)
                ? IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address) || IsUnspecified(address)
                : host == "localhost" || host.EndsWith(".localhost", StringComparison.Ordinal)));

    /// <summary>The host in ASCII. Null when the text is no absolute URI, or has a host without such a form.</summary>
    public static string? HostOf(string text)
    {
        try
        {
            return Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri.IdnHost : null;
        }
        catch (UriFormatException)
        {
            // Uri accepts hosts that it cannot convert.
            return null;
        }
    }

    /// <summary>True for a private-use scheme of an installed program (RFC 8252 §7.1), such as <c>cursor://</c>.</summary>
    public static bool IsPrivateUse(string text) =>
        !text.StartsWith("https:", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("http:", StringComparison.OrdinalIgnoreCase);

    /// <summary>Says what to register instead of a wildcard. Keycloak and others write the free port of a loopback URI as
    /// <c>:*</c>.</summary>
    private static string ValidateWildcard(string text)
    {
        const string NoWildcard = "a redirect URI must not contain a wildcard";
        foreach (var origin in LoopbackOrigins)
        {
            if (text.StartsWith(origin, StringComparison.OrdinalIgnoreCase) && text.Length > origin.Length
                && (text[origin.Length] is ':' or '/' or '*'))
            {
                var start = text.IndexOf('/', origin.Length);
                var path = start < 0 || text.AsSpan(start).Contains('*') || text.Length == start + 1 ? "/callback" : text[start..];
                return $"{NoWildcard}; the port of a loopback address is free, so register {origin}{path}";
            }
        }

        return $"{NoWildcard}; register each redirect URI of the client in full";
    }

    /// <summary>Connections to the unspecified address reach the device itself.</summary>
    private static bool IsUnspecified(IPAddress address) =>
        address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any) || address.Equals(IPAddress.Any.MapToIPv6());

    private static string? ResponseParameterIn(string text) => text.Split('?', 2) is [_, var query]
        ? query.Split('&', ';').Select(p => Uri.UnescapeDataString(p.Split('=')[0].Replace('+', ' ')).Trim())
            .FirstOrDefault(name => OfTheResponse.Contains(name, StringComparer.OrdinalIgnoreCase))
        : null;

    private static string? ValidateHost(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri)
        && (uri.HostNameType is UriHostNameType.IPv4 or UriHostNameType.IPv6
            || (uri.IdnHost.Length <= 253 && uri.IdnHost.Split('.').All(label => label.Length is > 0 and <= 63)))
            ? null
            : "the host of an https redirect URI must be a name without a dot at its end, or an address";

    private static bool HasHost(string text, string scheme) =>
        text.AsSpan(scheme.Length).StartsWith("://", StringComparison.Ordinal)
        && text.Length > scheme.Length + 3 && text[scheme.Length + 3] is not ('/' or '?');

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

                if (!int.TryParse(text.AsSpan(end + 1, digits), out var port) || port > ushort.MaxValue
                    || (digits > 1 && text[end + 1] == '0'))
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
