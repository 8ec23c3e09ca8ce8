using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>The reports of a login page, as the sign-in log has them.</summary>
/// <param name="Last">When the newest sign-in with a report began. Null when the log has none.</param>
/// <param name="PerDay">The number per day since 1970, of the newest <see cref="LoginPageReports.MaxCounted"/> sign-ins.</param>
internal sealed record ReportsOfLoginPage(DateTimeOffset? Last, IReadOnlyDictionary<long, long> PerDay);

/// <summary>Counts the sign-ins that each login page reported.</summary>
internal sealed class LoginPageReports(IDatabase signIns)
{
    public const int MaxCounted = 10_000;
    public const int Days = 14;

    public const string Text =
        """
        SELECT j.started_at FROM journeys j WHERE j.connection_id = @connection AND j.subject IS NOT NULL
         ORDER BY j.started_at DESC LIMIT 1;
        SELECT r.day, COUNT(*) FROM (
            SELECT j.started_at / 86400000 AS day FROM journeys j
             WHERE j.connection_id = @connection AND j.subject IS NOT NULL AND j.started_at >= @from
             ORDER BY j.started_at DESC LIMIT @max) r
         GROUP BY r.day LIMIT @days
        """;

    public const string LastText =
        """
        SELECT k.key, (SELECT MAX(j.started_at) FROM journeys j WHERE j.connection_id = k.key AND j.subject IS NOT NULL)
          FROM json_each(@ids) k LIMIT @limit
        """;

    public static DateTimeOffset From(DateTimeOffset now) => SlotSize.Day.Start(SlotSize.Day.Of(now) - Days + 1);

    public Task<ReportsOfLoginPage> ReadAsync(ConnectionId connection, DateTimeOffset now, CancellationToken cancellationToken) =>
        signIns.ReadAsync(
            Text,
            new()
            {
                { "connection", connection.Value }, { "from", From(now) }, { "max", (long)MaxCounted }, { "days", Days + 1L },
            },
            Read,
            cancellationToken);

    /// <summary>When the newest sign-in with a report began, by connection.</summary>
    public Task<Dictionary<string, DateTimeOffset>> LastAsync(
        IReadOnlyCollection<ConnectionId> connections, CancellationToken cancellationToken)
    {
        var values = new SqlValues { { "limit", (long)connections.Count } };
        values.AddJson("ids", SignInJson.Keys(connections.Select(c => c.Value)));
        return signIns.ReadAsync(LastText, values, ReadLast, cancellationToken);
    }

    private static ReportsOfLoginPage Read(DbDataReader reader)
    {
        var last = reader.Read() ? DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)) : (DateTimeOffset?)null;
        reader.NextResult();
        var days = new Dictionary<long, long>();
        while (reader.Read())
        {
            days[reader.GetInt64(0)] = reader.GetInt64(1);
        }

        return new(last, days);
    }

    private static Dictionary<string, DateTimeOffset> ReadLast(DbDataReader reader)
    {
        var last = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        while (reader.Read())
        {
            if (!reader.IsDBNull(1))
            {
                last[reader.GetString(0)] = DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(1));
            }
        }

        return last;
    }
}
