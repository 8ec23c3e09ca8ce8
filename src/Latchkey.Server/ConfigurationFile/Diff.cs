using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>Describes the differences of two forms of an entity as lines of text. Values are JSON, so that a string cannot imitate a line
/// or control a terminal.</summary>
internal static class Diff
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="before">Null for a new entity, of which every member is a difference.</param>
    public static IReadOnlyList<string> Lines(JsonObject? before, JsonObject after)
    {
        var (old, current) = (Flat(before, ""), Flat(after, ""));
        var lines = new List<string>();
        foreach (var name in old.Keys.Union(current.Keys, StringComparer.Ordinal))
        {
            var (from, to) = (old.GetValueOrDefault(name), current.GetValueOrDefault(name));
            if (JsonNode.DeepEquals(from, to) || (before is null && to is null or JsonArray { Count: 0 }))
            {
                continue;
            }

            if (before is null)
            {
                lines.Add($"{name}: {Text(to)}");
            }
            else if (from is JsonArray was && to is JsonArray now && Entries(name, was, now) is { Count: > 0 } entries)
            {
                lines.AddRange(entries);
            }
            else
            {
                lines.Add($"{name}: {Text(from)} -> {Text(to)}");
            }
        }

        return lines;
    }

    public static string Text(JsonNode? value) => value?.ToJsonString(Readable) ?? "null";

    /// <summary>The added and removed entries. Empty when only the order differs.</summary>
    private static List<string> Entries(string name, JsonArray was, JsonArray now) =>
    [
        .. now.Where(n => !was.Any(w => JsonNode.DeepEquals(w, n))).Select(n => $"{name}: + {Text(n)}"),
        .. was.Where(w => !now.Any(n => JsonNode.DeepEquals(w, n))).Select(w => $"{name}: - {Text(w)}"),
    ];

    /// <summary>Nested members with their whole path: <c>connection.login_url</c>.</summary>
    private static Dictionary<string, JsonNode?> Flat(JsonObject? form, string prefix)
    {
        var members = new Dictionary<string, JsonNode?>(StringComparer.Ordinal);
        foreach (var (name, value) in form ?? [])
        {
            foreach (var (inner, deep)
                in value is JsonObject nested ? Flat(nested, $"{prefix}{name}.") : new(StringComparer.Ordinal) { [prefix + name] = value })
            {
                members[inner] = deep;
            }
        }

        return members;
    }
}
