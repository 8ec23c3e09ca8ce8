using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Writes the events of any number of sign-ins in one step: one row per sign-in, one for its events, and the numbers of ended sign-ins.
/// The rows are JSON parameters, so the text is the same for every number of them.
/// </summary>
internal static class SignInBatch
{
    /// <summary>
    /// A later event decides over an earlier one, in whatever order they are written. An older node's clock cannot put a sign-in back that
    /// is done.
    /// </summary>
    private const string IsNewer =
        "(excluded.state_at >= COALESCE(journeys.state_at, 0) "
        + "AND NOT (COALESCE(excluded.outcome, '') = 'running' AND COALESCE(journeys.outcome, '') IN ('connected', 'declined')))";

    private const string Rows = "FROM json_each(@{0}) WHERE key IS NOT NULL ON CONFLICT (auth_request_id) DO UPDATE SET ";

    private const string StateColumns =
        "auth_request_id, reference, started_at, last_at, state_at, due_at, outcome, station, cause, subject, email, grant_id";

    private const string StateValues =
        "key, value->>0, CAST(value->>1 AS BIGINT), CAST(value->>2 AS BIGINT), CAST(value->>3 AS BIGINT), CAST(value->>4 AS BIGINT), "
        + "value->>5, value->>6, value->>7, value->>8, value->>9, value->>10";

    private const string SetState =
        $"""
        last_at = CASE WHEN excluded.last_at > COALESCE(journeys.last_at, 0) THEN excluded.last_at ELSE journeys.last_at END,
        state_at = CASE WHEN {IsNewer} THEN excluded.state_at ELSE journeys.state_at END,
        due_at = CASE WHEN {IsNewer} THEN COALESCE(excluded.due_at, journeys.due_at) ELSE journeys.due_at END,
        outcome = CASE WHEN {IsNewer} THEN COALESCE(excluded.outcome, journeys.outcome) ELSE journeys.outcome END,
        station = CASE WHEN {IsNewer} AND (excluded.outcome IS NOT NULL OR COALESCE(journeys.outcome, '') <> 'running')
                       THEN COALESCE(excluded.station, journeys.station) ELSE journeys.station END,
        cause = CASE WHEN {IsNewer} AND excluded.outcome IN ('running', 'connected') THEN excluded.cause
                     WHEN {IsNewer} THEN COALESCE(excluded.cause, journeys.cause) ELSE journeys.cause END,
        subject = COALESCE(excluded.subject, journeys.subject),
        email = COALESCE(excluded.email, journeys.email),
        grant_id = COALESCE(excluded.grant_id, journeys.grant_id)
        """;

    /// <summary>The first event of a sign-in describes client, resource and network; later ones do not touch their indexes.</summary>
    public static readonly string Text =
        $"""
        INSERT INTO journeys ({StateColumns}, client_id, client_name, family, vouched, resource_id, connection_id, redirect_host, network,
                              agent, tolerated, purpose)
        SELECT {StateValues}, value->>11, value->>12, value->>13, CAST(value->>14 AS SMALLINT), value->>15, value->>16, value->>17,
               value->>18, value->>19, CAST(value->>20 AS SMALLINT), value->>21
          {Rows.Replace("{0}", "described", StringComparison.Ordinal)} {SetState},
               client_id = COALESCE(excluded.client_id, journeys.client_id),
               client_name = COALESCE(excluded.client_name, journeys.client_name),
               family = COALESCE(excluded.family, journeys.family),
               vouched = COALESCE(excluded.vouched, journeys.vouched),
               resource_id = COALESCE(excluded.resource_id, journeys.resource_id),
               connection_id = COALESCE(excluded.connection_id, journeys.connection_id),
               redirect_host = COALESCE(excluded.redirect_host, journeys.redirect_host),
               network = COALESCE(journeys.network, excluded.network),
               agent = COALESCE(journeys.agent, excluded.agent),
               tolerated = COALESCE(excluded.tolerated, journeys.tolerated),
               purpose = COALESCE(excluded.purpose, journeys.purpose);
        INSERT INTO journeys ({StateColumns}) SELECT {StateValues} {Rows.Replace("{0}", "others", StringComparison.Ordinal)} {SetState};
        INSERT INTO journey_events (auth_request_id, login_request_id, at, name, detail, events)
        SELECT value->>0, value->>1, CAST(value->>2 AS BIGINT), '', '', value->>3 FROM json_each(@events);
        {EndedSignIns.Text}
        """;

    public static SqlValues ValuesOf(IReadOnlyList<SignInEvent> events)
    {
        var folds = new Dictionary<AuthorizationId, SignInFold>();
        foreach (var happened in events)
        {
            if (!folds.TryGetValue(happened.AuthorizationId, out var fold))
            {
                folds.Add(happened.AuthorizationId, fold = new(happened));
            }

            fold.Add(happened);
        }

        // In one order on every node, against deadlocks.
        var sorted = folds.Values.OrderBy(f => f.Id.Value, StringComparer.Ordinal).ToLookup(f => f.HasDescription);
        var values = new SqlValues();
        values.AddJson("described", JsonOf(sorted[true]));
        values.AddJson("others", JsonOf(sorted[false]));
        values.AddJson("events", EventsOf(folds.Values));
        values.AddJson("ended", SignInJson.Keys(folds.Values.Where(f => f.MayEnd).Select(f => f.Id.Value)));
        return values;
    }

    private static string JsonOf(IEnumerable<SignInFold> folds) => SignInJson.Write(json =>
    {
        json.WriteStartObject();
        foreach (var fold in folds)
        {
            fold.Write(json);
        }

        json.WriteEndObject();
    });

    /// <summary>A row per run of events that have the same login request.</summary>
    private static string EventsOf(IEnumerable<SignInFold> folds) => SignInJson.Write(json =>
    {
        var rows = 0;
        json.WriteStartObject();
        foreach (var run in folds.SelectMany(f => f.EventsByLoginRequest()))
        {
            var first = run[0];
            json.WriteStartArray(rows.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteStringValue(first.AuthorizationId.Value);
            json.WriteStringValue(first.LoginRequestId?.Value);
            json.WriteNumberValue(first.At.ToUnixTimeMilliseconds());
            EventJson.Write(json, run);
            json.WriteEndArray();
            rows++;
        }

        json.WriteEndObject();
    });
}
