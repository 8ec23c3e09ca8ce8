using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;

namespace Latchkey.Server.Management.ApiClients;

/// <summary>Reads the body of a create or change of an API client, with the rules that concern more than one field.</summary>
internal static class ApiClientReader
{
    /// <returns>No secret for a client that authenticates by a key.</returns>
    public static (ApiClient Client, Secret? Secret) New(JsonBody body, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var client = Read(
            body, ApiClientFields.Table.Blank with { Id = ApiClientId.New(), CreatedAt = now }, FieldUse.Create, configuration, now);
        var secret = client.Keys is null ? Secret.New(Secret.ClientSecretPrefix) : (Secret?)null;
        return (client with { Secrets = secret is { } plain ? [ClientSecret.Of(plain, now)] : [] }, secret);
    }

    public static ApiClient Change(ApiClient client, JsonBody body, ConfigurationSnapshot configuration, DateTimeOffset now) =>
        Read(body, client, FieldUse.Change, configuration, now);

    private static ApiClient Read(JsonBody body, ApiClient client, FieldUse use, ConfigurationSnapshot configuration, DateTimeOffset now)
    {
        var read = ApiClientFields.Table.Read(body, client, use, ApiClientContext.None) with { UpdatedAt = now };

        // The connections of the former role do not apply to the new one.
        var named = body.Has("connection_ids") || read.Role == client.Role ? read.ConnectionIds : [];
        List<string> unknown = body.Has("connection_ids")
            ? [
                .. from id in named
                   where configuration.Find(id) is null
                   select $"{OAuthError.Printable(id.Value)}: {Problem.NotFound("connection", id.Value).Detail.TrimEnd('.')}"]
            : [];
        if (unknown.Count > 0)
        {
            body.Wrong("connection_ids", $"contains {string.Join("; ", unknown)}");
        }

        var connections = body.Has("connection_ids") ? [.. named.Where(id => configuration.Find(id) is not null)] : named;
        if (read.Role == ApiRole.Login && connections.Count == 0)
        {
            body.Wrong("connection_ids", "must name the connections of an API client of role login");
        }
        else if (read.Role != ApiRole.Login && connections.Count > 0)
        {
            body.Wrong("connection_ids", "is for the role login only");
        }

        return read with { ConnectionIds = connections };
    }
}
