using System.Data.Common;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Grants;

/// <summary>Which people the dashboard lists. A null member does not filter.</summary>
/// <param name="Email">The beginning of the e-mail address. The list is ordered by it then.</param>
internal sealed record PeopleSelection(ConnectionId? Connection = null, string? Email = null);

/// <summary>A person in the list.</summary>
/// <param name="Programs">The number of live grants, up to <see cref="PeopleBrowser.MaxCounted"/> + 1.</param>
internal sealed record ListedPerson(ConnectionId ConnectionId, SeenUser Seen, int Programs)
{
    public RowPlace Place => new(Seen.UpdatedAt, $"{ConnectionId.Value} {Seen.User.Subject}");
}

/// <summary>Reads the people who have signed in for the dashboard, the newest report first.</summary>
internal sealed class PeopleBrowser(IDatabase database)
{
    public const int MaxCounted = 100;

    private const string Columns =
        "u.connection_id, u.subject, u.snapshot, u.updated_at, u.revoked_at, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM grants g "
        + "WHERE g.connection_id = u.connection_id AND g.subject = u.subject AND g.ended_at IS NULL LIMIT @most) counted) AS programs";

    public async Task<RowsOfSlice<ListedPerson>> ListAsync(
        PeopleSelection selection, RowSlice slice, CancellationToken cancellationToken)
    {
        var (text, values) = QueryOf(selection, slice);
        return slice.Of(await database.ReadAsync(text, values, ReadAll, cancellationToken));
    }

    public static (string Text, SqlValues Values) QueryOf(PeopleSelection selection, RowSlice slice)
    {
        var values = new SqlValues { { "most", MaxCounted + 1L }, { "limit", slice.Limit + 1L } };
        List<string> conditions = [];
        var order = $"u.updated_at {(slice.IsNewer ? "ASC" : "DESC")}, u.connection_id {(slice.IsNewer ? "ASC" : "DESC")}, "
            + $"u.subject {(slice.IsNewer ? "ASC" : "DESC")}";
        if (selection.Connection is { } connection)
        {
            conditions.Add(selection.Email is null ? "u.connection_id = @connection" : "COALESCE(u.connection_id, '') = @connection");
            values.Add("connection", connection.Value);
        }

        if (selection.Email is { } email)
        {
            conditions.Add("u.email_key >= @begin AND u.email_key < @end");
            values.Add("begin", email.ToLowerInvariant());
            values.Add("end", email.ToLowerInvariant() + char.MaxValue);
            order = "u.email_key, u.connection_id, u.subject";
        }
        else if (slice.Place is { } place && place.Id.Split(' ', 2) is [var ofConnection, var subject])
        {
            conditions.Add(
                $"(u.updated_at, u.connection_id, u.subject) {(slice.IsNewer ? ">" : "<")} (@place_at, @place_connection, @place_subject)");
            values.Add("place_at", place.At);
            values.Add("place_connection", ofConnection);
            values.Add("place_subject", subject);
        }

        var where = conditions.Count == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)} ";
        return ($"SELECT {Columns} FROM users u {where}ORDER BY {order} LIMIT @limit", values);
    }

    public Task<ListedPerson?> FindAsync(ConnectionId connection, string subject, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"SELECT {Columns} FROM users u WHERE u.connection_id = @connection AND u.subject = @subject LIMIT 1",
            new() { { "connection", connection.Value }, { "subject", subject }, { "most", MaxCounted + 1L } },
            ReadOne,
            cancellationToken);

    private static ListedPerson? ReadOne(DbDataReader row) => !row.Read() ? null : new(
        new(row.GetString(0)),
        new(
            LoginRequestRow.ReadUser(row.GetString(1), row.GetString(2)),
            DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(3)),
            row.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4))),
        (int)row.GetInt64(5));

    private static List<ListedPerson> ReadAll(DbDataReader reader)
    {
        var rows = new List<ListedPerson>();
        while (ReadOne(reader) is { } row)
        {
            rows.Add(row);
        }

        return rows;
    }
}
