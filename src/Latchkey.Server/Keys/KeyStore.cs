using Latchkey.Server.Audit;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Keys;

/// <summary>The states of a key. Each purpose has one current key and at most one next key.</summary>
internal static class KeyState
{
    public const string Current = "current";
    public const string Next = "next";

    /// <summary>Not used for new tokens; what it signed or derived is still valid.</summary>
    public const string Former = "former";

    /// <summary>Neither used nor accepted. The row stays, so that the id is never used again.</summary>
    public const string Retired = "retired";
}

/// <summary>A key as stored.</summary>
internal sealed record KeyRow(
    string Id, string Purpose, string State, byte[] Sealed, DateTimeOffset CreatedAt, DateTimeOffset? ChangedAt = null)
{
    public DateTimeOffset InStateSince => ChangedAt ?? CreatedAt;
}

/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class KeyStore(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    private const string RaiseVersion = "UPDATE config_version SET version = version + 1 WHERE id = 1";

    public Task<List<KeyRow>> AllAsync(CancellationToken cancellationToken) => AllAsync(database, cancellationToken);

    /// <summary>For commands that run without the key-encryption key.</summary>
    public static Task<List<KeyRow>> AllAsync(IDatabase database, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT id, purpose, state, sealed, created_at, changed_at FROM keys ORDER BY created_at, id",
        SqlValues.None,
        static reader =>
        {
            var rows = new List<KeyRow>();
            while (reader.Read())
            {
                rows.Add(new(
                    reader.GetString(0),
                    reader.GetString(1),
                    reader.GetString(2),
                    (byte[])reader.GetValue(3),
                    DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(4)),
                    reader.IsDBNull(5) ? null : DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5))));
            }

            return rows;
        },
        cancellationToken);

    /// <summary>Adds a key unless its purpose has one in that state. When several nodes start at once, exactly one adds it.</summary>
    public Task<bool> AddAsync(KeyRow key, CancellationToken cancellationToken) => database.WriteAsync(
        "INSERT INTO keys (id, purpose, state, sealed, created_at) VALUES (@id, @purpose, @state, @sealed, @now) "
        + $"ON CONFLICT DO NOTHING RETURNING id; {RaiseVersion}",
        new() { { "id", key.Id }, { "purpose", key.Purpose }, { "state", key.State }, { "sealed", key.Sealed }, { "now", key.CreatedAt } },
        Rows.Any,
        cancellationToken);

    /// <summary>
    /// Makes the current key former, the next key (if the purpose has one) current, and stores <paramref name="made"/> in the free state.
    /// Of any number of concurrent rotations of one current key, exactly one returns true.
    /// </summary>
    public Task<bool> RotateAsync(
        string current, string? next, KeyRow made, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var values = new SqlValues
        {
            { "current", current }, { "next", next }, { "id", made.Id }, { "purpose", made.Purpose }, { "state", made.State },
            { "sealed", made.Sealed }, { "now", now },
        };
        var raised = outbox?.Raise(
            new(WebhookEventType.KeyRotated)
            {
                Details = [("purpose", made.Purpose), ("former_id", current), ("current_id", next ?? made.Id), ("by", by.ToString()!)],
            },
            values, now, "WHERE EXISTS (SELECT 1 FROM keys WHERE id = @id AND created_at = @now)");
        return audit.WriteAsync(
            new AuditedChange(by, "key.rotated", current, AuditedChange.Of(("current", next ?? made.Id))),
            $"""
            UPDATE keys SET state = 'former', changed_at = @now WHERE id = @current AND state = 'current' RETURNING id;
            UPDATE keys SET state = 'current', changed_at = @now
             WHERE id = @next AND state = 'next'
               AND EXISTS (SELECT 1 FROM keys k WHERE k.id = @current AND k.state = 'former' AND k.changed_at = @now);
            INSERT INTO keys (id, purpose, state, sealed, created_at)
            SELECT @id, @purpose, @state, @sealed, @now FROM keys WHERE id = @current AND state = 'former' AND changed_at = @now
            ON CONFLICT DO NOTHING;
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM keys WHERE id = @id AND created_at = @now);
            {RaiseVersion}{raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Retires a key that is not the current one.</summary>
    public Task<bool> RetireAsync(string id, Actor by, DateTimeOffset now, CancellationToken cancellationToken) => audit.WriteAsync(
        new AuditedChange(by, "key.retired", id),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM keys WHERE id = @id AND state IN ('former', 'next'));
        UPDATE keys SET state = 'retired', changed_at = @now WHERE id = @id AND state IN ('former', 'next') RETURNING id;
        {RaiseVersion}
        """,
        new() { { "id", id }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>Encrypts all keys, or none, with another key-encryption key. It also seals the head of the audit log.</summary>
    public async Task RewrapAsync(IReadOnlyList<KeyRow> keys, Actor by, CancellationToken cancellationToken)
    {
        // One SQL text per number of keys, of which there are few. The values are parameters.
        var values = new SqlValues();
        var updates = new List<string>();
        for (var i = 0; i < keys.Count; i++)
        {
            values.Add($"id{i}", keys[i].Id);
            values.Add($"sealed{i}", keys[i].Sealed);
            updates.Add($"UPDATE keys SET sealed = @sealed{i} WHERE id = @id{i}");
        }

        await audit.WriteAsync(
            new AuditedChange(by, "key.rewrapped", "*"), $"{string.Join("; ", updates)}; {AuditLog.Entry}", values, static _ => true,
            cancellationToken);
    }
}
