using Latchkey.Server.Audit;
using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Clients;

/// <summary>
/// Stores what operators change in OAuth clients of every origin. A change raises <c>config_version</c>, so that every node clears its
/// cache; of several concurrent changes of one revision exactly one succeeds.
/// </summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class ClientDirectory(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    private const string RaiseVersion = "UPDATE config_version SET version = version + 1 WHERE id = 1";

    /// <summary>
    /// Excludes what an earlier version left of deleted registrations. JSON escapes quotation marks, so no client name can look like this
    /// member.
    /// </summary>
    private const string IsThere = "expired_at IS NULL AND document NOT LIKE '%\"deleted_at\":%'";

    /// <summary>The row still belongs to the same resource or organization and, if a revision is given, is unchanged.</summary>
    private const string IsAsRead =
        "id = @id AND (@revision IS NULL OR revision = @revision) AND (resource_id = @resource OR organization_id = @organization)";

    private const string IsChanged = "id = @id AND revision = @revision + 1 AND document = @document";

    /// <summary>Inserts a client that an operator creates.</summary>
    public async Task<Client> InsertAsync(Client client, Actor by, CancellationToken cancellationToken) => await audit.WriteAsync(
        AuditedChange.Created(by, "client", client.Id.Value, client, DocumentJson.Of<Client>()),
        $"""
        INSERT INTO clients (id, resource_id, organization_id, created_at, last_seen_at, revision, document)
        VALUES (@id, @resource, @organization, @now, @now, 1, @document)
        RETURNING {ClientStore.Columns};
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = 1 AND document = @document)
        """,
        new() { { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "organization", client.OrganizationId },
            { "now", client.CreatedAt }, { "document", ClientStore.Write(client) } },
        ClientStore.ReadOne,
        cancellationToken) ?? throw new CorruptRow("clients", client.Id.Value, "not added");

    /// <summary>
    /// Updates a client. A disabled client is blocked: it gets nothing, keeps its id, does not expire, and its metadata cannot be
    /// registered under another id or changed by its document.
    /// </summary>
    /// <param name="before">The client as it was read; the row must still have its revision.</param>
    public Task<ConfigurationChange> UpdateAsync(Client before, Client after, Actor by, CancellationToken cancellationToken) =>
        audit.WriteAsync<ConfigurationChange>(
            AuditedChange.Changed(by, "client", after.Id.Value, before, after, DocumentJson.Of<Client>()),
            $"""
            UPDATE clients SET revision = revision + 1, document = @document WHERE id = @id AND revision = @revision AND expired_at IS NULL
            RETURNING id;
            INSERT INTO blocked_registrations (metadata, client_id, blocked_at)
            SELECT metadata, id, @now FROM clients WHERE {IsChanged} AND metadata IS NOT NULL AND @enabled = 0 ON CONFLICT DO NOTHING;
            DELETE FROM blocked_registrations WHERE client_id = @id AND @enabled = 1 AND EXISTS (SELECT 1 FROM clients WHERE {IsChanged});
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE {IsChanged});
            {RaiseVersion}
            """,
            new()
            {
                { "id", after.Id.Value }, { "revision", before.Revision }, { "now", after.UpdatedAt }, { "enabled", after.IsEnabled },
                { "document", ClientStore.Write(after) },
            },
            static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
            cancellationToken);

    /// <summary>
    /// Deletes a client with its grants and consents, and forgets it, a block included: the same program may register again, because a
    /// shared registration stands for a product and not for one person. To keep a client away, an operator blocks it. The first statement
    /// locks the row, because a registration can change and expire without an audit record, which must not happen between the record and
    /// the deletion.
    /// </summary>
    /// <param name="revision">The expected revision. Null for any, so that a client cannot escape by changing its registration.</param>
    public Task<ConfigurationChange> DeleteAsync(
        Client client, long? revision, Actor by, DateTimeOffset now, CancellationToken cancellationToken) =>
        audit.WriteAsync<ConfigurationChange>(
            AuditedChange.Deleted(by, "client", client.Id.Value, client, DocumentJson.Of<Client>()),
            $"""
            UPDATE clients SET revision = revision WHERE {IsAsRead};
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM clients WHERE {IsAsRead});
            DELETE FROM blocked_registrations WHERE client_id IN (SELECT id FROM clients WHERE {IsAsRead});
            {ClientStore.EndWhatGrewFrom($"SELECT id FROM clients WHERE {IsAsRead}", "ClientDeleted", outbox)};
            DELETE FROM client_changes WHERE client_id IN (SELECT id FROM clients WHERE {IsAsRead});
            DELETE FROM clients WHERE {IsAsRead} RETURNING id;
            {RaiseVersion}
            """,
            new()
            {
                { "id", client.Id.Value }, { "revision", revision }, { "resource", client.ResourceId?.Value },
                { "organization", client.OrganizationId }, { "now", now },
            },
            static reader => reader.Read() ? new ConfigurationChange.Done() : new ConfigurationChange.Overtaken(),
            cancellationToken);

    /// <summary>Lists clients of every origin, newest first, after <paramref name="after"/>, with their total number.</summary>
    /// <param name="resource">Limits the list to this resource.</param>
    /// <param name="organization">Limits the list to this organization.</param>
    public Task<(int Total, List<Client> Page)> ListAsync(
        ResourceId? resource, string? organization, RowPlace? after, int limit, CancellationToken cancellationToken) =>
        ListAsync(database, resource, organization, after, limit, cancellationToken);

    /// <summary>For read-only callers without the key-encryption key.</summary>
    public static Task<(int Total, List<Client> Page)> ListAsync(
        IDatabase database, ResourceId? resource, string? organization, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = new RowFilter().And(IsThere).Is("resource_id", "resource", resource?.Value)
            .Is("organization_id", "organization", organization);
        return database.ReadAsync(
            rows.CountAndPage(ClientStore.Columns, "clients", "created_at", "id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, ClientStore.ReadOne),
            cancellationToken);
    }
}
