using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Management;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>Describes response types. Responses omit null members: a nullable member is optional, all others are required.</summary>
internal sealed class DescribeSchema : IOpenApiSchemaTransformer
{
    private const string Body = "Body";

    /// <summary>Returns the component name of a type, or null when its schema is inlined.</summary>
    public static string? NameOf(JsonTypeInfo type) => type.Type == typeof(JsonElement) || type.Type == typeof(JsonElement?) ? null
        : (type.Type == typeof(SettingsAnswerBody) ? type.Type.Name : OpenApiOptions.CreateDefaultSchemaReferenceId(type)) is { } name
        ? name.EndsWith(Body, StringComparison.Ordinal) ? name[..^Body.Length] : name
        : null;

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(SettingsAnswerBody))
        {
            schema.AdditionalProperties = null;
            schema.Description = "Durations in seconds.";
            schema.Required = SettingsTable.All.Where(s => s.IsAlwaysShown).Select(s => s.ApiName).ToHashSet(StringComparer.Ordinal);
            schema.Properties = SettingsTable.All.ToDictionary(s => s.ApiName, IOpenApiSchema (s) => SchemaOf(s), StringComparer.Ordinal);
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            schema.Required = context.JsonTypeInfo.Properties.Where(p => !p.IsGetNullable).Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema SchemaOf(Setting setting) => new()
    {
        Type = Enum.Parse<JsonSchemaType>(setting.JsonType, ignoreCase: true),
        Format = setting.JsonType switch { "integer" => "int64", "number" => "double", _ => null },
        Description = setting.ApiDescription,
    };

    /// <summary>Removes null from the types of response members, because responses omit them. Runs after all schemas are made.</summary>
    public static void LeaveNullOut(OpenApiDocument document)
    {
        foreach (var answer in document.Components!.Schemas!.Values.OfType<OpenApiSchema>())
        {
            foreach (var (name, member) in answer.Properties?.ToList() ?? [])
            {
                if (member is OpenApiSchema { OneOf: [{ Type: JsonSchemaType.Null }, var thing] })
                {
                    answer.Properties![name] = thing;
                }
                else if (member is OpenApiSchema { Type: { } type } written)
                {
                    written.Type = type & ~JsonSchemaType.Null;
                }
            }
        }
    }
}
