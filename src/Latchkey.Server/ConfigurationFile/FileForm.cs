using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Management;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// A thing as the file writes it: what the management API answers of it, without what the API alone decides. Two things with the same form are the same to the
/// file, so this is what an export writes and what differences are looked for in.
/// </summary>
internal static class FileForm
{
    /// <summary>Without its connection, which is a thing of its own.</summary>
    public static JsonObject Of(Resource resource) => ResourceFields.Table.Write(resource, new("", _ => null), FieldUse.Export);

    public static JsonObject Of(Connection connection) => ConnectionFields.Table.Write(connection, new(""), FieldUse.Export);

    public static JsonObject Of(Client client) => Write(
        ClientBody.Of(new(client, SecretUses.None)), ManagementJson.Default.ClientBody,
        "client_id", "resource_id", "grant_types", "secrets", "is_dcr", "is_cimd", "metadata_uri", "create_time", "update_time");

    /// <summary>With the ids of its connections; a file names them by their resources where it can.</summary>
    public static JsonObject Of(ApiClient client) => Write(ApiClientBody.Of(client, SecretUses.None, seenFrom: null), ManagementJson.Default.ApiClientBody, "client_id", "secrets", "create_time", "update_time");

    private static JsonObject Write<T>(T body, JsonTypeInfo<T> json, params ReadOnlySpan<string> onlyInAnswers)
    {
        var form = JsonSerializer.SerializeToNode(body, json)!.AsObject();
        foreach (var name in onlyInAnswers)
        {
            form.Remove(name);
        }

        return form;
    }
}
