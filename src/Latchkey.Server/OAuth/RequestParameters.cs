using System.Text;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using MediaTypeHeaderValue = System.Net.Http.Headers.MediaTypeHeaderValue;

namespace Latchkey.Server.OAuth;

/// <summary>
/// The parameters of an OAuth request. Without a value is the same as absent; a parameter that comes twice is told apart, because the
/// RFC refuses it (RFC 6749 §3.1, §3.2). Names that nobody defined are ignored.
/// </summary>
internal sealed class RequestParameters(IEnumerable<KeyValuePair<string, StringValues>> pairs)
{
    private const string FormType = "application/x-www-form-urlencoded";
    private const int MaxFields = 1024;

    private readonly Dictionary<string, StringValues> values = Collect(pairs);

    public string? this[string name] => values.TryGetValue(name, out var found) ? found[0] : null;

    /// <summary>Every value of a parameter that may come several times (<c>resource</c>, RFC 8707 §2; <c>scope</c> of a form).</summary>
    public IEnumerable<string> All(string name) => values.TryGetValue(name, out var found) ? found.OfType<string>() : [];

    /// <summary>Every parameter with every value.</summary>
    public IEnumerable<KeyValuePair<string, string>> Everything => values.SelectMany(v => v.Value.OfType<string>().Select(one => KeyValuePair.Create(v.Key, one)));

    /// <summary>The first of <paramref name="names"/> that came twice, or null.</summary>
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
    /// All bytes were UTF-8. Others became U+FFFD, which is right in no credential; but what is sent back would be other bytes than came (<c>state</c> is
    /// returned byte for byte, OAuth 2.1 §4.1.2), so where something is, this must hold.
    /// </summary>
    public bool IsText { get; private init; } = true;

    public static RequestParameters OfQuery(HttpRequest request)
    {
        var pairs = Parse(Encoding.UTF8.GetBytes((request.QueryString.Value ?? "").TrimStart('?')), out var isText);
        return new(pairs) { IsText = isText };
    }

    /// <summary>
    /// The form of a request, or null when its body is not a form (RFC 6749 §3.2 wants <c>application/x-www-form-urlencoded</c>), or has more fields than any
    /// OAuth request. It is UTF-8 whatever charset it claims (appendix B).
    /// </summary>
    public static async Task<RequestParameters?> FormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !FormType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        using var body = new MemoryStream();
        await request.Body.CopyToAsync(body, cancellationToken);
        var pairs = Parse(body.GetBuffer().AsSpan(0, (int)body.Length), out var isText);
        return pairs.Count > MaxFields || pairs.Exists(p => HoldsNul(p.Key) || HoldsNul(p.Value.ToString())) ? null : new(pairs) { IsText = isText };
    }

    /// <summary>
    /// By hand, because names are told apart by case (RFC 6749 §3.1) and the framework's collections do not: there a <c>State</c> that nobody defined would
    /// take the place of <c>state</c>. A percent sign without two hexadecimal digits behind it is itself.
    /// </summary>
    private static List<KeyValuePair<string, StringValues>> Parse(ReadOnlySpan<byte> encoded, out bool isText)
    {
        var pairs = new List<KeyValuePair<string, StringValues>>();
        isText = true;
        foreach (var part in encoded.Split((byte)'&'))
        {
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
            var isEncoded = encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit((char)encoded[i + 1]) && char.IsAsciiHexDigit((char)encoded[i + 2]);
            bytes[length++] = isEncoded ? (byte)((Uri.FromHex((char)encoded[i + 1]) << 4) | Uri.FromHex((char)encoded[i + 2])) : encoded[i] == '+' ? (byte)' ' : encoded[i];
            i += isEncoded ? 2 : 0;
        }

        isText &= Utf8.IsValid(bytes.AsSpan(0, length));
        return Encoding.UTF8.GetString(bytes, 0, length);
    }

    private static bool HoldsNul(string text) => text.Contains('\0', StringComparison.Ordinal);

    private static Dictionary<string, StringValues> Collect(IEnumerable<KeyValuePair<string, StringValues>> pairs)
    {
        var collected = new Dictionary<string, StringValues>(StringComparer.Ordinal);
        foreach (var (name, given) in pairs)
        {
            var present = given.Where(v => !string.IsNullOrEmpty(v)).ToArray();
            if (present.Length > 0)
            {
                collected[name] = collected.TryGetValue(name, out var earlier) ? StringValues.Concat(earlier, present) : present;
            }
        }

        return collected;
    }
}
