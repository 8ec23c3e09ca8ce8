using System.Data.Common;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>Rows of OAuth clients. A new client is found because nobody remembers its absence; a changed or deleted one raises <c>config_version</c>.</summary>
internal sealed class ClientStore(IDatabase database)
{
    private const string RaiseVersion = "UPDATE config_version SET version = version + 1 WHERE id = 1;";

    public Task<Client?> FindAsync(ClientId id, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id, revision, document FROM clients WHERE id = @id", new() { { "id", id.Value } }, ReadOne, cancellationToken);

    /// <summary>
    /// Adds a client. With a <paramref name="fingerprint"/>: when a client of that fingerprint exists, it is the same program registering again, and
    /// its row is answered; of any number of identical registrations at once exactly one adds.
    /// </summary>
    public async Task<Client> InsertAsync(Client client, byte[]? fingerprint, CancellationToken cancellationToken) => await database.WriteAsync(
        """
        INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document) VALUES (@id, @resource, @fingerprint, @now, @now, 1, @document)
        ON CONFLICT (fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at
        RETURNING id, revision, document
        """,
        new()
        {
            { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "fingerprint", fingerprint }, { "now", client.CreatedAt },
            { "document", JsonSerializer.Serialize(client, DocumentJson.Default.Client) },
        },
        ReadOne,
        cancellationToken) ?? throw new CorruptRow("clients", client.Id.Value, "neither added nor found");

    /// <summary>The clients of a resource, oldest first.</summary>
    public Task<List<Client>> OfResourceAsync(ResourceId resource, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id, revision, document FROM clients WHERE resource_id = @resource ORDER BY created_at, id LIMIT @limit",
        new() { { "resource", resource.Value }, { "limit", limit } },
        static reader =>
        {
            var clients = new List<Client>();
            while (ReadOne(reader) is { } client)
            {
                clients.Add(client);
            }

            return clients;
        },
        cancellationToken);

    /// <summary>Deletes a client of a resource for good; its grants die with it, because a token request finds no client.</summary>
    public Task<bool> DeleteAsync(ResourceId resource, ClientId id, CancellationToken cancellationToken) => database.WriteAsync(
        $"DELETE FROM clients WHERE id = @id AND resource_id = @resource RETURNING id; {RaiseVersion}",
        new() { { "id", id.Value }, { "resource", resource.Value } },
        Rows.Any,
        cancellationToken);

    private static Client? ReadOne(DbDataReader reader) => reader.Read()
        ? ConfigurationStore.Parse("clients", reader.GetString(0), reader.GetString(2), DocumentJson.Default.Client) with { Revision = reader.GetInt64(1) }
        : null;
}
