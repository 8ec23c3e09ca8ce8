using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Grants;

/// <summary>Lists and revokes grants, for operators.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class GrantList(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    /// <summary>Newest first.</summary>
    /// <param name="areLive">True for live grants only, false for all others, null for both.</param>
    public Task<(int Total, List<GrantAndUser> Page)> FindAsync(
        AccessFilter filter, bool? areLive, DateTimeOffset now, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        const string Live = "(g.ended_at IS NULL AND g.absolute_by > @now AND (u.revoked_at IS NULL OR u.revoked_at < g.reported_at))";
        var rows = filter.Of("g");
        if (areLive is { } wanted)
        {
            rows.And(wanted ? Live : $"NOT {Live}").Values.Add("now", now);
        }

        return database.ReadAsync(
            rows.CountAndPage(GrantStore.GrantColumns, GrantStore.GrantsAndUsers, "g.created_at", "g.id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, GrantStore.ReadOne),
            cancellationToken);
    }

    /// <summary>
    /// Revokes a grant. A person who disconnects a program is asked again when it connects. Returns false when it had already ended.
    /// </summary>
    /// <param name="isUnknown">The person does not know the program.</param>
    public Task<bool> EndAsync(
        Grant grant, Actor by, bool isUnknown, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var values = ValuesOf(grant, new() { { "now", now }, { "reason", ReasonOf(by, isUnknown).ToString() } });
        var suspicious = !isUnknown ? null : outbox?.Raise(
            EventOf(grant, WebhookEventType.LoginSuspicious) with
            {
                Id = WebhookEvent.IdOnce($"unknown {grant.Id}"),
                Details = [("cause", "reported_by_person")],
            },
            values, now, "WHERE EXISTS (SELECT 1 FROM grants WHERE id = @id AND ended_at = @now)");
        return ChangeAsync(
            new AuditedChange(by, "grant.revoked", grant.Id.Value, DetailOf(grant)),
            "WHERE EXISTS (SELECT 1 FROM grants WHERE id = @id AND ended_at IS NULL)",
            $"""
            UPDATE grants SET ended_at = @now, ended_reason = @reason WHERE id = @id AND ended_at IS NULL
            RETURNING id{(by is Actor.Person ? Forget : "")}{outbox?.GrantsEnded("id = @id")}{suspicious}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    /// <summary>
    /// Takes scopes away from a live grant: its next refresh issues the narrower set. The person is asked again when the client wants more.
    /// Returns false when the grant ended or changed meanwhile.
    /// </summary>
    /// <param name="scope">A part of the present scope.</param>
    /// <param name="claims">The claims that tokens still carry.</param>
    public Task<bool> NarrowAsync(
        Grant grant, Scope scope, IReadOnlyList<TokenClaim> claims, Actor by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var values = ValuesOf(grant, new()
        {
            { "scope", scope.ToString() }, { "former", grant.Scope.ToString() }, { "claims", TokenClaims.Write(claims) },
        });
        const string MayChange = "WHERE EXISTS (SELECT 1 FROM grants WHERE id = @id AND ended_at IS NULL AND scope = @former)";
        var raised = outbox?.Raise(EventOf(grant, WebhookEventType.GrantNarrowed), values, now, MayChange);
        return ChangeAsync(
            new AuditedChange(by, "grant.narrowed", grant.Id.Value, DetailOf(grant, ("scope", scope.ToString()))),
            MayChange,
            // The first statement locks the row: of two changes at once one raises the event.
            $"""
            UPDATE grants SET scope = scope WHERE id = @id AND scope = @former{raised};
            UPDATE grants SET scope = @scope, claims = @claims WHERE id = @id AND ended_at IS NULL AND scope = @former
            RETURNING id{Forget}
            """,
            values,
            Rows.Any,
            cancellationToken);
    }

    private static WebhookEvent EventOf(Grant grant, WebhookEventType type) => new(type)
    {
        Grant = grant.Id,
        Connection = grant.ConnectionId,
        Subject = grant.Subject,
        Client = grant.ClientId,
        Resource = grant.ResourceId,
    };

    /// <summary>Ends every grant of a person at a connection, by the person, and forgets what the person wanted not to be asked.</summary>
    /// <returns>The grants that ended.</returns>
    public Task<List<EndedGrant>> EndAllAsync(
        ConnectionId connection, Actor.Person by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        $"""
        UPDATE grants SET ended_at = @now, ended_reason = '{nameof(GrantEnd.RevokedByPerson)}'
         WHERE connection_id = @connection AND subject = @subject AND ended_at IS NULL
        RETURNING id, auth_request_id{outbox?.GrantsEnded("connection_id = @connection AND subject = @subject")};
        UPDATE consents SET remembered = NULL WHERE connection_id = @connection AND subject = @subject AND remembered IS NOT NULL
        """,
        new() { { "connection", connection.Value }, { "subject", by.Subject }, { "now", now } },
        static reader =>
        {
            var ended = new List<EndedGrant>();
            while (reader.Read())
            {
                ended.Add(new(new(reader.GetString(0)), new(reader.GetString(1))));
            }

            return ended;
        },
        cancellationToken);

    /// <summary>
    /// Adds an entry to the audit log, unless the person acts: what people do is in the sign-in log, which their erasure empties.
    /// </summary>
    private Task<T> ChangeAsync<T>(
        AuditedChange change, string condition, string sql, SqlValues values, Func<DbDataReader, T> read,
        CancellationToken cancellationToken) => change.Actor is Actor.Person
        ? database.WriteAsync(sql, values, read, cancellationToken)
        : audit.WriteAsync(change, $"{AuditLog.Entry} {condition};\n{sql}", values, read, cancellationToken);

    private static string DetailOf(Grant grant, params (string Member, string Value)[] more) => AuditedChange.Of(
    [
        ("connection_id", grant.ConnectionId.Value), ("sub", grant.Subject), ("client_id", grant.ClientId.Value),
        ("resource_id", grant.ResourceId.Value), .. more,
    ]);

    /// <summary>The consent of the grant is asked for again.</summary>
    private const string Forget =
        """
        ;
        UPDATE consents SET remembered = NULL
         WHERE connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource
           AND remembered IS NOT NULL
        """;

    private static GrantEnd ReasonOf(Actor by, bool isUnknown) =>
        isUnknown ? GrantEnd.ReportedByPerson
        : by is Actor.Person ? GrantEnd.RevokedByPerson
        : GrantEnd.RevokedByOperator;

    private static SqlValues ValuesOf(Grant grant, SqlValues values)
    {
        values.Add("id", grant.Id.Value);
        values.Add("connection", grant.ConnectionId.Value);
        values.Add("subject", grant.Subject);
        values.Add("client", grant.ClientId.Value);
        values.Add("resource", grant.ResourceId.Value);
        return values;
    }

    /// <summary>Revokes one access token. Returns false when it was revoked already.</summary>
    public Task<bool> RevokeTokenAsync(
        string tokenId, ClientId client, ResourceId resource, Actor by, DateTimeOffset expiresAt, CancellationToken cancellationToken) =>
        audit.WriteAsync(
            new AuditedChange(
                by, "token.revoked", tokenId, AuditedChange.Of(("client_id", client.Value), ("resource_id", resource.Value))),
            $"""
            {AuditLog.Entry} WHERE NOT EXISTS (SELECT 1 FROM revoked_tokens WHERE id = @id);
            INSERT INTO revoked_tokens (id, expires_at) VALUES (@id, @expires_at) ON CONFLICT DO NOTHING RETURNING id
            """,
            new() { { "id", tokenId }, { "expires_at", expiresAt } },
            Rows.Any,
            cancellationToken);
}
