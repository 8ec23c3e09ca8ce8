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
    private const string IsThere = "expired_at IS NULL AND document NOT LIKE '%\"deleted_at\":%'";

    /// <summary>Still the resource's or the organisation's that it was when it was read, and, where that was asked for, unchanged.</summary>
    private const string IsAsRead = "id = @id AND (@revision IS NULL OR revision = @revision) AND (resource_id = @resource OR organization_id = @organization)";

    private const string IsChanged = "id = @id AND revision = @revision + 1 AND document = @document";

    /// <summary>Adds a client that an operator makes.</summary>
    public async Task<Client> InsertAsync(Client client, Actor by, CancellationToken cancellationToken) => await audit.WriteAsync(
        AuditedChange.Created(by, "client", client.Id.Value, client, DocumentJson.Default.Client),
        $"""
        INSERT INTO clients (id, resource_id, organization_id, created_at, last_seen_at, revision, document) VALUES (@id, @resource, @organization, @now, @now, 1, @document)
        RETURNING {ClientStore.Columns};
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = 1 AND document = @document)
        """,
        new() { { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "organization", client.OrganizationId }, { "now", client.CreatedAt }, { "document", ClientStore.Write(client) } },
        ClientStore.ReadOne,
        cancellationToken) ?? throw new CorruptRow("clients", client.Id.Value, "not added");

    /// <summary>
    /// Changes a client. Disabling it is the operator's block: while it lasts the client gets nothing, keeps its id and does not expire, and nobody registers the same
    /// metadata under another id; a document it describes itself by changes nothing about that.
    /// </summary>
    /// <param name="before">As it was read: its revision must still be the row's.</param>
    public Task<ConfigurationChange> UpdateAsync(Client before, Client after, Actor by, CancellationToken cancellationToken) => audit.WriteAsync<ConfigurationChange>(
        AuditedChange.Changed(by, "client", after.Id.Value, before, after, DocumentJson.Default.Client),
        $"""
        UPDATE clients SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision AND expired_at IS NULL RETURNING id;
        INSERT INTO blocked_registrations (metadata, client_id, blocked_at)
        SELECT metadata, id, @now FROM clients WHERE {IsChanged} AND metadata IS NOT NULL AND @enabled = 0 ON CONFLICT DO NOTHING;
        DELETE FROM blocked_registrations WHERE client_id = @id AND @enabled = 1 AND EXISTS (SELECT 1 FROM clients WHERE {IsChanged});
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE {IsChanged});
        {RaiseVersion}
        """,
        new()
        {
            { "id", after.Id.Value }, { "revision", before.Revision }, { "now", after.UpdatedAt }, { "enabled", after.IsEnabled }, { "document", ClientStore.Write(after) },
        },
        static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
        cancellationToken);

    /// <summary>
    /// Deletes a client of a resource or an organisation for good, with what grew from it. Nobody registers the same metadata again; of a registration that would come again by itself under
    /// the same id a tombstone stays besides, on which one that is under way right now runs up. The row is held from the first statement on: a registration changes and expires
    /// without a place in the audit record, and must not do so between what is recorded and what is done.
    /// </summary>
    /// <param name="revision">That of the row must still be this; null: whatever it is. A client may change its own registration as often as it likes, and must not escape by that.</param>
    public Task<ConfigurationChange> DeleteAsync(Client client, long? revision, Actor by, DateTimeOffset now, CancellationToken cancellationToken) => audit.WriteAsync<ConfigurationChange>(
        AuditedChange.Deleted(by, "client", client.Id.Value, client, DocumentJson.Default.Client),
        $"""
        UPDATE clients SET revision = revision WHERE {IsAsRead};
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE {IsAsRead});
        INSERT INTO blocked_registrations (metadata, client_id, blocked_at)
        SELECT metadata, id, @now FROM clients WHERE {IsAsRead} AND metadata IS NOT NULL ON CONFLICT DO NOTHING;
        {ClientStore.EndWhatGrewFrom($"SELECT id FROM clients WHERE {IsAsRead}", "ClientDeleted")};
        DELETE FROM clients WHERE {IsAsRead} AND fingerprint IS NULL RETURNING id;
        UPDATE clients SET resource_id = NULL, revision = revision + 1, document = @tombstone WHERE {IsAsRead} RETURNING id;
        {RaiseVersion}
        """,
        new()
        {
            { "id", client.Id.Value }, { "revision", revision }, { "resource", client.ResourceId?.Value }, { "organization", client.OrganizationId }, { "now", now },
            { "tombstone", ClientStore.Write(Client.Tombstone(client.Id, now)) },
        },
        static reader => reader.Read() || (reader.NextResult() && reader.Read()) ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
        cancellationToken);

    /// <summary>Clients of every origin, newest first, behind <paramref name="after"/>; and how many there are in all.</summary>
    /// <param name="resource">Only those of this resource.</param>
    /// <param name="organization">Only those of this organisation.</param>
    public Task<(int Total, List<Client> Page)> ListAsync(ResourceId? resource, string? organization, RowPlace? after, int limit, CancellationToken cancellationToken) =>
        ListAsync(database, resource, organization, after, limit, cancellationToken);

    /// <summary>For who only looks, and needs no key-encryption key.</summary>
    public static Task<(int Total, List<Client> Page)> ListAsync(IDatabase database, ResourceId? resource, string? organization, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = new RowFilter().And(IsThere).Is("resource_id", "resource", resource?.Value).Is("organization_id", "organization", organization);
        return database.ReadAsync(
            rows.CountAndPage(ClientStore.Columns, "clients", "created_at", "id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, ClientStore.ReadOne),
            cancellationToken);
    }
}
