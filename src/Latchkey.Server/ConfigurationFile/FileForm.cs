using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
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
    public static JsonObject Of(Resource resource, string baseUrl)
    {
        var form = Write(
            ResourceBody.Of(resource, connection: null, baseUrl), ManagementJson.Default.ResourceBody,
            "id", "resource_type", "connection_id", "connection_details", "issuer", "protected_metadata_uri", "create_time", "update_time");
        foreach (var scope in form["scopes"]!.AsArray().Select(s => s!.AsObject()))
        {
            scope.Remove("id");
        }

        return form;
    }

    public static JsonObject Of(Connection connection, string baseUrl) =>
        Write(ConnectionBody.Of(connection, baseUrl), ManagementJson.Default.ConnectionBody, "id", "type", "user_post_url", "redirect_url", "create_time", "update_time");

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
