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
        "SELECT id, revision, document FROM clients WHERE id = @id",
        new() { { "id", id.Value } },
        static reader => ReadOne(reader) is { DeletedAt: null } client ? client : null,
        cancellationToken);

    /// <summary>
    /// Adds a client. With a <paramref name="fingerprint"/>: when a client of that fingerprint exists, it is the same program registering again, and
    /// its row is answered (also when it was deleted: <see cref="Client.DeletedAt"/>); of any number of identical registrations at once exactly one adds.
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

    /// <summary>
    /// Keeps what a client's document says. A client seen for the first time is added; one that is known is changed when its row still has the revision that was
    /// read. When <paramref name="change"/> says that the document changed, the change is recorded and every server told.
    /// </summary>
    /// <returns>False: somebody else wrote the row meanwhile.</returns>
    public Task<bool> KeepDocumentAsync(Client client, string? change, CancellationToken cancellationToken)
    {
        var document = client.Document ?? throw new InvalidOperationException("the client has no document");
        return database.WriteAsync(
            """
            INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document) VALUES (@id, NULL, NULL, @created, @now, 1, @document)
            ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at, revision = clients.revision + 1, document = excluded.document WHERE clients.revision = @revision
            RETURNING id;
            INSERT INTO client_changes (client_id, at, what) SELECT id, @now, @change FROM clients WHERE @change IS NOT NULL AND id = @id AND revision = @revision + 1;
            UPDATE config_version SET version = version + 1 WHERE id = 1 AND @change IS NOT NULL
            """,
            new()
            {
                { "id", client.Id.Value }, { "created", client.CreatedAt }, { "now", document.FetchedAt }, { "change", change }, { "revision", client.Revision },
                { "document", JsonSerializer.Serialize(client, DocumentJson.Default.Client) },
            },
            Rows.Any,
            cancellationToken);
    }

    /// <summary>What changed in a client's document, oldest first: a sentence each.</summary>
    public Task<List<(DateTimeOffset At, string What)>> ChangesAsync(ClientId id, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT at, what FROM client_changes WHERE client_id = @id ORDER BY at LIMIT 1000",
        new() { { "id", id.Value } },
        static reader =>
        {
            var changes = new List<(DateTimeOffset, string)>();
            while (reader.Read())
            {
                changes.Add((DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)), reader.GetString(1)));
            }

            return changes;
        },
        cancellationToken);

    /// <summary>Uses an assertion's id up: of any number of callers, on any node, exactly one is answered true (RFC 7523 §3).</summary>
    /// <param name="hash">Over client and <c>jti</c>.</param>
    public Task<bool> UseAssertionAsync(byte[] hash, DateTimeOffset expiresAt, CancellationToken cancellationToken) => database.WriteAsync(
        "INSERT INTO used_assertions (hash, expires_at) VALUES (@hash, @expires) ON CONFLICT DO NOTHING RETURNING expires_at",
        new() { { "hash", hash }, { "expires", expiresAt } },
        Rows.Any,
        cancellationToken);

    /// <summary>Forgets assertions that nobody could present any more.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM used_assertions WHERE hash IN (SELECT hash FROM used_assertions WHERE expires_at < @now ORDER BY expires_at LIMIT 500) RETURNING 1",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

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

    /// <summary>
    /// Deletes a client of a resource for good; its grants die with it, because a token request finds no client. Of a registration that could come
    /// again by itself a tombstone stays, so that it does not.
    /// </summary>
    public Task<bool> DeleteAsync(ResourceId resource, ClientId id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        $"""
        DELETE FROM clients WHERE id = @id AND resource_id = @resource AND fingerprint IS NULL RETURNING id;
        UPDATE clients SET resource_id = NULL, revision = revision + 1, document = @tombstone WHERE id = @id AND resource_id = @resource RETURNING id;
        {RaiseVersion}
        """,
        new()
        {
            { "id", id.Value }, { "resource", resource.Value },
            { "tombstone", JsonSerializer.Serialize(Client.Tombstone(id, now), DocumentJson.Default.Client) },
        },
        static reader => reader.Read() || (reader.NextResult() && reader.Read()),
        cancellationToken);

    internal static Client? ReadOne(DbDataReader reader) => reader.Read()
        ? ConfigurationStore.Parse("clients", reader.GetString(0), reader.GetString(2), DocumentJson.Default.Client) with { Revision = reader.GetInt64(1) }
        : null;
}
