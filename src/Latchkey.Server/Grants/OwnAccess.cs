using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>A grant as its person sees it.</summary>
internal sealed record OwnGrant(GrantAndUser Found, DateTimeOffset UsedAt)
{
    public Grant Grant => Found.Grant;

    /// <summary>When the grant ended, or would end without another use.</summary>
    public DateTimeOffset EndsAt => Grant.EndedAt ?? (Grant.IdleBy < Grant.AbsoluteBy ? Grant.IdleBy : Grant.AbsoluteBy);
}

/// <summary>What a person allowed at one connection.</summary>
/// <param name="RevokedAt">When the company revoked the person.</param>
/// <param name="FormerVisitAt">The visit of the page of connected programs before this one.</param>
/// <param name="Live">Newest use first, at most <see cref="OwnAccess.MaxLive"/>.</param>
/// <param name="Ended">Newest end first.</param>
/// <param name="Remembered">The consents that the person is not asked for again.</param>
internal sealed record AccessOfPerson(
    DateTimeOffset? RevokedAt, DateTimeOffset? FormerVisitAt, IReadOnlyList<OwnGrant> Live, IReadOnlyList<OwnGrant> Ended,
    IReadOnlyList<RecordedConsent> Remembered);

/// <summary>Reads what one person allowed, for the person's own page.</summary>
internal sealed class OwnAccess(IDatabase database)
{
    public const int MaxLive = 200;

    /// <summary>Ended grants are shown for this long.</summary>
    private static readonly TimeSpan Past = TimeSpan.FromDays(90);

    private const string OfPerson = "g.connection_id = @connection AND g.subject = @subject";
    private const string IsLive =
        "g.ended_at IS NULL AND g.idle_by > @now AND g.absolute_by > @now AND (u.revoked_at IS NULL OR u.revoked_at < g.reported_at)";

    /// <summary>The queries of the page, in the order in which they are read.</summary>
    internal static readonly IReadOnlyList<string> Queries =
    [
        "SELECT revoked_at, account_former_visit_at FROM users WHERE connection_id = @connection AND subject = @subject",
        $"""
        SELECT {GrantStore.GrantColumns}, g.used_at FROM {GrantStore.GrantsAndUsers} WHERE {OfPerson} AND {IsLive}
         ORDER BY g.used_at DESC, g.id LIMIT 200
        """,
        $"""
        SELECT {GrantStore.GrantColumns}, g.used_at FROM {GrantStore.GrantsAndUsers} WHERE {OfPerson} AND NOT ({IsLive})
           AND COALESCE(g.ended_at, g.idle_by) > @since
         ORDER BY COALESCE(g.ended_at, g.idle_by) DESC, g.id LIMIT 50
        """,
        $"""
        SELECT {ConsentList.Columns} FROM {ConsentList.Tables}
         WHERE c.connection_id = @connection AND c.subject = @subject AND c.remembered IS NOT NULL
         ORDER BY c.granted_at DESC, c.id LIMIT 100
        """,
    ];

    public Task<AccessOfPerson?> ReadAsync(
        ConnectionId connection, string subject, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.ReadAsync(string.Join(";\n", Queries), ValuesOf(connection, subject, now), Read, cancellationToken);

    internal static SqlValues ValuesOf(ConnectionId connection, string subject, DateTimeOffset now) => new()
    {
        { "connection", connection.Value }, { "subject", subject }, { "now", now }, { "since", now - Past },
    };

    /// <summary>Notes the beginning of a visit, so that the next one can mark what is new.</summary>
    public Task<bool> VisitAsync(ConnectionId connection, string subject, DateTimeOffset now, CancellationToken cancellationToken) =>
        database.WriteAsync(
            "UPDATE users SET account_former_visit_at = account_visit_at, account_visit_at = @now "
            + "WHERE connection_id = @connection AND subject = @subject RETURNING subject",
            new() { { "connection", connection.Value }, { "subject", subject }, { "now", now } },
            Rows.Any,
            cancellationToken);

    private static AccessOfPerson? Read(DbDataReader reader)
    {
        if (!reader.Read())
        {
            return null;
        }

        var (revoked, former) = (Time(reader, 0), Time(reader, 1));
        reader.NextResult();
        var live = Grants(reader);
        reader.NextResult();
        var ended = Grants(reader);
        reader.NextResult();
        var remembered = new List<RecordedConsent>();
        while (ConsentList.ReadOne(reader) is { } consent)
        {
            remembered.Add(consent);
        }

        return new(revoked, former, live, ended, remembered);
    }

    private static List<OwnGrant> Grants(DbDataReader reader)
    {
        var found = new List<OwnGrant>();
        var used = reader.FieldCount - 1;
        while (GrantStore.ReadOne(reader) is { } grant)
        {
            found.Add(new(grant, DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(used))));
        }

        return found;
    }

    private static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
