using System.Text.Json.Nodes;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// An entity as the file writes it. Two entities with the same form are the same to the file, so this is what an export writes and what
/// differences are looked for in.
/// </summary>
internal static class FileForm
{
    /// <summary>Without its connection, which is an entity of its own.</summary>
    public static JsonObject Of(Resource resource) => ResourceFields.Table.Write(resource, new("", _ => null), FieldUse.Export);

    public static JsonObject Of(Connection connection) => ConnectionFields.Table.Write(connection, new(""), FieldUse.Export);

    public static JsonObject Of(Client client) => ClientFields.Table.Write(client, ClientContext.None, FieldUse.Export);

    public static JsonObject Of(WebhookEndpoint endpoint) =>
        WebhookEndpointFields.Table.Write(endpoint, new(AllowsPrivate: false), FieldUse.Export);

    /// <summary>With the ids of its connections; a file names them by their resources where it can.</summary>
    public static JsonObject Of(ApiClient client) => ApiClientFields.Table.Write(client, ApiClientContext.None, FieldUse.Export);
}
