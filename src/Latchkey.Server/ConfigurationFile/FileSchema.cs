using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>The JSON schema of the file: file-schema.json has the members that only the file has,
/// and the tables of fields have the rest.</summary>
internal static class FileSchema
{
    private static readonly JsonSerializerOptions Readable =
        new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, WriteIndented = true };

    private static readonly (string Name, FieldTable Table)[] Entities =
    [
        ("resource", ResourceFields.Table),
        ("scope", ScopeFields.Table),
        ("connection", ConnectionFields.Table),
        ("client", ClientFields.Table),
        ("custom_claim", CustomClaimFields.Table),
        ("api_client", ApiClientFields.Table),
        ("webhook", WebhookEndpointFields.Table),
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

        return schema.ToJsonString(Readable) + "\n";
    }
}
