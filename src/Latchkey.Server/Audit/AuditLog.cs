using System.Data.Common;
using Latchkey.Server.Crypto;
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
        SELECT @audit_position, @audit_id, @audit_at, @audit_actor, @audit_action, @audit_target, @audit_detail, @audit_previous,
               @audit_hash
        """;

    /// <summary>Adds the entry of the second change of a step that makes two; as <see cref="Entry"/>.</summary>
    public static readonly string SecondEntry = Entry.Replace("@audit_", "@second_", StringComparison.Ordinal);


    public const string Columns = "position, id, at, actor, action, target, detail, previous, hash";

    /// <summary>A try fails only when another change succeeded.</summary>
    private const int MaxTries = 200;

    /// <summary>Runs <paramref name="sql"/>, which contains <see cref="Entry"/>, so that the change and its entry are atomic.</summary>
    /// <exception cref="UniqueViolation">A unique value of the change itself is taken.</exception>
    public Task<T> WriteAsync<T>(
        AuditedChange change, string sql, SqlValues values, Func<DbDataReader, T> read, CancellationToken cancellationToken) =>
        WriteAsync(change, second: null, sql, values, read, cancellationToken);

    /// <param name="second">Happens when <paramref name="first"/> does, or not at all; <paramref name="sql"/> holds
    /// <see cref="SecondEntry"/> then.</param>
    /// <inheritdoc cref="WriteAsync{T}(AuditedChange, string, SqlValues, Func{DbDataReader, T}, CancellationToken)"/>
    public async Task<T> WriteAsync<T>(
        AuditedChange first, AuditedChange? second, string sql, SqlValues values, Func<DbDataReader, T> read,
        CancellationToken cancellationToken)
    {
        var (id, secondId) = (AuditId.New(), AuditId.New());
        var head = await HeadAsync(cancellationToken);
        for (var tries = 0; tries < MaxTries; tries++)
        {
            var entry = AuditEntry.After(head, id, clock.GetUtcNow(), first);
            var last = second is null ? entry : AuditEntry.After(new(entry.Position, entry.Hash, Seal: null), secondId, entry.At, second);
            try
            {
                return await database.WriteAsync(
                    sql + (MoveHead(second is null ? "audit" : "second")),
                    [.. values, .. ValuesOf("audit", entry), .. second is null ? [] : ValuesOf("second", last)],
                    read,
                    cancellationToken);
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
    public Task<List<AuditEntry>> NewestAsync(long before, int limit, string? target, string? actor, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"SELECT {Columns} FROM audit_entries WHERE position < @before AND (@target IS NULL OR target = @target) "
            + "AND (@actor IS NULL OR actor = @actor) ORDER BY position DESC LIMIT @limit",
            new() { { "before", before }, { "target", target }, { "actor", actor }, { "limit", limit } },
            All,
            cancellationToken);

    /// <summary>Returns the entries after <paramref name="position"/>, oldest first.</summary>
    public Task<List<AuditEntry>> BehindAsync(long position, int limit, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM audit_entries WHERE position > @position ORDER BY position LIMIT @limit",
        new() { { "position", position }, { "limit", limit } },
        All,
        cancellationToken);

    public bool IsSealedHere(AuditHead head) =>
        head.Position == 0 ? head.Seal is null : head.Seal is { } given && seal.IsMac(AuditHead.Sealed(head.Position, head.Hash), given);

    private static string MoveHead(string prefix) =>
        $"""
        ;
        UPDATE audit_head SET position = @{prefix}_position, hash = @{prefix}_hash, seal = @{prefix}_seal
         WHERE id = 1 AND EXISTS (SELECT 1 FROM audit_entries WHERE id = @{prefix}_id)
        """;

    private SqlValues ValuesOf(string prefix, AuditEntry entry) => new()
    {
        { $"{prefix}_position", entry.Position }, { $"{prefix}_id", entry.Id.Value }, { $"{prefix}_at", entry.At },
        { $"{prefix}_actor", entry.Actor }, { $"{prefix}_action", entry.Action }, { $"{prefix}_target", entry.Target },
        { $"{prefix}_detail", entry.Detail }, { $"{prefix}_previous", entry.Previous }, { $"{prefix}_hash", entry.Hash },
        { $"{prefix}_seal", seal.Mac(AuditHead.Sealed(entry.Position, entry.Hash)) },
    };

    public static List<AuditEntry> All(DbDataReader reader)
    {
        var entries = new List<AuditEntry>();
        while (reader.Read())
        {
            entries.Add(new()
            {
                Position = reader.GetInt64(0),
                Id = new(reader.GetString(1)),
                At = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)),
                Actor = reader.GetString(3),
                Action = reader.GetString(4),
                Target = reader.GetString(5),
                Detail = reader.GetString(6),
                Previous = (byte[])reader.GetValue(7),
                Hash = (byte[])reader.GetValue(8),
            });
        }

        return entries;
    }
}
