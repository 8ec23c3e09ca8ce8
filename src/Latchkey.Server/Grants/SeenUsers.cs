using System.Data.Common;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>A person who signed in through a connection.</summary>
internal sealed record SeenUser(UserSnapshot User, DateTimeOffset UpdatedAt, DateTimeOffset? RevokedAt);

/// <summary>Lists the users that a connection has reported, for operators.</summary>
internal sealed class SeenUsers(IDatabase database)
{
    /// <summary>Newest report first.</summary>
    public Task<(int Total, List<SeenUser> Page)> ListAsync(
        ConnectionId connection, string? search, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = new RowFilter().Is("u.connection_id", "connection", connection.Value)
            .Holds("COALESCE(u.search_text, u.subject)", "search", search);
        return database.ReadAsync(
            rows.CountAndPage("u.subject, u.snapshot, u.updated_at, u.revoked_at", "users u", "u.updated_at", "u.subject", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, ReadOne),
            cancellationToken);
    }

    private static SeenUser? ReadOne(DbDataReader row) => !row.Read() ? null : new(
        LoginRequestRow.ReadUser(row.GetString(0), row.GetString(1)),
        DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(2)),
        row.IsDBNull(3) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)));
}
