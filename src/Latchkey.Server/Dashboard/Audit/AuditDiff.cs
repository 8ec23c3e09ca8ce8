using System.Text.Json;

namespace Latchkey.Server.Dashboard.Audit;

/// <summary>A member of an audit entry: before and after, or only a value.</summary>
/// <param name="From">Null when the entry names one value only, or when there was none.</param>
internal sealed record AuditDiff(string Name, string? From, string? To, bool IsChange)
{
    private const int MaxLength = 2_000;

    public static IReadOnlyList<AuditDiff> Of(string detail)
    {
        using var document = JsonDocument.Parse(detail);
        return document.RootElement.ValueKind != JsonValueKind.Object ? [] : [.. document.RootElement.EnumerateObject().Select(Of)];
    }

    private static AuditDiff Of(JsonProperty member)
    {
        var name = member.Name.Replace('_', ' ');
        return member.Value is { ValueKind: JsonValueKind.Object } value && value.TryGetProperty("from", out var from)
            && value.TryGetProperty("to", out var to)
                ? new(name, Text(from), Text(to), IsChange: true)
                : new(name, null, Text(member.Value), IsChange: false);
    }

    private static string? Text(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Array when value.GetArrayLength() == 0 => "none",
            JsonValueKind.Array when value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String) =>
                string.Join('\n', value.EnumerateArray().Select(e => e.GetString())),
            _ => value.GetRawText(),
        };
        return text is { Length: > MaxLength } ? text[..MaxLength] + "…" : text;
    }
}
