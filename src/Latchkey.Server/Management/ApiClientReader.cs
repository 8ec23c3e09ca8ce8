using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Management;

/// <summary>Reads the body of a create or change of an API client; each wrong member is named.</summary>
internal static class ApiClientReader
{
    private const int MaxNameLength = 128;

    public static (ApiClient Client, Secret Secret) New(JsonBody body, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var secret = Secret.New(Secret.ClientSecretPrefix);
        var blank = new ApiClient(ApiClientId.New(), "", ApiRole.ReadOnly, [], [ClientSecret.Of(secret, now)], IsEnabled: true, now, now);
        foreach (var name in (string[])["name", "role"])
        {
            if (!body.Has(name))
            {
                body.Wrong(name, "is required");
            }
        }

        return (Change(blank, body, configuration, now), secret);
    }

    public static ApiClient Change(ApiClient client, JsonBody body, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var role = body.Has("role") ? Role(body) ?? client.Role : client.Role;
        return client with
        {
            Name = body.Has("name") ? body.Name("name", MaxNameLength, required: true) ?? client.Name : client.Name,
            Role = role,
            ConnectionIds = Connections(client, body, role, configuration),
            IsEnabled = body.Has("enabled") ? body.YesNo("enabled") ?? true : client.IsEnabled,
            UpdatedAt = now,
        };
    }

    private static ApiRole? Role(JsonBody body)
    {
        switch (body.Text("role", 32, required: true))
        {
            case "management":
                return ApiRole.Management;
            case "login":
                return ApiRole.Login;
            case "read-only":
                return ApiRole.ReadOnly;
            case null:
                return null;
            default:
                body.Wrong("role", "must be management, read-only or login");
                return null;
        }
    }

    private static IReadOnlyList<ConnectionId> Connections(ApiClient client, JsonBody body, ApiRole role, ConfigurationSnapshot configuration)
    {
        // What a former role worked for is nothing to the new one.
        var connections = body.Has("connection_ids") || role != client.Role ? [] : client.ConnectionIds.ToList();
        foreach (var text in body.Texts("connection_ids", ApiClient.MaxConnections, 64) ?? [])
        {
            if (ConnectionId.Parse(text) is { } id && configuration.Find(id) is not null)
            {
                connections.Add(id);
            }
            else
            {
                body.Wrong("connection_ids", $"holds {OAuthError.Printable(text)}: {Problem.NotFound("connection", text).Detail.TrimEnd('.')}");
            }
        }

        if (role == ApiRole.Login && connections.Count == 0)
        {
            body.Wrong("connection_ids", "must name the connections a login credential works for");
        }
        else if (role != ApiRole.Login && connections.Count > 0)
        {
            body.Wrong("connection_ids", "belongs to the role login");
        }

        return connections;
    }
}
