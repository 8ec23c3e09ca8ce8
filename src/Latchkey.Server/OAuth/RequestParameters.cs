using System.Text.Unicode;
using Microsoft.Extensions.Primitives;

namespace Latchkey.Server.OAuth;

/// <summary>
/// The parameters of an OAuth request. Without a value is the same as absent; a parameter that comes twice is told apart, because the
/// RFC refuses it (RFC 6749 §3.1, §3.2). Names that nobody defined are ignored.
/// </summary>
internal sealed class RequestParameters(IEnumerable<KeyValuePair<string, StringValues>> pairs)
{
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
    /// The query of a request, or null when it holds bytes that are no UTF-8: they would stay percent-encoded here and be sent back as other bytes
    /// than came (<c>state</c> is returned byte for byte, OAuth 2.1 §4.1.2).
    /// </summary>
    public static RequestParameters? OfQuery(HttpRequest request) => IsText(request.QueryString.Value ?? "") ? new RequestParameters(request.Query) : null;

    /// <summary>The form of a request, or null when its body is not a form (RFC 6749 §3.2 wants <c>application/x-www-form-urlencoded</c>).</summary>
    public static async Task<RequestParameters?> FormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!request.HasFormContentType || request.ContentType is not { } type || !type.StartsWith("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        try
        {
            return new RequestParameters(await request.ReadFormAsync(cancellationToken));
        }
        catch (InvalidDataException)
        {
            // More or longer fields than any OAuth request has.
            return null;
        }
    }

    /// <summary>True when the percent-encoded bytes are UTF-8. A percent sign without two hexadecimal digits behind it is itself.</summary>
    private static bool IsText(string encoded)
    {
        var bytes = new byte[encoded.Length];
        var length = 0;
        for (var i = 0; i < encoded.Length; i++)
        {
            var isEncoded = encoded[i] == '%' && i + 2 < encoded.Length && char.IsAsciiHexDigit(encoded[i + 1]) && char.IsAsciiHexDigit(encoded[i + 2]);
            bytes[length++] = isEncoded ? Convert.FromHexString(encoded.AsSpan(i + 1, 2))[0] : (byte)encoded[i];
            i += isEncoded ? 2 : 0;
        }

        return Utf8.IsValid(bytes.AsSpan(0, length));
    }

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
