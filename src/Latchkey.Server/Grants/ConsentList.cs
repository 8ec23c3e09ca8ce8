using System.Data.Common;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Grants;

/// <summary>A stored consent.</summary>
/// <param name="Email">As last reported. Null when the user's row no longer exists.</param>
internal sealed record RecordedConsent(
    ConsentId Id, ConnectionId ConnectionId, string Subject, ClientId ClientId, ResourceId ResourceId, Scope Scope,
    DateTimeOffset GrantedAt, string? Email)
{
    /// <summary>Null when the person wants to be asked.</summary>
    public RememberedConsent? Remembered { get; init; }
}

/// <summary>A filter for lists of consents and grants; a null member does not filter.</summary>
/// <param name="Search">Part of the user's id, e-mail address or name.</param>
internal sealed record AccessFilter(ResourceId? Resource, ClientId? Client, ConnectionId? Connection, string? Subject, string? Search)
{
    /// <param name="row">The table's alias in the query; <c>u</c> is that of the users.</param>
    public RowFilter Of(string row) => new RowFilter()
        .Is($"{row}.resource_id", "resource", Resource?.Value)
        .Is($"{row}.client_id", "client", Client?.Value)
        .Is($"{row}.connection_id", "connection", Connection?.Value)
        .Is($"{row}.subject", "subject", Subject)
        .Holds("COALESCE(u.search_text, u.subject)", "search", Search);
}

/// <summary>A grant that ended because its consent was revoked.</summary>
internal readonly record struct EndedGrant(GrantId Id, AuthorizationId AuthorizationId);

/// <summary>Lists and revokes consents, for operators.</summary>
/// <param name="outbox">Null where no webhook is raised.</param>
internal sealed class ConsentList(IDatabase database, AuditLog audit, WebhookOutbox? outbox = null)
{
    private const string OfTheConsent =
        "connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource";

    internal const string Columns =
        "c.id, c.connection_id, c.subject, c.client_id, c.resource_id, c.scope, c.granted_at, u.snapshot, c.remembered";
    internal const string Tables = "consents c LEFT JOIN users u ON u.connection_id = c.connection_id AND u.subject = c.subject";

    /// <summary>Newest first.</summary>
    public Task<(int Total, List<RecordedConsent> Page)> ListAsync(
        AccessFilter filter, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = filter.Of("c");
        return database.ReadAsync(
            rows.CountAndPage(Columns, Tables, "c.granted_at", "c.id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, ReadOne),
            cancellationToken);
    }

    public Task<RecordedConsent?> FindAsync(ConsentId id, CancellationToken cancellationToken) => database.ReadAsync(
        $"SELECT {Columns} FROM {Tables} WHERE c.id = @id", new() { { "id", id.Value } }, ReadOne, cancellationToken);

    /// <summary>
    /// Revokes a consent: deletes it, invalidates codes, and ends every grant of this person for this client at this resource. Codes first:
    /// if one is redeemed at the same moment, its grant already exists and ends with the others.
    /// </summary>
    /// <returns>The grants that ended. Null when the consent was already revoked.</returns>
    public Task<List<EndedGrant>?> RevokeAsync(
        RecordedConsent consent, Actor by, DateTimeOffset now, CancellationToken cancellationToken) =>
        audit.WriteAsync(
            new AuditedChange(
                by, "consent.revoked", consent.Id.Value,
                AuditedChange.Of(
                    ("connection_id", consent.ConnectionId.Value), ("sub", consent.Subject), ("client_id", consent.ClientId.Value),
                    ("resource_id", consent.ResourceId.Value))),
            $"""
            {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM consents WHERE id = @id);
            DELETE FROM consents WHERE id = @id RETURNING id;
            UPDATE login_requests SET stage = 'ended', reason = 'ConsentRevoked', error = NULL, ended_at = @now
             WHERE connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource
               AND stage = 'awaiting_exchange';
            UPDATE grants SET ended_at = @now, ended_reason = 'ConsentRevoked'
             WHERE connection_id = @connection AND subject = @subject AND client_id = @client AND resource_id = @resource
               AND ended_at IS NULL
            RETURNING id, auth_request_id{outbox?.GrantsEnded(OfTheConsent)}
            """,
            new()
            {
                { "id", consent.Id.Value }, { "connection", consent.ConnectionId.Value }, { "subject", consent.Subject },
                { "client", consent.ClientId.Value }, { "resource", consent.ResourceId.Value }, { "now", now },
            },
            static reader =>
            {
                if (!reader.Read())
                {
                    return null;
                }

                reader.NextResult();
                var ended = new List<EndedGrant>();
                while (reader.Read())
                {
                    ended.Add(new(new(reader.GetString(0)), new(reader.GetString(1))));
                }

                return ended;
            },
            cancellationToken);

    /// <summary>Forgets that the person did not want to be asked again. Returns false when it was not remembered.</summary>
    /// <remarks>What a person does is in no audit log.</remarks>
    public Task<bool> ForgetAsync(RecordedConsent consent, Actor by, CancellationToken cancellationToken) => by is Actor.Person
        ? database.WriteAsync(
            "UPDATE consents SET remembered = NULL WHERE id = @id AND remembered IS NOT NULL RETURNING id",
            new() { { "id", consent.Id.Value } }, Rows.Any, cancellationToken)
        : audit.WriteAsync(
        new AuditedChange(
            by, "consent.forgotten", consent.Id.Value,
            AuditedChange.Of(
                ("connection_id", consent.ConnectionId.Value), ("sub", consent.Subject), ("client_id", consent.ClientId.Value),
                ("resource_id", consent.ResourceId.Value))),
        $"""
        {AuditLog.Entry} WHERE EXISTS (SELECT 1 FROM consents WHERE id = @id AND remembered IS NOT NULL);
        UPDATE consents SET remembered = NULL WHERE id = @id AND remembered IS NOT NULL RETURNING id
        """,
        new() { { "id", consent.Id.Value } },
        Rows.Any,
        cancellationToken);

    internal static RecordedConsent? ReadOne(DbDataReader row) => !row.Read() ? null : new(
        new(row.GetString(0)),
        new(row.GetString(1)),
        row.GetString(2),
        new(row.GetString(3)),
        new(row.GetString(4)),
        Scope.Parse(row.GetString(5)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)),
        row.IsDBNull(7) ? null : LoginRequests.LoginRequestRow.ReadUser(row.GetString(2), row.GetString(7)).Email)
    {
        Remembered = row.IsDBNull(8) ? null : RememberedConsent.Read(row.GetString(0), row.GetString(8)),
    };
}
