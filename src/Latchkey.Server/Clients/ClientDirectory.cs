using System.Text.Json;
using Latchkey.Server.Audit;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>
/// What operators do with rows of OAuth clients, whoever made them. A change raises <c>config_version</c>, so that every server forgets what it remembers;
/// of any number of concurrent changes of one revision exactly one is done.
/// </summary>
internal sealed class ClientDirectory(IDatabase database, AuditLog audit)
{
    private const string RaiseVersion = "UPDATE config_version SET version = version + 1 WHERE id = 1";

    /// <summary>What is left of a deleted registration is no client. Inside a JSON string a quotation mark is escaped: no name can look like this member.</summary>
    private const string IsThere = "document NOT LIKE '%\"deleted_at\":%'";

    /// <summary>Adds a client that an operator makes.</summary>
    public async Task<Client> InsertAsync(Client client, Actor by, CancellationToken cancellationToken) => await audit.WriteAsync(
        AuditedChange.Created(by, "client", client.Id.Value, client, DocumentJson.Default.Client),
        $"""
        INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document) VALUES (@id, @resource, NULL, @now, @now, 1, @document) RETURNING id, revision, document;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = 1 AND document = @document)
        """,
        new()
        {
            { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "now", client.CreatedAt }, { "document", JsonSerializer.Serialize(client, DocumentJson.Default.Client) },
        },
        ClientStore.ReadOne,
        cancellationToken) ?? throw new CorruptRow("clients", client.Id.Value, "neither added nor found");

    /// <param name="before">As it was read: its revision must still be the row's.</param>
    public Task<ConfigurationChange> UpdateAsync(Client before, Client after, Actor by, CancellationToken cancellationToken) => audit.WriteAsync<ConfigurationChange>(
        AuditedChange.Changed(by, "client", after.Id.Value, before, after, DocumentJson.Default.Client),
        $"""
        UPDATE clients SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = @revision + 1 AND document = @document);
        {RaiseVersion}
        """,
        new() { { "id", after.Id.Value }, { "revision", before.Revision }, { "document", JsonSerializer.Serialize(after, DocumentJson.Default.Client) } },
        static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
        cancellationToken);

    /// <summary>Clients of every origin, oldest first, behind <paramref name="after"/>; and how many there are in all.</summary>
    /// <param name="resource">Only those of this resource.</param>
    public Task<(int Total, List<Client> Clients)> ListAsync(ResourceId? resource, RowPlace? after, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"""
        SELECT COUNT(*) FROM clients WHERE (@resource IS NULL OR resource_id = @resource) AND {IsThere};
        SELECT id, revision, document FROM clients
         WHERE (@resource IS NULL OR resource_id = @resource) AND {IsThere} AND (@at IS NULL OR created_at > @at OR (created_at = @at AND id > @after))
         ORDER BY created_at, id LIMIT @limit
        """,
        new() { { "resource", resource?.Value }, { "at", after?.At }, { "after", after?.Id }, { "limit", limit } },
        static reader =>
        {
            var total = reader.Read() ? (int)reader.GetInt64(0) : 0;
            reader.NextResult();
            var clients = new List<Client>();
            while (ClientStore.ReadOne(reader) is { } client)
            {
                clients.Add(client);
            }

            return (total, clients);
        },
        cancellationToken);
}
