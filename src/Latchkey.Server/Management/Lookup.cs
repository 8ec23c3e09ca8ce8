using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Management;

/// <summary>Finds entities of the configuration by the id in a path. Returns null if the text is not an id of that kind.</summary>
internal static class Lookup
{
    public static Resource? FindResource(this ConfigurationSnapshot configuration, string id) =>
        ResourceId.Parse(id) is { } parsed ? configuration.Find(parsed) : null;

    public static Connection? FindConnection(this ConfigurationSnapshot configuration, string id) =>
        ConnectionId.Parse(id) is { } parsed ? configuration.Find(parsed) : null;

    public static WebhookEndpoint? FindWebhook(this ConfigurationSnapshot configuration, string id) =>
        WebhookEndpointId.Parse(id) is { } parsed ? configuration.Find(parsed) : null;

    public static ApiClient? FindApiClient(this ConfigurationSnapshot configuration, string id) =>
        ApiClientId.Parse(id) is { } parsed ? configuration.Find(parsed) : null;
}
