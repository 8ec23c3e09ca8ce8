using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using MediaTypeHeaderValue = System.Net.Http.Headers.MediaTypeHeaderValue;

namespace Latchkey.Server.OAuth;

/// <summary>
/// The parameters of an OAuth request. A parameter without a value counts as absent, and one that occurs twice is detected, because
/// the RFC forbids it (RFC 6749 §3.1, §3.2). Unknown parameters are ignored.
/// </summary>
internal sealed class RequestParameters(IEnumerable<KeyValuePair<string, StringValues>> pairs)
{
    public const int MaxFields = 1024;

    /// <summary>For a form with several inputs per entry of a list.</summary>
    public const int ManyFields = 4096;

    private const string FormType = "application/x-www-form-urlencoded";

    private readonly Dictionary<string, StringValues> values = Collect(pairs);

    public string? this[string name] => values.TryGetValue(name, out var found) ? found[0] : null;

    /// <summary>Returns all values of a parameter that may be repeated (<c>resource</c>, RFC 8707 §2; <c>scope</c> of a form).</summary>
    public IEnumerable<string> All(string name) => values.TryGetValue(name, out var found) ? found.OfType<string>() : [];

    /// <summary>All parameters with all their values.</summary>
    public IEnumerable<KeyValuePair<string, string>> Everything =>
        values.SelectMany(v => v.Value.OfType<string>().Select(one => KeyValuePair.Create(v.Key, one)));

    /// <summary>Returns the first of <paramref name="names"/> that occurs twice, or null.</summary>
    public string? Repeated(params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (values.TryGetValue(name, out var found) && found.Count > 1)
            {
                return name;
            }
        }

        return null;
    }

    /// <summary>
    /// True when all bytes were UTF-8, and a query did not have too many fields. Invalid bytes become U+FFFD, which no credential
    /// contains. But a value that is sent back would change (<c>state</c> is returned byte for byte, OAuth 2.1 §4.1.2), so a request with
    /// such a value must be checked.
    /// </summary>
    public bool IsText { get; private init; } = true;

    public static RequestParameters OfQuery(HttpRequest request)
    {
        var pairs = Parse(Encoding.UTF8.GetBytes((request.QueryString.Value ?? "").TrimStart('?')), MaxFields, out var isText);
        return new(pairs ?? []) { IsText = isText && pairs is not null };
    }

    /// <summary>
    /// Returns the form of a request, or null when its body is not <c>application/x-www-form-urlencoded</c> (RFC 6749 §3.2) or has too many
    /// fields. The encoding is always UTF-8, whatever charset the request names (appendix B).
    /// </summary>
    public static async Task<RequestParameters?> FormAsync(
        HttpRequest request, CancellationToken cancellationToken, int maxFields = MaxFields)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || !FormType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var pairs = Parse(body.GetBuffer().AsSpan(0, (int)body.Length), maxFields, out var isText);
        return pairs is null || pairs.Exists(p => HoldsNul(p.Key) || HoldsNul(p.Value.ToString()))
            ? null
            : new(pairs) { IsText = isText };
    }

    /// <summary>
    /// The framework's collections ignore case, but parameter names are case-sensitive (RFC 6749 §3.1): an undefined <c>State</c> would
    /// replace <c>state</c>. A percent sign without two hexadecimal digits stands for itself.
    /// </summary>
    /// <returns>Null when there are too many fields; the further ones are not read.</returns>
    private static List<KeyValuePair<string, StringValues>>? Parse(ReadOnlySpan<byte> encoded, int maxFields, out bool isText)
    {
        var pairs = new List<KeyValuePair<string, StringValues>>();
        isText = true;
        foreach (var part in encoded.Split((byte)'&'))
        {
            if (pairs.Count == maxFields)
            {
                return null;
            }

            var pair = encoded[part];
            var equals = pair.IndexOf((byte)'=');
            var name = Decode(equals < 0 ? pair : pair[..equals], ref isText);
            pairs.Add(new(name, equals < 0 ? "" : Decode(pair[(equals + 1)..], ref isText)));
        }

        return pairs;
    }

    private static string Decode(ReadOnlySpan<byte> encoded, ref bool isText)
    {
        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var isEncoded = encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit((char)encoded[i + 1])
                && char.IsAsciiHexDigit((char)encoded[i + 2]);
            bytes[length++] = isEncoded ? (byte)((Uri.FromHex((char)encoded[i + 1]) << 4) | Uri.FromHex((char)encoded[i + 2]))
                : encoded[i] == '+' ? (byte)' '
                : encoded[i];
            i += isEncoded ? 2 : 0;
        }

        isText &= Utf8.IsValid(bytes.AsSpan(0, length));
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static bool HoldsNul(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static Dictionary<string, StringValues> Collect(IEnumerable<KeyValuePair<string, StringValues>> pairs)
    {
        // Lists, because joining each value to the former ones would cost the square of their number.
        var collected = new Dictionary<string, List<string>>(StringComparer.Ordinal);
        foreach (var (name, given) in pairs)
        {
            foreach (var value in given)
            {
                if (string.IsNullOrEmpty(value))
                {
                    continue;
                }

                if (collected.TryGetValue(name, out var earlier))
                {
                    earlier.Add(value);
                }
                else
                {
                    collected[name] = [value];
                }
            }
        }

        return collected.ToDictionary(c => c.Key, c => new StringValues([.. c.Value]), StringComparer.Ordinal);
    }
}
