using System.Text.RegularExpressions;

namespace Demo.Walk;

/// <summary>Redacts messages for display: of a secret only the prefix is shown, of a long value only the beginning.</summary>
internal static partial class Redaction
{
    private const int LongestValue = 90;

    private static readonly HashSet<string> Secrets = new(StringComparer.OrdinalIgnoreCase)
    {
        "password", "code", "code_verifier", "client_secret", "access_token", "refresh_token", "id_token", "registration_access_token",
        "state", "auth_request_id", "form_token", "code_challenge", "__RequestVerificationToken",
    };

    /// <summary>A name and its value; the value is redacted if it is a secret.</summary>
    public static string Pair(string name, string value) => $"{name}={(Secrets.Contains(name) ? Hidden(name, value) : Short(value))}";

    public static string Form(IEnumerable<KeyValuePair<string, string>> fields) =>
        string.Join(' ', fields.Select(field => Pair(field.Key, field.Value)));

    /// <summary>A URL with all of its parameters; the values of secrets are redacted.</summary>
    public static string Address(Uri address)
    {
        var parameters = Query(address);
        return address.GetLeftPart(UriPartial.Path)
            + (parameters.Count == 0 ? "" : "?" + string.Join('&', parameters.Select(parameter => Pair(parameter.Key, parameter.Value))));
    }

    public static IReadOnlyList<KeyValuePair<string, string>> Query(Uri address) =>
    [
        .. address.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(pair => pair.Split('=', 2))
            .Select(pair => KeyValuePair.Create(Decode(pair[0]), pair.Length > 1 ? Decode(pair[1]) : "")),
    ];

    public static string Short(string text)
    {
        var line = WhiteSpace().Replace(text, " ").Trim();
        return line.Length <= LongestValue ? line : line[..LongestValue] + "…";
    }

    private static string Hidden(string name, string value)
    {
        if (value.Length == 0 || name.Equals("password", StringComparison.OrdinalIgnoreCase))
        {
            return "***";
        }

        // Ids and secrets of Latchkey have a prefix that ends with an underscore. The proof follows the dot of an auth request's id.
        if (name.Equals("auth_request_id", StringComparison.OrdinalIgnoreCase))
        {
            return value.Split('.')[0] + ".***";
        }

        return (value is ['l', 'k', _, '_', ..] ? value[..4] : value[..Math.Min(4, value.Length / 4)]) + "***";
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    [GeneratedRegex(@"\s+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WhiteSpace();
}
