using System.Data.Common;

namespace Latchkey.Server.SignIns;

/// <summary>Reads the rows of the sign-in log.</summary>
internal static class SignInRow
{
    public const string Columns =
        "j.auth_request_id, j.reference, j.started_at, j.last_at, j.due_at, j.outcome, j.station, j.cause, j.client_id, j.client_name, "
        + "j.family, j.vouched, j.resource_id, j.connection_id, j.subject, j.email, j.redirect_host, j.network, j.agent, j.tolerated, "
        + "j.grant_id, j.purpose";

    public const string EventColumns =
        "e.auth_request_id, e.login_request_id, e.at, e.name, e.detail, e.events";

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
            Purpose = Text(row, 21),
        };
    }

    /// <summary>Reads the events of the remaining rows, at most <paramref name="max"/>.</summary>
    public static List<SignInEvent> ReadEvents(DbDataReader row, int max = int.MaxValue)
    {
        var events = new List<SignInEvent>();
        while (events.Count < max && ReadRow(row) is { } next)
        {
            events.AddRange(next.Take(max - events.Count));
        }

        return events;
    }

    /// <summary>Reads the events of the next row, or returns null after the last one.</summary>
    public static IReadOnlyList<SignInEvent>? ReadRow(DbDataReader row)
    {
        if (!row.Read())
        {
            return null;
        }

        var id = new AuthorizationId(row.GetString(0));
        LoginRequestId? loginRequest = Text(row, 1) is { } text ? new LoginRequestId(text) : null;
        return Text(row, 5) is { } events
            ? EventJson.Read(events, id, loginRequest)
            : [new(id, loginRequest, Time(row, 2)!.Value, row.GetString(3), [Fact.Seen(RecordedFacts.Detail, row.GetString(4))])];
    }

    private static string? Text(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static bool? Flag(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt16(column) != 0;

    private static DateTimeOffset? Time(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
