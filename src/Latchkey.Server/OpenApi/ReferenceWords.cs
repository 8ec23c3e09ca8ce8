using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>Formats schemas as text.</summary>
internal static class ReferenceWords
{
    private static readonly JsonSerializerOptions Readable =
        new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Anchor(string tag) => tag.Replace(' ', '-').ToLowerInvariant();

    public static string Json(JsonNode example) => example.ToJsonString(Readable);

    public static string Where(IOpenApiParameter parameter) => parameter.In switch
    {
        ParameterLocation.Path => "in the path, ",
        ParameterLocation.Header => "header, ",
        _ => "",
    };

    /// <summary>Returns the type without null, which means the default or no value everywhere.</summary>
    public static string Kind(IOpenApiSchema schema) => (schema.Type & ~JsonSchemaType.Null) switch
    {
        JsonSchemaType.String when schema.Format == "date-time" => "date-time",
        JsonSchemaType.String => "string",
        JsonSchemaType.Integer => "integer",
        JsonSchemaType.Number => "number",
        JsonSchemaType.String | JsonSchemaType.Integer => "date-time or integer",
        JsonSchemaType.Boolean => "boolean",
        JsonSchemaType.Array => schema.Items is { AnyOf.Count: > 0 } ? "array of strings or objects" : $"array of {Kind(schema.Items!)}s",
        JsonSchemaType.Object => "object",
        _ => "any JSON",
    };

    public static string Limits(IOpenApiSchema schema) => string.Join("; ", new[]
    {
        schema.Enum is { Count: > 0 } choices
            ? $"one of {string.Join(", ", choices.Where(c => !c.IsJsonNullSentinel()).Select(c => c.ToString()))}"
            : null,
        schema.MaxLength is { } length ? $"at most {length} characters" : null,
        schema.MaxItems is { } items ? $"at most {items} entries" : null,
        schema.Minimum is { } least && schema.Maximum is { } most ? $"{least} to {most}" : null,
        schema.Default is JsonValue fallback ? $"default {fallback.ToJsonString(Readable).Trim('"')}" : null,
    }.OfType<string>());

    /// <summary>Returns the schema of the object that a member is or contains, or null.</summary>
    public static IOpenApiSchema? Inner(IOpenApiSchema schema) =>
        schema.Properties is { Count: > 0 } ? schema
        : schema.Items is { } items ? Inner(items)
        : schema.AnyOf?.Select(Inner).OfType<IOpenApiSchema>().FirstOrDefault();
}
