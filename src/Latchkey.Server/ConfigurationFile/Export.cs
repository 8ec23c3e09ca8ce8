using Latchkey.Server.ApiClients;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>
/// Writes the stored configuration as a file; applying it changes nothing. Secrets are stored as hashes and cannot be exported,
/// so a comment takes their place.
/// </summary>
internal sealed class Export(ConfigurationState state)
{
    private readonly YamlText yaml = new();

    public static string Write(ConfigurationState state, string baseUrl) => new Export(state).Write(baseUrl);

    private string Write(string baseUrl)
    {
        yaml.Comment(0, $"The configuration of {baseUrl}. Apply it with: latchkey apply -f <this file>");
        yaml.Comment(
            0,
            "Secrets are not in it. Where none are listed, a client keeps those it has; listed ones (secrets: [{env: NAME}, {file: "
            + "path}]) become exactly the client's.");
        yaml.List(0, "resources", state.Configuration.Resources, Write);
        yaml.Blank();
        yaml.List(0, "api_clients", state.Configuration.ApiClients, Write);
        if (state.Configuration.Webhooks.Count > 0)
        {
            yaml.Blank();
            yaml.List(0, "webhooks", state.Configuration.Webhooks, Write);
        }

        return yaml.ToString();
    }

    private void Write(Resource resource)
    {
        yaml.Member(2, "resource_uri", resource.Uri);
        var form = FileForm.Of(resource);
        form.Remove("resource_uri");
        yaml.Members(2, form);
        if (state.ConnectionOf(resource) is { } connection)
        {
            var owner = state.Configuration.Resources.First(r => r.ConnectionId == connection.Id);
            if (owner == resource)
            {
                yaml.Member(2, "connection", FileForm.Of(connection));
            }
            else
            {
                yaml.Member(2, "connection_of", owner.Uri);
            }
        }

        var clients = state.ClientsOf(resource.Id).ToList();
        yaml.List(2, "clients", clients, client =>
        {
            if (clients.Exists(c => c.Id != client.Id && c.Name == client.Name))
            {
                // The name is ambiguous.
                yaml.Member(4, "client_id", client.Id.Value);
            }

            yaml.Members(4, FileForm.Of(client));
            SecretsOf(4, client.Secrets);
        });
    }

    private void Write(WebhookEndpoint endpoint) => yaml.Members(2, FileForm.Of(endpoint));

    private void Write(ApiClient client)
    {
        yaml.Member(2, "client_id", client.Id.Value);
        var form = FileForm.Of(client);
        form.Remove("connection_ids");
        yaml.Members(2, form);
        var users = client.ConnectionIds
            .Select(id => (Id: id, Resource: state.Configuration.Resources.FirstOrDefault(r => r.ConnectionId == id)))
            .ToList();
        if (users.Exists(u => u.Resource is not null))
        {
            yaml.Member(2, "connections_of", FieldKinds.Array([.. users.Select(u => u.Resource?.Uri).OfType<string>()]));
        }

        if (users.Exists(u => u.Resource is null))
        {
            yaml.Comment(2, "connections that no resource uses");
            yaml.Member(2, "connection_ids", FieldKinds.Array([.. users.Where(u => u.Resource is null).Select(u => u.Id.Value)]));
        }

        SecretsOf(2, client.Secrets);
    }

    private void SecretsOf(int level, IReadOnlyList<ClientSecret> secrets)
    {
        if (secrets.Count > 0)
        {
            yaml.Comment(level, $"secrets: [{{env: NAME}}]   it has {string.Join(", ", secrets.Select(s => $"…{s.Suffix}"))}");
        }
    }
}
