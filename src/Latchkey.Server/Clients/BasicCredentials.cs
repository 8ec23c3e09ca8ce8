using System.Text;
using Microsoft.Net.Http.Headers;

namespace Latchkey.Server.Clients;

/// <summary>
/// RFC 6749 §2.3.1 requires id and secret to be form-encoded in Basic; about half of the clients do not encode them. Both forms are tried.
/// </summary>
internal sealed record BasicCredentials(
    bool IsReadable, string? Id, IReadOnlyList<string> IdCandidates, IReadOnlyList<string> SecretCandidates)
{
    private const string Scheme = "Basic";
    private static readonly BasicCredentials Unreadable = new(false, null, [], []);

    public static List<string> HeadersOf(HttpRequest request) =>
    [
        .. request.Headers[HeaderNames.Authorization].OfType<string>().Where(h =>
            h.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) && (h.Length == Scheme.Length || h[Scheme.Length] == ' ')),
    ];

    public static BasicCredentials Read(string header)
    {
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[Scheme.Length..].Trim(), bytes, out var length))
        {
            return Unreadable;
        }

        var pair = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = pair.IndexOf(':', StringComparison.Ordinal);
        return colon <= 0 ? Unreadable : new(true, pair[..colon], Readings(pair[..colon]), Readings(pair[(colon + 1)..]));
    }

    private static string[] Readings(string text)
    {
        var decoded = Uri.UnescapeDataString(text.Replace('+', ' '));
        return decoded == text ? [text] : [text, decoded];
    }
}
