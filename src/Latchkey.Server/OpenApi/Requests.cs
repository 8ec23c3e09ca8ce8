using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace Latchkey.Server.OpenApi;

/// <summary>
/// The JSON schemas of request bodies: those of entities from their tables of fields, the others from requests.json. There, <c>$ref</c>
/// inserts the schema that it names, and the members beside it are merged into that (RFC 7396: null removes a member).
/// </summary>
internal static class Requests
{
    private const string Examples = "examples";
    private static readonly JsonObject OwnWords = Read("Latchkey.Server.OpenApi.requests.json");

    /// <summary>Names that begin with a dollar are parts of other schemas.</summary>
    public static IEnumerable<string> Names => OwnWords.Select(r => r.Key).Where(name => !name.StartsWith('$'));

    public static string SchemaName(string name) => $"{name}Request";

    public static JsonNode Example(string name) => Whole(name)[Examples]![0]!.DeepClone();

    public static OpenApiSchema Schema(string name, OpenApiDocument document)
    {
        var schema = Whole(name);
        schema.Remove(Examples);
        return Read(name, schema, document);
    }

    /// <summary>Adds the schemas of entities and of their parts, of which the framework knows only the type names.</summary>
    public static void DescribeEntities(OpenApiDocument document)
    {
        foreach (var table in OfEntities.Values.Select(e => e.Table).Distinct().SelectMany(WithParts))
        {
            document.Components!.Schemas![table.Name] = Read(table.Name, table.ResponseSchema(), document);
        }
    }

    private static IEnumerable<FieldTable> WithParts(FieldTable table) =>
        table.Declared.Select(f => f.Shape.Part).OfType<FieldTable>().SelectMany(WithParts).Prepend(table);

    private static OpenApiSchema Read(string name, JsonObject schema, OpenApiDocument document)
    {
        var read = OpenApiModelFactory.Parse<OpenApiSchema>(
            schema.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, document, out var found, OpenApiConstants.Json);
        return read is not null && found.Errors.Count == 0
            ? read
            : throw new InvalidOperationException($"{name}: {string.Join(", ", found.Errors)}");
    }

    private static readonly Dictionary<string, (FieldTable Table, FieldUse Use)> OfEntities = new(StringComparer.Ordinal)
    {
        ["CreateResource"] = (ResourceFields.Table, FieldUse.Create),
        ["ChangeResource"] = (ResourceFields.Table, FieldUse.Change),
        ["Connection"] = (ConnectionFields.Table, FieldUse.Change),
        ["CreateClient"] = (ClientFields.Table, FieldUse.Create),
        ["ChangeClient"] = (ClientFields.Table, FieldUse.Change),
        ["ChangeAnyClient"] = (ClientFields.Table, FieldUse.Change),
        ["CreateOrganizationClient"] = (ClientFields.OfOrganization, FieldUse.Create),
        ["ChangeOrganizationClient"] = (ClientFields.OfOrganization, FieldUse.Change),
        ["CreateApiClient"] = (ApiClientFields.Table, FieldUse.Create),
        ["ChangeApiClient"] = (ApiClientFields.Table, FieldUse.Change),
        ["CreateWebhook"] = (WebhookEndpointFields.Table, FieldUse.Create),
        ["ChangeWebhook"] = (WebhookEndpointFields.Table, FieldUse.Change),
    };

    private static JsonObject Whole(string name)
    {
        var own = Resolve(OwnWords[name], OwnWords)!.AsObject();
        return OfEntities.TryGetValue(name, out var entity) ? Merge(entity.Table.RequestSchema(entity.Use), own) : own;
    }

    private static JsonNode? Resolve(JsonNode? node, JsonObject document)
    {
        switch (node)
        {
            case JsonObject whole when whole["$ref"]?.GetValue<string>().TrimStart('#') is { } pointer:
                var target = Resolve(
                    pointer.Split('/', StringSplitOptions.RemoveEmptyEntries).Aggregate((JsonNode)document, (at, step) => at[step]!),
                    document)!
                    .AsObject();
                var beside = whole.Where(m => m.Key != "$ref")
                    .ToDictionary(m => m.Key, m => Resolve(m.Value, document), StringComparer.Ordinal);
                return Merge(target, beside);

            case JsonObject whole:
                return new JsonObject(whole.Select(m => KeyValuePair.Create(m.Key, Resolve(m.Value, document))));

            case JsonArray array:
                return new JsonArray([.. array.Select(e => Resolve(e, document))]);

            default:
                return node?.DeepClone();
        }
    }

    private static JsonObject Merge(JsonObject target, IEnumerable<KeyValuePair<string, JsonNode?>> patch)
    {
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                target.Remove(name);
            }
            else
            {
                target[name] = value is JsonObject inner && target[name] is JsonObject former
                    ? Merge((JsonObject)former.DeepClone(), inner)
                    : value.DeepClone();
            }
        }

        return target;
    }

    private static JsonObject Read(string resource)
    {
        using var stream = typeof(Requests).Assembly.GetManifestResourceStream(resource)!;
        return JsonNode.Parse(stream)!.AsObject();
    }
}
