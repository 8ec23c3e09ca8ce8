using System.Data.Common;

namespace Latchkey.Server.SignIns;

/// <summary>Reads the rows of the sign-in log.</summary>
internal static class SignInRow
{
    public const string Columns =
        "j.auth_request_id, j.reference, j.started_at, j.last_at, j.due_at, j.outcome, j.station, j.cause, j.client_id, j.client_name, "
        + "j.family, j.vouched, j.resource_id, j.connection_id, j.subject, j.email, j.redirect_host, j.network, j.agent, j.tolerated, "
        + "j.grant_id";

    public const string EventColumns =
        "e.auth_request_id, e.login_request_id, e.at, e.name, e.detail, e.cause, e.actor, e.facts";

    /// <summary>Reads the next row, or returns null after the last one.</summary>
    public static SignInSummary? ReadOne(DbDataReader row)
    {
        if (!row.Read())
        {
            return null;
        }

        var id = row.GetString(0);
        return new()
        {
            AuthorizationId = new(id),
            Reference = row.GetString(1),
            StartedAt = Time(row, 2)!.Value,
            LastAt = Time(row, 3),
            DueAt = Time(row, 4),
            Outcome = Text(row, 5) is { } outcome ? StoredNames.Outcome(outcome, id) : null,
            Station = Text(row, 6) is { } station ? StoredNames.Station(station, id) : null,
            CauseCode = Text(row, 7),
            ClientId = Text(row, 8),
            ClientName = Text(row, 9),
            Family = Text(row, 10),
            Vouched = Flag(row, 11),
            ResourceId = Text(row, 12),
            ConnectionId = Text(row, 13),
            Subject = Text(row, 14),
            Email = Text(row, 15),
            RedirectHost = Text(row, 16),
            Network = Text(row, 17),
            Agent = Text(row, 18),
            Tolerated = Flag(row, 19),
            GrantId = Text(row, 20),
        };
    }

    public static SignInEvent? ReadEvent(DbDataReader row) => !row.Read() ? null : new(
        new(row.GetString(0)),
        Text(row, 1) is { } loginRequest ? new LoginRequestId(loginRequest) : null,
        Time(row, 2)!.Value,
        row.GetString(3),
        Text(row, 7) is { } facts ? FactJson.Read(facts) : [Fact.Seen(RecordedFacts.Detail, row.GetString(4))])
    {
        CauseCode = Text(row, 5),
        Actor = Text(row, 6),
    };

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static bool? Flag(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt16(column) != 0;

    private static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
