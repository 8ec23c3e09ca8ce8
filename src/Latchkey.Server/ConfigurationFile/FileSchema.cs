using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>The JSON schema of the file: file-schema.json has what only the file knows, and the tables of fields have the rest.</summary>
internal static class FileSchema
{
    private const int MaxInline = 150;
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly (string Name, FieldTable Table)[] Entities =
    [
        ("resource", ResourceFields.Table),
        ("scope", ScopeFields.Table),
        ("connection", ConnectionFields.Table),
        ("client", ClientFields.Table),
        ("custom_claim", CustomClaimFields.Table),
        ("api_client", ApiClientFields.Table),
    ];

    public static string Text()
    {
        using var stream = typeof(FileSchema).Assembly.GetManifestResourceStream("file-schema.json")!;
        var schema = JsonNode.Parse(stream)!.AsObject();
        var definitions = schema["$defs"]!.AsObject();
        foreach (var (name, table) in Entities)
        {
            var own = definitions[name]!.AsObject();
            var entity = table.RequestSchema(FieldUse.File);
            if (own["required"] is { } required)
            {
                entity["required"] = required.DeepClone();
            }

            foreach (var (member, value) in own["properties"]?.AsObject() ?? [])
            {
                entity["properties"]!.AsObject()[member] = value!.DeepClone();
            }

            definitions[name] = entity;
        }

        foreach (var (name, _) in Entities)
        {
            var part = definitions[name]!.DeepClone();
            foreach (var other in definitions.Where(d => d.Key != name))
            {
                Refer(other.Value, part, name);
            }
        }

        var text = new StringBuilder();
        Write(text, schema, 0);
        return text.Append('\n').ToString();
    }

    /// <summary>Puts a reference to an entity where it stands inside of another.</summary>
    private static void Refer(JsonNode? node, JsonNode part, string name)
    {
        IEnumerable<JsonNode?> values = node is JsonObject whole ? [.. whole.Select(m => m.Value)] : node is JsonArray array ? [.. array] : [];
        foreach (var value in values)
        {
            if (JsonNode.DeepEquals(value, part))
            {
                value!.ReplaceWith(new JsonObject { ["$ref"] = $"#/$defs/{name}" });
            }
            else
            {
                Refer(value, part, name);
            }
        }
    }

    /// <summary>Short values stand on one line.</summary>
    private static void Write(StringBuilder text, JsonNode? node, int level)
    {
        var inline = Inline(node);
        if (node is not (JsonObject or JsonArray) || inline.Length + (level * 2) <= MaxInline)
        {
            text.Append(inline);
            return;
        }

        var (open, close) = node is JsonObject ? ('{', '}') : ('[', ']');
        text.Append(open);
        var entries = node is JsonObject whole ? whole.Select(m => ($"{Quoted(m.Key)}: ", m.Value)) : node.AsArray().Select(e => ("", e));
        foreach (var (index, (key, value)) in entries.Index())
        {
            text.Append(index == 0 ? "\n" : ",\n").Append(' ', (level + 1) * 2).Append(key);
            Write(text, value, level + 1);
        }

        text.Append('\n').Append(' ', level * 2).Append(close);
    }

    private static string Inline(JsonNode? node) => node switch
    {
        JsonObject { Count: 0 } => "{}",
        JsonObject whole => $"{{ {string.Join(", ", whole.Select(m => $"{Quoted(m.Key)}: {Inline(m.Value)}"))} }}",
        JsonArray array => $"[{string.Join(", ", array.Select(Inline))}]",
        _ => node?.ToJsonString(Readable) ?? "null",
    };

    private static string Quoted(string text) => JsonValue.Create(text).ToJsonString(Readable);
}
