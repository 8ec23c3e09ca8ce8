using System.Text.Json.Nodes;
using Latchkey.Server.Fields;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Bodies made of a table of fields: every field with a valid value, where possible one that is not the default.</summary>
internal static class FieldBodies
{
    private const long Seconds = 600;

    public static Dictionary<string, object?> Of(FieldTable table, FieldUse use, params IEnumerable<(string Name, object? Value)> others)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var field in table.Declared.Where(f => f.Use.HasFlag(use)))
        {
            if (ValueOf(field, use) is { } value)
            {
                body[field.Name] = value;
            }
        }

        foreach (var (name, value) in others)
        {
            body[name] = value;
        }

        return body;
    }

    /// <summary>Returns the type that a schema names, without null.</summary>
    public static string? TypeOf(JsonObject schema) =>
        schema["type"] is JsonArray types ? types[0]!.GetValue<string>() : schema["type"]?.GetValue<string>();

    private static JsonNode? ValueOf(Field field, FieldUse use)
    {
        if (field.Example is { } example)
        {
            return JsonNode.Parse(example);
        }

        var (schema, usual) = (field.Shape.Request(use), field.Default);
        var type = TypeOf(schema);
        return schema["enum"] is JsonArray choices
            ? choices.LastOrDefault(c => c is not null && !JsonNode.DeepEquals(c, usual))?.DeepClone()
            : type == "boolean" ? !usual!.GetValue<bool>()
            : type == "integer" ? Math.Min(Seconds, schema["maximum"]!.GetValue<long>())
            : null;
    }
}
