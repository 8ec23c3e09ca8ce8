using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Operators;

/// <summary>A link that works once: it creates an operator, or sets a new password. Only the hash of its token is stored.</summary>
internal sealed record OperatorInvite
{
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>The path of a link, before its token.</summary>
    public const string Path = "/dashboard/set-up/";

    public required OperatorInviteId Id { get; init; }
    public required InviteKind Kind { get; init; }

    /// <summary>The address of the operator. Null for the first operator, who chooses it.</summary>
    public string? Email { get; init; }
    public required OperatorRole Role { get; init; }

    /// <summary>The operator who gets a new password.</summary>
    public OperatorId? OperatorId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset ExpiresAt => CreatedAt + Lifetime;

    /// <summary>The URL with the token, shown once.</summary>
    public static string LinkOf(Settings settings, Secret token) => settings.BaseUrl + Path + token.Value;
}

internal enum InviteKind
{
    /// <summary>Creates the first operator, an owner. Void as soon as there is an operator.</summary>
    SetUp,

    /// <summary>Creates a further operator.</summary>
    Invite,

    /// <summary>Sets a new password of an operator.</summary>
    Recover,
}

/// <summary>Rows of links. A link is used in the step that creates the operator, so of two uses at once one finds it gone.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class OperatorInviteStore(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    private const string Columns = "id, kind, email, role, operator_id, created_at";

    private const string Usable =
        "hash = @hash AND expires_at > @now AND (kind <> 'SetUp' OR NOT EXISTS (SELECT 1 FROM operators))";

    /// <summary>Adds a link. It replaces the former one for the same person.</summary>
    /// <returns>False for a set-up link when there is an operator, or another set-up link that is valid.</returns>
    public Task<bool> AddAsync(OperatorInvite invite, Secret token, Actor by, CancellationToken cancellationToken)
    {
        var values = new SqlValues
        {
            { "hash", token.Hash() }, { "id", invite.Id.Value }, { "kind", invite.Kind.ToString() }, { "email", invite.Email },
            { "role", invite.Role.Name() }, { "operator", invite.OperatorId?.Value }, { "by", by.ToString() }, { "now", invite.CreatedAt },
            { "expires", invite.ExpiresAt },
        };
        const string IsAdded = "WHERE EXISTS (SELECT 1 FROM operator_invites WHERE id = @id)";
        var raised = invite.Kind != InviteKind.Invite ? null : outbox?.Raise(
            OperatorStore.ChangeOf(id: null, "invited", invite.Email ?? "", invite.Role, by), values, invite.CreatedAt, IsAdded);
        return audit.WriteAsync(
            new(
                by, "operator_invite.created", invite.Id.Value,
                AuditedChange.Of(("kind", invite.Kind.ToString()), ("email", invite.Email ?? ""), ("role", invite.Role.Name()))),
            $"""
            DELETE FROM operator_invites WHERE (kind = 'Invite' AND kind = @kind AND email = @email)
                                            OR (kind = 'Recover' AND kind = @kind AND operator_id = @operator)
                                            OR expires_at <= @now;
            INSERT INTO operator_invites (hash, id, kind, email, role, operator_id, created_by, created_at, expires_at)
            SELECT @hash, @id, @kind, @email, @role, @operator, @by, @now, @expires
             WHERE @kind <> 'SetUp' OR (NOT EXISTS (SELECT 1 FROM operators)
                                        AND NOT EXISTS (SELECT 1 FROM operator_invites WHERE kind = 'SetUp'))
            RETURNING id;
            {AuditLog.Entry} {IsAdded}{raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Returns the link if it can be used now. Does not use it.</summary>
    public async Task<OperatorInvite?> FindAsync(Secret token, DateTimeOffset now, CancellationToken cancellationToken) =>
        (await database.ReadAsync(
            $"SELECT {Columns} FROM operator_invites WHERE {Usable}", new() { { "hash", token.Hash() }, { "now", now } }, ReadAll,
            cancellationToken)).FirstOrDefault();

    /// <summary>The links that can be used, without that of the first operator, newest first.</summary>
    public Task<List<OperatorInvite>> OpenAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM operator_invites WHERE expires_at > @now AND kind <> 'SetUp' ORDER BY created_at DESC LIMIT 1000",
        new() { { "now", now } },
        ReadAll,
        cancellationToken);

    /// <summary>Uses the link: creates the operator.</summary>
    /// <returns>False when the link was used or has expired, or the e-mail address is taken.</returns>
    public Task<bool> CreateOperatorAsync(Secret token, Operator added, CancellationToken cancellationToken)
    {
        SqlValues values = [.. OperatorStore.ValuesOf(added), .. new SqlValues { { "hash", token.Hash() } }];
        const string IsAdded = "WHERE EXISTS (SELECT 1 FROM operators WHERE id = @id)";
        var raised = outbox?.Raise(
            OperatorStore.ChangeOf(added.Id, "created", added.Email, added.Role, added.Actor), values, added.CreatedAt, IsAdded);
        return audit.WriteAsync(
            OperatorStore.Created(added, added.Actor),
            $"""
            INSERT INTO operators (id, email, name, role, password_hash, created_at, updated_at)
            SELECT @id, @email, @name, @role, @password, @now, @now FROM operator_invites
             WHERE {Usable} AND role = @role AND (email IS NULL OR email = @email)
               AND NOT EXISTS (SELECT 1 FROM operators WHERE operators.email = @email)
            RETURNING id;
            {AuditLog.Entry} {IsAdded};
            DELETE FROM operator_invites WHERE (hash = @hash OR kind = 'SetUp') AND EXISTS (SELECT 1 FROM operators WHERE id = @id){raised}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>Uses the link: sets a new password and ends every session of the operator.</summary>
    public Task<bool> SetPasswordAsync(
        Secret token, OperatorId id, string passwordHash, DateTimeOffset now, CancellationToken cancellationToken) => audit.WriteAsync(
        new(new Actor.Operator(id), "operator.recovered", id.Value),
        $"""
        UPDATE operators SET password_hash = @password, updated_at = @now
         WHERE id = @id AND EXISTS (SELECT 1 FROM operator_invites WHERE {Usable} AND operator_id = @id)
        RETURNING id;
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_invites WHERE {Usable} AND operator_id = @id);
        DELETE FROM operator_sessions WHERE operator_id = @id AND EXISTS (SELECT 1 FROM operator_invites WHERE {Usable});
        DELETE FROM operator_invites WHERE hash = @hash AND operator_id = @id
        """,
        new() { { "hash", token.Hash() }, { "id", id.Value }, { "password", passwordHash }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>Withdraws a link.</summary>
    public Task<bool> DeleteAsync(OperatorInviteId id, Actor by, CancellationToken cancellationToken) => audit.WriteAsync(
        new(by, "operator_invite.deleted", id.Value),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM operator_invites WHERE id = @id AND kind <> 'SetUp');
        DELETE FROM operator_invites WHERE id = @id AND kind <> 'SetUp' RETURNING id
        """,
        new() { { "id", id.Value } },
        Rows.Any,
        cancellationToken);

    /// <summary>Deletes expired links, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM operator_invites WHERE hash IN (SELECT hash FROM operator_invites WHERE expires_at < @now ORDER BY expires_at "
        + "LIMIT 500) RETURNING id",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

    private static List<OperatorInvite> ReadAll(DbDataReader reader)
    {
        var invites = new List<OperatorInvite>();
        while (reader.Read())
        {
            var id = reader.GetString(0);
            invites.Add(new()
            {
                Id = new(id),
                Kind = Rows.Named<InviteKind>(reader.GetString(1)) ?? throw new CorruptRow("operator_invites", id, "its kind is unknown"),
                Email = reader.IsDBNull(2) ? null : reader.GetString(2),
                Role = OperatorRoles.Parse(reader.GetString(3)) ?? throw new CorruptRow("operator_invites", id, "its role is unknown"),
                OperatorId = reader.IsDBNull(4) ? null : new(reader.GetString(4)),
                CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            });
        }

        return invites;
    }
}
