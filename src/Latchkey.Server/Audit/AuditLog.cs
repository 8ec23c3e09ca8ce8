using System.Data.Common;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Audit;

/// <summary>
/// The append-only audit log. A change and its entry are one transaction: 1. read the head; 2. run the statements of the change, one of
/// which adds the entry (<see cref="Entry"/>) under the condition of the change; 3. move the head. Positions are consecutive, so of two
/// concurrent changes one finds its position taken, is rolled back, and runs again after the other: all audited changes happen one after
/// the other, on any number of nodes.
/// </summary>
internal sealed class AuditLog(IDatabase database, Seal seal, TimeProvider clock)
{
    /// <summary>The statement that adds the entry; the caller appends its <c>WHERE</c>. It must precede a deletion.</summary>
    public const string Entry =
        """
        INSERT INTO audit_entries (position, id, at, actor, action, target, detail, previous, hash)
        SELECT @audit_position, @audit_id, @audit_at, @audit_actor, @audit_action, @audit_target, @audit_detail, @audit_previous, @audit_hash
        """;

    private const string MoveHead =
        """
        ;
        UPDATE audit_head SET position = @audit_position, hash = @audit_hash, seal = @audit_seal WHERE id = 1 AND EXISTS (SELECT 1 FROM audit_entries WHERE id = @audit_id)
        """;

    private const string Columns = "position, id, at, actor, action, target, detail, previous, hash";

    /// <summary>A try fails only when another change succeeded.</summary>
    private const int MaxTries = 200;

    /// <summary>Runs <paramref name="sql"/>, which contains <see cref="Entry"/>, so that the change and its entry are atomic.</summary>
    /// <exception cref="UniqueViolation">A unique value of the change itself is taken.</exception>
    public async Task<T> WriteAsync<T>(AuditedChange change, string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        var id = AuditId.New();
        var head = await HeadAsync(cancellationToken);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var entry = AuditEntry.After(head, id, clock.GetUtcNow(), change);
            try
            {
                return await database.WriteAsync(sql + MoveHead, [.. values, .. ValuesOf(entry)], read, cancellationToken);
            }
            catch (UniqueViolation)
            {
                var moved = await HeadAsync(cancellationToken);
                if (moved.Position == head.Position)
                {
                    throw;
                }

                head = moved;
            }
        }

        throw new StorageUnavailable("the audit log changed at every try");
    }

    public Task<AuditHead> HeadAsync(CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT position, hash, seal FROM audit_head WHERE id = 1",
        SqlValues.None,
        static reader => reader.Read()
            ? new AuditHead(reader.GetInt64(0), (byte[])reader.GetValue(1), reader.IsDBNull(2) ? null : (byte[])reader.GetValue(2))
            : throw new CorruptRow("audit_head", "1", "missing"),
        cancellationToken);

    /// <summary>Returns the entries with a position below <paramref name="before"/>, newest first.</summary>
    /// <param name="target">Filters by this id unless null.</param>
    /// <param name="actor">Filters by this actor unless null.</param>
    public Task<List<AuditEntry>> NewestAsync(long before, int limit, string? target, string? actor, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM audit_entries WHERE position < @before AND (@target IS NULL OR target = @target) AND (@actor IS NULL OR actor = @actor) ORDER BY position DESC LIMIT @limit",
        new() { { "before", before }, { "target", target }, { "actor", actor }, { "limit", limit } },
        All,
        cancellationToken);

    /// <summary>Returns the entries after <paramref name="position"/>, oldest first.</summary>
    public Task<List<AuditEntry>> BehindAsync(long position, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM audit_entries WHERE position > @position ORDER BY position LIMIT @limit",
        new() { { "position", position }, { "limit", limit } },
        All,
        cancellationToken);

    public bool IsSealedHere(AuditHead head) => head.Position == 0 ? head.Seal is null : head.Seal is { } given && seal.IsMac(AuditHead.Sealed(head.Position, head.Hash), given);

    private SqlValues ValuesOf(AuditEntry entry) => new()
    {
        { "audit_position", entry.Position }, { "audit_id", entry.Id.Value }, { "audit_at", entry.At }, { "audit_actor", entry.Actor }, { "audit_action", entry.Action },
        { "audit_target", entry.Target }, { "audit_detail", entry.Detail }, { "audit_previous", entry.Previous }, { "audit_hash", entry.Hash },
        { "audit_seal", seal.Mac(AuditHead.Sealed(entry.Position, entry.Hash)) },
    };

    private static List<AuditEntry> All(DbDataReader reader)
    {
        var entries = new List<AuditEntry>();
        while (reader.Read())
        {
            entries.Add(new(
                reader.GetInt64(0), new(reader.GetString(1)), DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)), reader.GetString(3), reader.GetString(4), reader.GetString(5),
                reader.GetString(6), (byte[])reader.GetValue(7), (byte[])reader.GetValue(8)));
        }

        return entries;
    }
}
