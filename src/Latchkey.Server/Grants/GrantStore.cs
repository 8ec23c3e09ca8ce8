using System.Data.Common;
using Latchkey.Server.Clients;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Network;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Grants;

/// <summary>A grant with its user's newest snapshot.</summary>
internal sealed record GrantAndUser(Grant Grant, UserSnapshot User, DateTimeOffset? UserRevokedAt)
{
    public bool IsLive => Grant.EndedAt is null && !(UserRevokedAt >= Grant.ReportedAt);

    /// <summary>The newest report of the person does not name the organisation of the grant any more.</summary>
    public bool HasLeftOrganization => HasLeft(Grant.Organization, User);

    public static bool HasLeft(string? organization, UserSnapshot user) =>
        organization is not null && user.EveryOrganization.All(o => o.ExternalId != organization);
}

/// <summary>Rows of grants. Each step is one conditional write: of several concurrent calls exactly one returns true.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class GrantStore(IDatabase database, WebhookOutbox? outbox = null)
{
    internal const string GrantColumns =
        "g.id, g.connection_id, g.subject, g.client_id, g.resource_id, g.auth_request_id, g.scope, g.client_class, g.issuer, "
        + "g.login, g.reported_at, g.created_at, "
        + "g.refresh_key, g.generation, g.rotations, g.idle_by, g.absolute_by, g.ended_at, u.snapshot, u.revoked_at, "
        + "g.rotated_from, g.claims, g.answered_again, g.ended_reason, g.organization";

    internal const string GrantsAndUsers = "grants g JOIN users u ON u.connection_id = g.connection_id AND u.subject = g.subject";

    /// <summary>
    /// Token: from AwaitingExchange to Exchanged. Also inserts the grant. Refused after the code expired or the user was revoked.
    /// </summary>
    /// <returns>The user's newest snapshot. Null when another redemption won or the code can no longer be redeemed.</returns>
    public Task<UserSnapshot?> ExchangeAsync(Grant grant, LoginRequestId code, CancellationToken cancellationToken)
    {
        var values = ValuesOf(grant, code);
        var raised = outbox?.Raise(
            new(WebhookEventType.GrantCreated)
            {
                Grant = grant.Id,
                Connection = grant.ConnectionId,
                Subject = grant.Subject,
                Client = grant.ClientId,
                Resource = grant.ResourceId,
            },
            values, grant.CreatedAt, "FROM login_requests WHERE id = @code AND grant_id = @grant");
        return database.WriteAsync(
            Exchange + raised,
            values,
            reader => reader.Read() && reader.NextResult() && reader.Read()
                ? LoginRequestRow.ReadUser(grant.Subject, reader.GetString(0))
                : null,
            cancellationToken);
    }

    private const string Exchange =
        """
        UPDATE login_requests SET stage = 'exchanged', grant_id = @grant, exchanged_at = @now
         WHERE id = @code AND connection_id = @connection AND subject = @subject AND stage = 'awaiting_exchange' AND code_by > @now
           AND EXISTS (SELECT 1 FROM users u WHERE u.connection_id = @connection AND u.subject = @subject
                       AND (u.revoked_at IS NULL OR u.revoked_at < @reported_at))
        RETURNING id;
        INSERT INTO grants (id, connection_id, subject, client_id, resource_id, auth_request_id, scope, client_class, issuer, login,
                            reported_at, created_at,
                            refresh_key, generation, rotations, used_at, idle_by, absolute_by, claims, organization)
        SELECT @grant, connection_id, subject, client_id, resource_id, auth_request_id, @scope, @client_class, @issuer, @login,
               @reported_at, @now,
               @refresh_key, 0, '', @now, @idle_by, @absolute_by, @claims, @organization
          FROM login_requests WHERE id = @code AND grant_id = @grant;
        SELECT snapshot FROM users WHERE connection_id = @connection AND subject = @subject
        """;

    private static SqlValues ValuesOf(Grant grant, LoginRequestId code) => new()
    {
        { "code", code.Value }, { "grant", grant.Id.Value }, { "connection", grant.ConnectionId.Value }, { "subject", grant.Subject },
        { "scope", grant.Scope.ToString() }, { "client_class", grant.ClientClass.ToString() }, { "issuer", grant.Issuer },
        { "login", GrantFacts.Write(grant) }, { "reported_at", grant.ReportedAt }, { "now", grant.CreatedAt },
        { "claims", TokenClaims.Write(grant.Claims) }, { "refresh_key", grant.RefreshKey },
        { "idle_by", grant.IdleBy }, { "absolute_by", grant.AbsoluteBy }, { "organization", grant.Organization },
    };

    public Task<GrantAndUser?> FindAsync(GrantId id, CancellationToken cancellationToken) => SignInTrace.Attach(
        database.ReadAsync(
            $"SELECT {GrantColumns} FROM {GrantsAndUsers} WHERE g.id = @id", new() { { "id", id.Value } }, ReadOne, cancellationToken),
        static found => found.Grant.AuthorizationId);

    /// <summary>Rotates to the next generation. Returns false when another refresh rotated first or the grant has ended.</summary>
    /// <param name="by">Stored, so that a replay from elsewhere can be recognized.</param>
    public Task<bool> RotateAsync(
        Grant from, Presenter by, DateTimeOffset now, DateTimeOffset idleBy, CancellationToken cancellationToken) =>
        RotateAsync(from, RotationHistory.Remember(from.Rotations, new(now, by)), now, idleBy, cancellationToken);

    private Task<bool> RotateAsync(
        Grant from, IReadOnlyList<Rotation> rotations, DateTimeOffset now, DateTimeOffset idleBy, CancellationToken cancellationToken) =>
        database.WriteAsync(
            """
            UPDATE grants SET generation = generation + 1, rotations = @rotations, rotated_from = @from, used_at = @now,
                              idle_by = @idle_by
             WHERE id = @id AND generation = @generation AND ended_at IS NULL AND idle_by > @now AND absolute_by > @now
            RETURNING id
            """,
            new()
            {
                { "id", from.Id.Value }, { "generation", from.Generation }, { "now", now }, { "idle_by", idleBy },
                { "rotations", RotationHistory.WriteTimes(rotations) },
                { "from", RotationHistory.WritePresenters(rotations, from.Generation + 1) },
            },
            Rows.Any,
            cancellationToken);

    /// <summary>
    /// Records that the token before the current one gets the current one after the reuse window, which happens once per rotation.
    /// Returns false when it has happened before, when another refresh rotated first, or when the grant has ended.
    /// </summary>
    public Task<bool> AnswerAgainAsync(Grant grant, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE grants SET answered_again = generation - 1
         WHERE id = @id AND generation = @generation AND ended_at IS NULL AND idle_by > @now AND absolute_by > @now
           AND (answered_again IS NULL OR answered_again < generation - 1)
        RETURNING id
        """,
        new() { { "id", grant.Id.Value }, { "generation", grant.Generation }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>Records a use of a grant that does not rotate. Returns false when it has ended.</summary>
    public Task<bool> TouchAsync(GrantId id, DateTimeOffset now, DateTimeOffset idleBy, CancellationToken cancellationToken) =>
        database.WriteAsync(
            "UPDATE grants SET used_at = @now, idle_by = @idle_by WHERE id = @id AND ended_at IS NULL AND idle_by > @now "
            + "AND absolute_by > @now RETURNING id",
            new() { { "id", id.Value }, { "now", now }, { "idle_by", idleBy } },
            Rows.Any,
            cancellationToken);

    /// <summary>Ends a grant. Its access tokens stay valid until they expire. Returns false when it had already ended.</summary>
    public Task<bool> EndAsync(GrantId id, GrantEnd reason, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "UPDATE grants SET ended_at = @now, ended_reason = @reason WHERE id = @id AND ended_at IS NULL RETURNING id"
            + outbox?.GrantsEnded("id = @id"),
        new() { { "id", id.Value }, { "reason", reason.ToString() }, { "now", now } },
        Rows.Any,
        cancellationToken);

    /// <summary>Revokes one access token until it expires. Returns false when it was revoked already.</summary>
    public Task<bool> RevokeTokenAsync(string tokenId, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        database.WriteAsync(
            "INSERT INTO revoked_tokens (id, expires_at) VALUES (@id, @expires_at) ON CONFLICT DO NOTHING RETURNING id",
            new() { { "id", tokenId }, { "expires_at", expiresAt } },
            Rows.Any,
            cancellationToken);

    public Task<bool> IsRevokedAsync(string tokenId, CancellationToken cancellationToken) => database.ReadAsync(
        "SELECT 1 FROM revoked_tokens WHERE id = @id", new() { { "id", tokenId } }, Rows.Any, cancellationToken);

    /// <summary>Deletes grants past their absolute lifetime, at most 500 per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM grants WHERE id IN (SELECT id FROM grants WHERE absolute_by < @now ORDER BY absolute_by LIMIT 500) RETURNING id",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

    /// <summary>Deletes revocations of expired tokens, at most 500 per call.</summary>
    public Task<int> SweepRevokedTokensAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM revoked_tokens WHERE id IN (SELECT id FROM revoked_tokens WHERE expires_at < @now LIMIT 500) RETURNING id",
        new() { { "now", now } },
        Rows.Count,
        cancellationToken);

    internal static GrantAndUser? ReadOne(DbDataReader row)
    {
        if (!row.Read())
        {
            return null;
        }

        var id = row.GetString(0);
        var subject = row.GetString(2);
        var facts = GrantFacts.Read(id, row.GetString(9));
        var grant = new Grant
        {
            Id = new(id),
            ConnectionId = new(row.GetString(1)),
            Subject = subject,
            ClientId = new(row.GetString(3)),
            ResourceId = new(row.GetString(4)),
            AuthorizationId = new(row.GetString(5)),
            Scope = Scope.Parse(row.GetString(6)),
            ClientClass = Rows.Named<ClientClass>(row.GetString(7)) ?? throw new CorruptRow("grants", id, "client class"),
            Issuer = row.GetString(8),
            Login = facts.Login,
            ResourceSpellings = facts.ResourceSpellings ?? [],
            ReportedAt = Time(row.GetInt64(10)),
            CreatedAt = Time(row.GetInt64(11)),
            RefreshKey = row.IsDBNull(12) ? null : row.GetString(12),
            Generation = row.GetInt64(13),
            Rotations = RotationHistory.Read(id, row.GetInt64(13), row.GetString(14), row.GetString(20)),
            AnsweredAgain = row.IsDBNull(22) ? null : row.GetInt64(22),
            IdleBy = Time(row.GetInt64(15)),
            AbsoluteBy = Time(row.GetInt64(16)),
            Claims = LoginRequestRow.ReadClaims(row, 21),
            Organization = row.IsDBNull(24) ? null : row.GetString(24),
            EndedAt = row.IsDBNull(17) ? null : Time(row.GetInt64(17)),
            EndedBy = row.IsDBNull(23) ? null : Rows.Named<GrantEnd>(row.GetString(23)),
        };
        return new(grant, LoginRequestRow.ReadUser(subject, row.GetString(18)), row.IsDBNull(19) ? null : Time(row.GetInt64(19)));
    }

    private static DateTimeOffset Time(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
}
