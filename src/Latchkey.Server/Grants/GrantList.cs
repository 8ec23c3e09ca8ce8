using Latchkey.Server.Audit;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>Lists and revokes grants, for operators.</summary>
internal sealed class GrantList(IDatabase database, AuditLog audit)
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

    /// <summary>Revokes a grant. Returns false when it had already ended.</summary>
    public Task<bool> EndAsync(Grant grant, Actor by, DateTimeOffset now, CancellationToken cancellationToken) => audit.WriteAsync(
        new AuditedChange(
            by, "grant.revoked", grant.Id.Value,
            AuditedChange.Of(
                ("connection_id", grant.ConnectionId.Value), ("sub", grant.Subject), ("client_id", grant.ClientId.Value),
                ("resource_id", grant.ResourceId.Value))),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM grants WHERE id = @id AND ended_at IS NULL);
        UPDATE grants SET ended_at = @now, ended_reason = '{nameof(GrantEnd.RevokedByOperator)}' WHERE id = @id AND ended_at IS NULL
        RETURNING id
        """,
        new() { { "id", grant.Id.Value }, { "now", now } },
        Rows.Any,
        cancellationToken);

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
