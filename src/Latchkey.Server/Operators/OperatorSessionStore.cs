using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Operators;

/// <summary>
/// Sessions of operators. The cookie carries a 256-bit secret, and its hash is the key of the row, so every node sees the end of a session
/// at the next request. The beginning and every deliberate end of a session are in the audit log.
/// </summary>
internal sealed class OperatorSessionStore(IDatabase database, AuditLog audit)
{
    /// <summary>A session that is in use is written at most this often.</summary>
    public static readonly TimeSpan SeenInterval = TimeSpan.FromMinutes(1);

    private const string Columns =
        "s.id, s.created_at, s.seen_at, s.confirmed_at, s.network, s.agent, s.toast, s.toast_at, "
        + "o.id, o.email, o.name, o.role, o.password_hash, o.created_at";

    private const string Source = "operator_sessions s JOIN operators o ON o.id = s.operator_id";

    /// <summary>Begins a session.</summary>
    /// <param name="by">How the operator signed in: <c>password</c>, <c>passkey</c> or <c>link</c>.</param>
    /// <returns>False when the operator was removed meanwhile.</returns>
    public Task<bool> BeginAsync(OperatorSession session, Secret token, string by, CancellationToken cancellationToken) => audit.WriteAsync(
        new(
            session.Operator.Actor, "operator.signed_in", session.Operator.Id.Value,
            AuditedChange.Of(("by", by), ("session", session.Id.Value), ("network", session.Network))),
        $"""
        INSERT INTO operator_sessions (hash, id, operator_id, created_at, seen_at, confirmed_at, network, agent)
        SELECT @hash, @session, id, @now, @now, @now, @network, @agent FROM operators WHERE id = @operator RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_sessions WHERE id = @session)
        """,
        new()
        {
            { "hash", token.Hash() }, { "session", session.Id.Value }, { "operator", session.Operator.Id.Value },
            { "now", session.CreatedAt }, { "network", session.Network }, { "agent", session.Agent },
        },
        Rows.Any,
        cancellationToken);

    /// <summary>Returns the session of a cookie, live or not, or null.</summary>
    public async Task<OperatorSession?> FindAsync(Secret token, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM {Source} WHERE s.hash = @hash", new() { { "hash", token.Hash() } }, ReadAll, cancellationToken))
            .FirstOrDefault();

    /// <summary>Returns a session, live or not, or null.</summary>
    public async Task<OperatorSession?> FindAsync(OperatorSessionId id, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM {Source} WHERE s.id = @id", new() { { "id", id.Value } }, ReadAll, cancellationToken))
            .FirstOrDefault();

    /// <summary>The live sessions of an operator, last used first.</summary>
    public Task<List<OperatorSession>> OfOperatorAsync(OperatorId id, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"SELECT {Columns} FROM {Source} WHERE s.operator_id = @operator AND s.created_at > @oldest AND s.seen_at > @idle "
            + "ORDER BY s.seen_at DESC LIMIT 100",
            new()
            {
                { "operator", id.Value }, { "oldest", now - OperatorSession.Lifetime }, { "idle", now - OperatorSession.IdleLifetime },
            },
            ReadAll,
            cancellationToken);

    public Task<bool> SeenAsync(OperatorSessionId id, DateTimeOffset now, CancellationToken cancellationToken) => UpdateAsync(
        "UPDATE operator_sessions SET seen_at = @now WHERE id = @id AND seen_at < @now RETURNING id", id, now, cancellationToken);

    /// <summary>Records that the operator has given a password or a passkey again.</summary>
    public Task<bool> ConfirmAsync(OperatorSessionId id, DateTimeOffset now, CancellationToken cancellationToken) => UpdateAsync(
        "UPDATE operator_sessions SET confirmed_at = @now WHERE id = @id RETURNING id", id, now, cancellationToken);

    /// <summary>Leaves a message for the next page of the session.</summary>
    public Task<bool> LeaveToastAsync(OperatorSessionId id, string text, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            "UPDATE operator_sessions SET toast = @text, toast_at = @now WHERE id = @id RETURNING id",
            new() { { "id", id.Value }, { "text", text }, { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>Removes the message, which a page has shown.</summary>
    public Task<bool> TakeToastAsync(OperatorSessionId id, CancellationToken cancellationToken) => database.WriteAsync(
        "UPDATE operator_sessions SET toast = NULL, toast_at = NULL WHERE id = @id AND toast IS NOT NULL RETURNING id",
        new() { { "id", id.Value } },
        Rows.Any,
        cancellationToken);

    /// <summary>Ends one session of an operator.</summary>
    public Task<bool> EndAsync(OperatorSessionId id, OperatorId of, Actor by, CancellationToken cancellationToken) => audit.WriteAsync(
        new(by, "operator.session_ended", of.Value, AuditedChange.Of(("session", id.Value))),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_sessions WHERE id = @id AND operator_id = @operator);
        DELETE FROM operator_sessions WHERE id = @id AND operator_id = @operator RETURNING id
        """,
        new() { { "id", id.Value }, { "operator", of.Value } },
        Rows.Any,
        cancellationToken);

    /// <summary>Ends every session of an operator except <paramref name="kept"/>.</summary>
    public Task<int> EndOthersAsync(OperatorId of, OperatorSessionId kept, Actor by, CancellationToken cancellationToken) =>
        audit.WriteAsync(
            new(by, "operator.sessions_ended", of.Value, AuditedChange.Of(("kept", kept.Value))),
            $"""
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_sessions WHERE operator_id = @operator AND id <> @kept);
            DELETE FROM operator_sessions WHERE operator_id = @operator AND id <> @kept RETURNING id
            """,
            new() { { "kept", kept.Value }, { "operator", of.Value } },
            Rows.Count,
            cancellationToken);

    /// <summary>Deletes sessions that have expired, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM operator_sessions WHERE hash IN (SELECT hash FROM operator_sessions WHERE seen_at < @idle "
        + "ORDER BY seen_at LIMIT 500) RETURNING id",
        new() { { "idle", now - OperatorSession.IdleLifetime } },
        Rows.Count,
        cancellationToken);

    private Task<bool> UpdateAsync(string sql, OperatorSessionId id, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(sql, new() { { "id", id.Value }, { "now", now } }, Rows.Any, cancellationToken);

    private static List<OperatorSession> ReadAll(DbDataReader reader)
    {
        var sessions = new List<OperatorSession>();
        while (reader.Read())
        {
            sessions.Add(new()
            {
                Id = new(reader.GetString(0)),
                CreatedAt = Time(reader.GetInt64(1)),
                SeenAt = Time(reader.GetInt64(2)),
                ConfirmedAt = Time(reader.GetInt64(3)),
                Network = reader.GetString(4),
                Agent = reader.GetString(5),
                Toast = reader.IsDBNull(6) ? null : reader.GetString(6),
                ToastAt = reader.IsDBNull(7) ? null : Time(reader.GetInt64(7)),
                Operator = OperatorStore.ReadOne(reader, first: 8),
            });
        }

        return sessions;
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
