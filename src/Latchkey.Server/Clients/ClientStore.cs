using System.Data.Common;
using System.Text.Json;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Clients;

/// <summary>Rows of OAuth clients. A missing client is never cached; a change or deletion raises <c>config_version</c>.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class ClientStore(IDatabase database, WebhookOutbox? outbox = null)
{
    /// <summary>The columns in the order in which <see cref="ReadOne"/> reads them.</summary>
    public const string Columns = "id, revision, document, last_seen_at";

    /// <summary>An expired registration can return with its id for this long.</summary>
    public static readonly TimeSpan TombstoneRetention = TimeSpan.FromDays(90);

    /// <summary>Beyond this number, the oldest tombstones are deleted.</summary>
    public const int MaxTombstones = 100_000;

    /// <summary>How long the changes of a client are kept.</summary>
    public static readonly TimeSpan ChangeRetention = TimeSpan.FromDays(365);

    /// <summary>How long a metadata document is kept without a use and without a live grant. It can be fetched again.</summary>
    public static readonly TimeSpan DocumentRetention = TimeSpan.FromDays(30);

    /// <summary>Deletes all but the newest changes of the client <c>@id</c>, because the client itself can cause them.</summary>
    public const string ForgetOldChanges =
        "DELETE FROM client_changes WHERE client_id = @id AND at <= (SELECT at FROM client_changes WHERE client_id = @id "
        + "ORDER BY at DESC LIMIT 1 OFFSET 20)";

    private const int MaxExpiredAtOnce = 100;

    /// <summary>
    /// Only operators' clients have a resource and no metadata, and the index is of these rows alone: a resource can have 100,000 clients
    /// that registered themselves.
    /// </summary>
    public const string OfOperatorsText =
        $"SELECT {Columns} FROM clients WHERE resource_id = @resource AND metadata IS NULL AND resource_id IS NOT NULL "
        + "ORDER BY created_at, id LIMIT @limit";

    public const string FindAllText =
        $"SELECT {Columns} FROM clients WHERE id IN (SELECT k.key FROM json_each(@ids) k) AND expired_at IS NULL LIMIT @limit";

    private const int MaxOfOperators = 1_000;

    /// <summary>A blocked client does not expire, so that the operator can enable it again.</summary>
    private const string IsUnused =
        "metadata IS NOT NULL AND expired_at IS NULL AND last_seen_at < @since AND NOT EXISTS (SELECT 1 FROM blocked_registrations b "
        + "WHERE b.client_id = clients.id)";

    public Task<Client?> FindAsync(ClientId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM clients WHERE id = @id AND expired_at IS NULL",
        new() { { "id", id.Value } },
        static reader => ReadOne(reader) is { DeletedAt: null } client ? client : null,
        cancellationToken);

    /// <summary>
    /// Stores the metadata document of a client. Inserts a new client, or updates the row if it still has the revision that was read. With
    /// <paramref name="change"/>, the change is recorded and every node clears its cache.
    /// </summary>
    /// <returns>False when the row was changed concurrently.</returns>
    public Task<bool> KeepDocumentAsync(Client client, string? change, CancellationToken cancellationToken)
    {
        var document = client.Document ?? throw new InvalidOperationException("the client has no document");
        var values = new SqlValues
        {
            { "id", client.Id.Value }, { "created", client.CreatedAt }, { "now", document.FetchedAt }, { "change", change },
            { "revision", client.Revision },
            { "document", Write(client) },
        };
        const string IsStored = "WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = @revision + 1 AND document = @document)";
        var raised = change is not null ? outbox?.Raise(Changed(client, change), values, document.FetchedAt, IsStored)
            : client.Revision == 0 ? outbox?.Raise(Registered(client), values, document.FetchedAt, IsStored)
            : null;
        return database.WriteAsync(
            """
            INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document)
            VALUES (@id, NULL, NULL, @created, @now, 1, @document)
            ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at, revision = clients.revision + 1,
                   document = excluded.document WHERE clients.revision = @revision
            RETURNING id;
            INSERT INTO client_changes (client_id, at, what) SELECT id, @now, @change FROM clients
             WHERE @change IS NOT NULL AND id = @id AND revision = @revision + 1;
            DELETE FROM client_changes WHERE client_id = @id AND at <= (SELECT at FROM client_changes WHERE client_id = @id
                                                                        ORDER BY at DESC LIMIT 1 OFFSET 20);
            UPDATE config_version SET version = version + 1 WHERE id = 1 AND @change IS NOT NULL
            """ + raised,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>The changes of a client's document, oldest first, one sentence each.</summary>
    public Task<List<(DateTimeOffset At, string What)>> ChangesAsync(ClientId id, CancellationToken cancellationToken) =>
        database.ReadAsync(
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

    /// <summary>Consumes an assertion's id: of several callers on any node, exactly one gets true (RFC 7523 §3).</summary>
    /// <param name="hash">Hash over client and <c>jti</c>.</param>
    public Task<bool> UseAssertionAsync(byte[] hash, DateTimeOffset expiresAt, CancellationToken cancellationToken) => database.WriteAsync(
        "INSERT INTO used_assertions (hash, expires_at) VALUES (@hash, @expires) ON CONFLICT DO NOTHING RETURNING expires_at",
        new() { { "hash", hash }, { "expires", expiresAt } },
        Rows.Any,
        cancellationToken);

    /// <summary>Deletes expired assertions.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM used_assertions WHERE hash IN (SELECT hash FROM used_assertions WHERE expires_at < @now "
        + "ORDER BY expires_at LIMIT 500) RETURNING 1",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

    /// <summary>
    /// Deletes tombstones that expired before <paramref name="before"/>, and the oldest beyond a number, at most 500 each per call.
    /// </summary>
    public Task<int> SweepTombstonesAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => database.WriteAsync(
        """
        DELETE FROM clients WHERE id IN (SELECT id FROM clients WHERE expired_at < @before ORDER BY expired_at LIMIT 500)
            OR id IN (SELECT id FROM clients WHERE expired_at IS NOT NULL ORDER BY expired_at DESC LIMIT 500 OFFSET @most)
        RETURNING id
        """,
        new() { { "before", before }, { "most", most } },
        Rows.Count,
        cancellationToken);

    /// <summary>
    /// Deletes what an earlier version left of deleted registrations, which kept their metadata from being registered again. The block of a
    /// client that still exists stays.
    /// </summary>
    public Task<int> SweepDeletedAsync(CancellationToken cancellationToken) => database.WriteAsync(
        """
        DELETE FROM clients WHERE id IN (SELECT client_id FROM blocked_registrations) AND document LIKE '%"deleted_at":%';
        DELETE FROM blocked_registrations WHERE NOT EXISTS (SELECT 1 FROM clients WHERE clients.id = blocked_registrations.client_id)
        RETURNING 1
        """,
        SqlValues.None,
        Rows.Count,
        cancellationToken);

    /// <summary>Deletes changes of clients older than <paramref name="before"/>, about 500 per call.</summary>
    public Task<int> SweepChangesAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM client_changes WHERE at <= (SELECT MAX(at) FROM (SELECT at FROM client_changes WHERE at < @before "
        + "ORDER BY at LIMIT 500) oldest) RETURNING 1",
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);

    /// <summary>
    /// Deletes metadata documents that were not used since <paramref name="before"/>, at most 500 per call. Any caller can make the server
    /// store a document. A blocked client stays blocked, and a client with a live grant stays.
    /// </summary>
    public Task<int> SweepDocumentsAsync(DateTimeOffset before, CancellationToken cancellationToken)
    {
        const string Unused =
            """
            SELECT id FROM clients WHERE metadata IS NULL AND last_seen_at < @before AND id >= 'https://' AND id < 'https:0'
               AND document NOT LIKE '%"is_enabled":false%'
               AND NOT EXISTS (SELECT 1 FROM grants WHERE client_id = clients.id AND ended_at IS NULL)
             ORDER BY last_seen_at LIMIT 500
            """;
        return database.WriteAsync(
            $"""
            DELETE FROM client_changes WHERE client_id IN ({Unused});
            DELETE FROM consents WHERE client_id IN ({Unused});
            DELETE FROM clients WHERE id IN ({Unused}) RETURNING id
            """,
            new() { { "before", before } },
            Rows.Count,
            cancellationToken);
    }

    /// <summary>The clients of a resource, oldest first.</summary>
    public Task<List<Client>> OfResourceAsync(ResourceId resource, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM clients WHERE resource_id = @resource AND expired_at IS NULL ORDER BY created_at, id LIMIT @limit",
        new() { { "resource", resource.Value }, { "limit", limit } },
        ReadAll,
        cancellationToken);

    /// <summary>Of the operator's clients of a resource, those with which the MCP server asks about tokens.</summary>
    public async Task<IReadOnlyList<Client>> OfResourceServerAsync(ResourceId resource, CancellationToken cancellationToken)
    {
        var made = await database.ReadAsync(
            OfOperatorsText, new() { { "resource", resource.Value }, { "limit", (long)MaxOfOperators } }, ReadAll, cancellationToken);
        return [.. made.Where(client => client.IsResourceServer)];
    }

    /// <summary>Those of the clients that exist, by id.</summary>
    public async Task<IReadOnlyDictionary<string, Client>> FindAllAsync(
        IReadOnlyCollection<ClientId> ids, CancellationToken cancellationToken)
    {
        var values = new SqlValues { { "limit", (long)ids.Count } };
        values.AddJson("ids", SignInJson.Keys(ids.Select(id => id.Value)));
        var found = await database.ReadAsync(FindAllText, values, ReadAll, cancellationToken);
        return found.ToDictionary(client => client.Id.Value, StringComparer.Ordinal);
    }

    /// <summary>Records a use of a client, unless one was recorded since <paramref name="unlessSince"/>.</summary>
    /// <returns>False when nothing was written.</returns>
    public Task<bool> NoteUseAsync(ClientId id, DateTimeOffset unlessSince, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            "UPDATE clients SET last_seen_at = @now WHERE id = @id AND last_seen_at < @since AND expired_at IS NULL RETURNING id",
            new() { { "id", id.Value }, { "since", unlessSince }, { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>Expires the oldest registrations without a use since <paramref name="unusedSince"/>, one batch per call.</summary>
    /// <returns>The number of expired registrations.</returns>
    public Task<int> ExpireAsync(DateTimeOffset unusedSince, DateTimeOffset now, CancellationToken cancellationToken) => ExpireAsync(
        $"id IN (SELECT id FROM clients WHERE {IsUnused} ORDER BY last_seen_at LIMIT {MaxExpiredAtOnce})",
        new() { { "since", unusedSince }, { "now", now } }, cancellationToken);

    /// <summary>Expires one registration, if it has not been used since.</summary>
    public async Task<bool> ExpireAsync(ClientId id, DateTimeOffset unusedSince, DateTimeOffset now, CancellationToken cancellationToken) =>
        await ExpireAsync("id = @id", new() { { "id", id.Value }, { "since", unusedSince }, { "now", now } }, cancellationToken) > 0;

    /// <summary>Expires the registration with a fingerprint, if it has not been used since.</summary>
    public Task ExpireAsync(byte[] fingerprint, DateTimeOffset unusedSince, DateTimeOffset now, CancellationToken cancellationToken) =>
        ExpireAsync(
            "fingerprint = @fingerprint",
            new() { { "fingerprint", fingerprint }, { "since", unusedSince }, { "now", now } },
            cancellationToken);

    /// <summary>
    /// The row becomes a tombstone, and the client's grants and consents end, so that it starts anew if it registers again. A registration
    /// that could not get the same id again is deleted. No cache has to be cleared: each node compares the time of the last use.
    /// </summary>
    private Task<int> ExpireAsync(string which, SqlValues values, CancellationToken cancellationToken) => database.WriteAsync(
        $"""
        UPDATE clients SET expired_at = @now, revision = revision + 1 WHERE {which} AND {IsUnused} RETURNING id;
        {EndWhatGrewFrom("SELECT id FROM clients WHERE expired_at = @now", "ClientExpired", outbox)};
        DELETE FROM client_changes WHERE client_id IN (SELECT id FROM clients WHERE expired_at = @now AND fingerprint IS NULL);
        DELETE FROM clients WHERE expired_at = @now AND fingerprint IS NULL
        """,
        values,
        Rows.Count,
        cancellationToken);

    /// <summary>
    /// Ends the grants and consents of clients, and the codes that are not redeemed yet. Codes come first: a redemption that runs
    /// concurrently is waited for, so that its grant ends too.
    /// </summary>
    /// <param name="clients">A SELECT of client ids.</param>
    /// <param name="reason">A name of both <see cref="Grants.GrantEnd"/> and EndReason of login requests.</param>
    /// <param name="outbox">Raises the end of each grant. Null where no webhook is raised.</param>
    public static string EndWhatGrewFrom(string clients, string reason, WebhookOutbox? outbox) =>
        $"""
        UPDATE login_requests SET stage = 'ended', reason = '{reason}', error = NULL, ended_at = @now
         WHERE stage = 'awaiting_exchange' AND client_id IN ({clients});
        UPDATE grants SET ended_at = @now, ended_reason = '{reason}'
         WHERE ended_at IS NULL AND client_id IN ({clients}){outbox?.GrantsEnded($"client_id IN ({clients})")};
        DELETE FROM consents WHERE client_id IN ({clients})
        """;

    private static List<Client> ReadAll(DbDataReader reader)
    {
        var clients = new List<Client>();
        while (ReadOne(reader) is { } client)
        {
            clients.Add(client);
        }

        return clients;
    }

    /// <summary>The event of a client that is stored for the first time.</summary>
    public static WebhookEvent Registered(Client client) => new(WebhookEventType.ClientRegistered)
    {
        Client = client.Id,
        Resource = client.ResourceId,
        Details = [("origin", client.Origin == ClientOrigin.Document ? "document" : "registration")],
    };

    /// <summary>The event of a client whose name, redirect URIs or keys changed.</summary>
    /// <param name="change">The sentence that describes it.</param>
    public static WebhookEvent Changed(Client client, string change) => new(WebhookEventType.ClientDocumentChanged)
    {
        Client = client.Id,
        Resource = client.ResourceId,
        Details = [("change", change)],
    };

    public static string Write(Client client) => JsonSerializer.Serialize(client, DocumentJson.Of<Client>());

    public static Client? ReadOne(DbDataReader reader) => reader.Read()
        ? ConfigurationStore.Parse("clients", reader.GetString(0), reader.GetString(2), DocumentJson.Of<Client>()) with
        {
            Revision = reader.GetInt64(1),
            LastSeenAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(3)),
        }
        : null;
}
