using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Operators;

/// <summary>
/// Rows of operators. A step that could take away the last owner has that condition in its WHERE, and all audited steps happen one after
/// the other, so of two owners who demote each other at once one is refused.
/// </summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class OperatorStore(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    /// <summary>The columns in the order in which <see cref="ReadOne"/> reads them.</summary>
    private const string Columns = "id, email, name, role, password_hash, created_at";

    /// <summary>True for a row whose operator is not the only owner.</summary>
    private const string IsNotTheLastOwner =
        "(role <> 'owner' OR EXISTS (SELECT 1 FROM operators other WHERE other.role = 'owner' AND other.id <> @id))";

    private const string DeleteSessions = "DELETE FROM operator_sessions WHERE operator_id = @id";

    public Task<long> CountAsync(CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT COUNT(*) FROM operators", SqlValues.None, static reader => reader.Read() ? reader.GetInt64(0) : 0, cancellationToken);

    public async Task<Operator?> FindAsync(OperatorId id, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM operators WHERE id = @id", new() { { "id", id.Value } }, ReadAll, cancellationToken)).FirstOrDefault();

    /// <param name="email">As <see cref="Operator.ReadEmail"/> returns it.</param>
    public async Task<Operator?> FindByEmailAsync(string email, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM operators WHERE email = @email", new() { { "email", email } }, ReadAll, cancellationToken))
            .FirstOrDefault();

    /// <summary>Every operator, by e-mail address.</summary>
    public Task<List<Operator>> AllAsync(CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM operators ORDER BY email LIMIT 1000", SqlValues.None, ReadAll, cancellationToken);

    /// <summary>Adds an operator unless the e-mail address is taken.</summary>
    /// <param name="onlyAsFirst">Adds nothing when there is any operator.</param>
    public Task<bool> AddAsync(Operator added, Actor by, bool onlyAsFirst, CancellationToken cancellationToken)
    {
        SqlValues values = [.. ValuesOf(added), new("first", System.Data.DbType.Int16, onlyAsFirst ? (short)1 : (short)0)];
        var raised = outbox?.Raise(
            ChangeOf(added.Id, "created", added.Email, added.Role, by), values, added.CreatedAt,
            "WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id)");
        return audit.WriteAsync(
            Created(added, by),
            $"""
            INSERT INTO operators (id, email, name, role, password_hash, created_at, updated_at)
            SELECT @id, @email, @name, @role, @password, @now, @now
             WHERE (@first = 0 OR NOT EXISTS (SELECT 1 FROM operators)) AND NOT EXISTS (SELECT 1 FROM operators WHERE email = @email)
            RETURNING id;
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id){raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Replaces the password, and ends the sessions that began with the former one.</summary>
    /// <param name="kept">The session that made the change, or null.</param>
    public Task<bool> SetPasswordAsync(
        OperatorId id, string hash, OperatorSessionId? kept, Actor by, DateTimeOffset now, CancellationToken cancellationToken) =>
        audit.WriteAsync(
            new(by, "operator.password_changed", id.Value),
            $"""
            UPDATE operators SET password_hash = @hash, updated_at = @now WHERE id = @id RETURNING id;
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id);
            {DeleteSessions} AND (@kept IS NULL OR operator_sessions.id <> @kept)
            """,
            new() { { "id", id.Value }, { "hash", hash }, { "kept", kept?.Value }, { "now", now } },
            Rows.Any,
            cancellationToken);

    /// <summary>Replaces a hash by one of the same password with the present parameters. Not a change that is audited.</summary>
    public Task<bool> RehashAsync(Operator known, string hash, CancellationToken cancellationToken) => database.WriteAsync(
        "UPDATE operators SET password_hash = @hash WHERE id = @id AND password_hash = @former RETURNING id",
        new() { { "id", known.Id.Value }, { "hash", hash }, { "former", known.PasswordHash } },
        Rows.Any,
        cancellationToken);

    /// <summary>Changes the role of an operator.</summary>
    /// <returns>False when the role was changed meanwhile, or the operator is the last owner.</returns>
    public Task<bool> SetRoleAsync(Operator known, OperatorRole role, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string MayChange = $"WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id AND role = @former AND {IsNotTheLastOwner})";
        var values = new SqlValues
        {
            { "id", known.Id.Value }, { "former", known.Role.Name() }, { "role", role.Name() }, { "now", now },
        };
        var raised = outbox?.Raise(ChangeOf(known.Id, "role_changed", known.Email, role, by), values, now, MayChange);
        return audit.WriteAsync(
            new(
                by, "operator.role_changed", known.Id.Value,
                AuditedChange.Of(("email", known.Email), ("from", known.Role.Name()), ("to", role.Name()))),
            $"""
            {AuditLog.Entry} {MayChange}{raised};
            UPDATE operators SET role = @role, updated_at = @now WHERE id = @id AND role = @former AND {IsNotTheLastOwner} RETURNING id
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Removes an operator with every passkey, session and challenge.</summary>
    /// <returns>False when the operator is gone, or is the last owner.</returns>
    public Task<bool> RemoveAsync(Operator known, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        const string MayGo = $"WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id AND {IsNotTheLastOwner})";
        var values = new SqlValues { { "id", known.Id.Value } };
        var raised = outbox?.Raise(ChangeOf(known.Id, "removed", known.Email, known.Role, by), values, now, MayGo);
        return audit.WriteAsync(
            new(by, "operator.removed", known.Id.Value, AuditedChange.Of(("email", known.Email), ("role", known.Role.Name()))),
            $"""
            {AuditLog.Entry} {MayGo}{raised};
            DELETE FROM operators WHERE id = @id AND {IsNotTheLastOwner} RETURNING id;
            DELETE FROM operator_passkeys WHERE operator_id = @id AND NOT EXISTS (SELECT 1 FROM operators WHERE id = @id);
            DELETE FROM operator_invites WHERE operator_id = @id AND NOT EXISTS (SELECT 1 FROM operators WHERE id = @id);
            {DeleteSessions} AND NOT EXISTS (SELECT 1 FROM operators WHERE id = @id)
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>The event of a change of an operator.</summary>
    /// <param name="change"><c>invited</c>, <c>created</c>, <c>role_changed</c> or <c>removed</c>.</param>
    public static WebhookEvent ChangeOf(OperatorId? id, string change, string email, OperatorRole role, Actor by) =>
        new(WebhookEventType.OperatorChanged)
        {
            Details =
            [
                ("change", change), .. id is { } known ? [("operator_id", known.Value)] : Array.Empty<(string, string)>(),
                ("email", email), ("role", role.Name()), ("by", by.ToString()!),
            ],
        };

    /// <summary>The audit entry of a new operator.</summary>
    public static AuditedChange Created(Operator added, Actor by) => new(
        by, "operator.created", added.Id.Value,
        AuditedChange.Of(("email", added.Email), ("name", added.Name), ("role", added.Role.Name())));

    public static SqlValues ValuesOf(Operator added) => new()
    {
        { "id", added.Id.Value }, { "email", added.Email }, { "name", added.Name }, { "role", added.Role.Name() },
        { "password", added.PasswordHash }, { "now", added.CreatedAt },
    };

    /// <param name="first">The position of the first column.</param>
    public static Operator ReadOne(DbDataReader reader, int first = 0) => new()
    {
        Id = new(reader.GetString(first)),
        Email = reader.GetString(first + 1),
        Name = reader.GetString(first + 2),
        Role = OperatorRoles.Parse(reader.GetString(first + 3))
            ?? throw new CorruptRow("operators", reader.GetString(first), "its role is unknown"),
        PasswordHash = reader.IsDBNull(first + 4) ? null : reader.GetString(first + 4),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(first + 5)),
    };

    private static List<Operator> ReadAll(DbDataReader reader)
    {
        var operators = new List<Operator>();
        while (reader.Read())
        {
            operators.Add(ReadOne(reader));
        }

        return operators;
    }
}
