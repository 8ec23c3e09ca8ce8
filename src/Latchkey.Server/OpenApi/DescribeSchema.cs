using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Fields;
using Latchkey.Server.Management.Server;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Latchkey.Server.OpenApi;

/// <summary>Describes response types. Responses omit null members: a nullable member is optional, all others are required.</summary>
internal sealed class DescribeSchema : IOpenApiSchemaTransformer
{
    private const string Body = "Body";

    /// <summary>Returns the component name of a type, or null when its schema is inlined.</summary>
    public static string? NameOf(JsonTypeInfo type) => type.Type == typeof(JsonElement) || type.Type == typeof(JsonElement?) ? null
        : (type.Type == typeof(SettingsResponse) ? type.Type.Name : OpenApiOptions.CreateDefaultSchemaReferenceId(type)) is { } name
            ? WithoutBody(name)
        : null;

    public Task TransformAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(SettingsResponse))
        {
            schema.AdditionalProperties = null;
            schema.Description = "Durations in seconds.";
            schema.Required = SettingsTable.All.Where(s => s.IsAlwaysShown).Select(s => s.ApiName).ToHashSet(StringComparer.Ordinal);
            schema.Properties = SettingsTable.All.ToDictionary(s => s.ApiName, IOpenApiSchema (s) => SchemaOf(s), StringComparer.Ordinal);
        }
        else if (context.JsonTypeInfo.Kind == JsonTypeInfoKind.Object)
        {
            schema.Required = context.JsonTypeInfo.Properties.Where(p => !p.IsGetNullable).Select(p => p.Name)
                .ToHashSet(StringComparer.Ordinal);
        }

        if (context.JsonTypeInfo.ElementType is { } element && element.IsAssignableTo(typeof(FieldBody)))
        {
            // The framework does not follow a reference from here: LeaveNullOut puts it in.
            schema.Items = new OpenApiSchema { Title = WithoutBody(element.Name) };
        }

        return Task.CompletedTask;
    }

    private static OpenApiSchema SchemaOf(Setting setting) => new()
    {
        Type = Enum.Parse<JsonSchemaType>(setting.JsonType, ignoreCase: true),
        Format = setting.JsonType switch { "integer" => "int64", "number" => "double", _ => null },
        Description = setting.ApiDescription,
    };

    private static string WithoutBody(string name) => name.EndsWith(Body, StringComparison.Ordinal) ? name[..^Body.Length] : name;

    /// <summary>Removes null from members that responses never write as null, after all schemas exist.</summary>
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
                    written.Items = written.Items is { Title: { } entity } ? new OpenApiSchemaReference(entity, document) : written.Items;
                }
            }
        }
    }
}
