using System.Text;
using Latchkey.Server.Clients;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Registration;

internal abstract record RegistrationOutcome
{
    private RegistrationOutcome() { }

    /// <param name="Client">The stored client: the former one when the same program had registered before.</param>
    public sealed record Stored(Client Client) : RegistrationOutcome;

    /// <summary>An operator blocked a client with the same metadata.</summary>
    public sealed record Blocked : RegistrationOutcome;

    /// <summary>The initial access token expired, was used up or was revoked after it was read.</summary>
    public sealed record TokenSpent : RegistrationOutcome;

    /// <summary>The client was changed or deleted after it was read.</summary>
    public sealed record Overtaken : RegistrationOutcome;
}

/// <summary>Stores clients that register themselves (RFC 7591, RFC 7592).</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class RegistrationStore(IDatabase database, ClientStore clients, WebhookOutbox? outbox = null)
{
    /// <summary>How often concurrent expiry and use of a registration may force another attempt.</summary>
    private const int MaxTries = 5;

    /// <summary>The id is a new one, so the row exists only if this step has inserted it.</summary>
    private const string IsInserted = "WHERE EXISTS (SELECT 1 FROM clients WHERE id = @id AND revision = 1)";

    private const string IsNotBlocked = "NOT EXISTS (SELECT 1 FROM blocked_registrations WHERE metadata = @metadata)";

    /// <summary>
    /// A registration that is shared between callers: the same fingerprint gets the same id. Of several identical ones at once exactly one
    /// inserts the row. An expired registration returns with its id and nothing else.
    /// </summary>
    /// <param name="unusedSince">A registration not used since then is expired first, even if no sweep has done it yet.</param>
    public async Task<RegistrationOutcome> RegisterSharedAsync(
        Client client, byte[] fingerprint, DateTimeOffset unusedSince, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MaxTries; tries++)
        {
            if (await InsertAsync(client, fingerprint, fingerprint, unusedSince, cancellationToken) is { } stored)
            {
                return stored.IsEnabled ? new RegistrationOutcome.Stored(stored) : new RegistrationOutcome.Blocked();
            }

            if (await IsBlockedAsync(fingerprint, cancellationToken))
            {
                return new RegistrationOutcome.Blocked();
            }

            await clients.ExpireAsync(fingerprint, unusedSince, client.CreatedAt, cancellationToken);
        }

        throw new StorageUnavailable("the registration was changed concurrently at every attempt");
    }

    /// <summary>The bytes of a client's row, its index entries and one entry of its history.</summary>
    public static int StoredBytes(Client client)
    {
        const int FixedBytes = 1_024;
        return FixedBytes + Encoding.UTF8.GetByteCount(ClientStore.Write(client));
    }

    /// <summary>The shared registration of a fingerprint, if it was used or repeated since then: it needs no write.</summary>
    public async Task<Client?> FindSharedAsync(byte[] fingerprint, DateTimeOffset seenSince, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            $"SELECT {ClientStore.Columns} FROM clients WHERE fingerprint = @fingerprint AND expired_at IS NULL AND last_seen_at > @since "
            + "AND NOT EXISTS (SELECT 1 FROM blocked_registrations WHERE metadata = @fingerprint)",
            new() { { "fingerprint", fingerprint }, { "since", seenSince } },
            ClientStore.ReadOne,
            cancellationToken) is { IsEnabled: true } client ? client : null;

    /// <summary>Whether a shared registration of this fingerprint exists or has existed.</summary>
    public Task<bool> IsSharedAsync(byte[] fingerprint, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id FROM clients WHERE fingerprint = @fingerprint", new() { { "fingerprint", fingerprint } }, Rows.Any, cancellationToken);

    /// <summary>A registration that is not shared: always a new client.</summary>
    public async Task<RegistrationOutcome> RegisterOwnAsync(Client client, byte[] metadata, CancellationToken cancellationToken) =>
        await InsertAsync(client, fingerprint: null, metadata, client.CreatedAt, cancellationToken) is { } stored
            ? new RegistrationOutcome.Stored(stored)
            : new RegistrationOutcome.Blocked();

    /// <summary>A registration with an initial access token. Concurrent callers never exceed its uses; a refused one uses none.</summary>
    /// <param name="token">The token's hash.</param>
    public async Task<RegistrationOutcome> RegisterWithTokenAsync(
        Client client, byte[] metadata, byte[] token, CancellationToken cancellationToken)
    {
        var values = Values(client, fingerprint: null, metadata);
        values.Add("token", token);
        var raised = outbox?.Raise(ClientStore.Registered(client), values, client.CreatedAt, IsInserted);
        var isStored = await database.WriteAsync(
            $"""
            UPDATE initial_access_tokens SET uses = uses + 1, last_client_id = @id
             WHERE hash = @token AND resource_id = @resource AND uses < max_uses AND expires_at > @now AND {IsNotBlocked} RETURNING id;
            INSERT INTO clients (id, resource_id, fingerprint, metadata, created_at, last_seen_at, revision, document)
            SELECT @id, @resource, @fingerprint, @metadata, @now, @now, 1, @document FROM initial_access_tokens
             WHERE hash = @token AND last_client_id = @id{raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
        return isStored ? new RegistrationOutcome.Stored(client with { Revision = 1 })
            : await IsBlockedAsync(metadata, cancellationToken) ? new RegistrationOutcome.Blocked()
            : new RegistrationOutcome.TokenSpent();
    }

    /// <summary>Replaces the registered metadata, if the row is unchanged since it was read.</summary>
    /// <param name="change">Describes a change that ends earlier grants and consents; it is recorded. Null when there is none.</param>
    public async Task<RegistrationOutcome> ChangeAsync(Client client, byte[] metadata, string? change, CancellationToken cancellationToken)
    {
        const string Changed = "SELECT id FROM clients WHERE id = @id AND document = @document AND @change IS NOT NULL";
        var values = new SqlValues
        {
            { "id", client.Id.Value }, { "revision", client.Revision }, { "metadata", metadata }, { "now", client.UpdatedAt },
            { "change", change },
            { "document", ClientStore.Write(client) },
        };
        var raised = change is null ? null : outbox?.Raise(
            ClientStore.Changed(client, change), values, client.UpdatedAt, $"WHERE EXISTS ({Changed} AND revision = @revision + 1)");
        var isChanged = await database.WriteAsync(
            $"""
            UPDATE clients SET revision = revision + 1, metadata = @metadata, last_seen_at = @now, document = @document
             WHERE id = @id AND revision = @revision AND expired_at IS NULL AND {IsNotBlocked} RETURNING id;
            {ClientStore.EndWhatGrewFrom(Changed, "ClientChanged", outbox)};
            INSERT INTO client_changes (client_id, at, what) SELECT id, @now, @change FROM clients
             WHERE id = @id AND document = @document AND @change IS NOT NULL;
            {ClientStore.ForgetOldChanges}{raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
        return isChanged ? new RegistrationOutcome.Stored(client with { Revision = client.Revision + 1 })
            : await IsBlockedAsync(metadata, cancellationToken) ? new RegistrationOutcome.Blocked()
            : new RegistrationOutcome.Overtaken();
    }

    /// <summary>Deletes a registration for its client, with grants and consents. Its metadata may be registered again.</summary>
    public Task WithdrawAsync(ClientId id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        $"{ClientStore.EndWhatGrewFrom("SELECT id FROM clients WHERE id = @id", "ClientDeleted", outbox)}; "
        + "DELETE FROM client_changes WHERE client_id IN (SELECT id FROM clients WHERE id = @id AND fingerprint IS NULL); "
        + "DELETE FROM clients WHERE id = @id AND fingerprint IS NULL",
        new() { { "id", id.Value }, { "now", now } },
        static _ => true,
        cancellationToken);

    private Task<Client?> InsertAsync(
        Client client, byte[]? fingerprint, byte[] metadata, DateTimeOffset unusedSince, CancellationToken cancellationToken)
    {
        var values = Values(client, fingerprint, metadata);
        values.Add("since", unusedSince);
        var raised = outbox?.Raise(ClientStore.Registered(client), values, client.CreatedAt, IsInserted);
        return database.WriteAsync(
            $"""
            INSERT INTO clients (id, resource_id, fingerprint, metadata, created_at, last_seen_at, revision, document)
            SELECT @id, @resource, @fingerprint, @metadata, @now, @now, 1, @document WHERE {IsNotBlocked}
            ON CONFLICT (fingerprint) DO UPDATE SET last_seen_at = excluded.last_seen_at, expired_at = NULL
             WHERE clients.expired_at IS NOT NULL OR clients.last_seen_at >= @since
            RETURNING {ClientStore.Columns}{raised}
            """,
            values,
            ClientStore.ReadOne,
            cancellationToken);
    }

    private Task<bool> IsBlockedAsync(byte[] metadata, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT 1 FROM blocked_registrations WHERE metadata = @metadata", new() { { "metadata", metadata } }, Rows.Any, cancellationToken);

    private static SqlValues Values(Client client, byte[]? fingerprint, byte[] metadata) => new()
    {
        { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "fingerprint", fingerprint }, { "metadata", metadata },
        { "now", client.CreatedAt },
        { "document", ClientStore.Write(client) },
    };
}
