using System.Text.Json;
using Latchkey.Server.ClientDocuments;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Ports;

namespace Latchkey.Server.Management.ApiClients;

/// <summary>Reads the body of a create or change of an API client; each wrong member is named.</summary>
internal static class ApiClientReader
{
    private const int MaxNameLength = 128;

    /// <returns>No secret for a client that proves itself by a key.</returns>
    public static (ApiClient Client, Secret? Secret) New(JsonBody body, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var keys = body.Has("jwks") ? Keys(body) : null;
        var secret = keys is null ? Secret.New(Secret.ClientSecretPrefix) : (Secret?)null;
        var blank = new ApiClient(ApiClientId.New(), "", ApiRole.ReadOnly, [], secret is { } plain ? [ClientSecret.Of(plain, now)] : [], IsEnabled: true, now, now) { Keys = keys };
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
            Keys = body.Has("jwks") ? ChangedKeys(client, body) : client.Keys,
            AllowedAddresses = body.Has("allowed_addresses") ? Addresses(body) : client.AllowedAddresses,
            IsEnabled = body.Has("enabled") ? body.YesNo("enabled") ?? true : client.IsEnabled,
            UpdatedAt = now,
        };
    }

    private static ClientKeys? Keys(JsonBody body)
    {
        if (body.Element("jwks", JsonValueKind.Object, "must be a JWK set") is not { } jwks)
        {
            return null;
        }

        if (ClientKeys.WhyNotPublic(jwks) is not null || ClientKeySets.Parse(jwks.GetRawText()).Count == 0)
        {
            body.Wrong("jwks", "must be a JWK set of public RSA or EC keys, one at least, and no private or symmetric one");
        }

        return new(jwks.GetRawText(), JwksUri: null);
    }

    private static ClientKeys? ChangedKeys(ApiClient client, JsonBody body)
    {
        if (client.Keys is null)
        {
            body.Wrong("jwks", "belongs to a client that was made with it; this one has secrets");
            return null;
        }

        if (Keys(body) is { } keys)
        {
            return keys;
        }

        // A wrong one was named already; null would leave the client without any proof.
        body.WrongIfNull("jwks", "must hold the client's keys");
        return client.Keys;
    }

    private static List<string>? Addresses(JsonBody body)
    {
        var networks = new List<string>();
        foreach (var text in body.Texts("allowed_addresses", ApiClient.MaxAddresses, 64) ?? [])
        {
            if (NetworkList.WhyNot(text, out var network) is { } what)
            {
                body.Wrong("allowed_addresses", OAuthError.Printable(what));
            }
            else
            {
                networks.Add(network.ToString());
            }
        }

        return networks.Count > 0 ? networks : null;
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
