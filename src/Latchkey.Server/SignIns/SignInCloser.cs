using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Ends the sign-ins whose time has run out, because no request tells of what did not happen:
/// 1. one that was refused on its way is stopped by that cause; 2. one at the login page was left, or its backend never reported: that is
/// told by whether the login page reports other people; 3. one that was reported never came back; 4. a question on the consent page was
/// left; 5. a code was never redeemed. Any number of nodes may run it at once: each sign-in is ended by one of them.
/// </summary>
internal sealed class SignInCloser(
    IDatabase signIns, SignInRecorder recorder, UnattributedEvents unattributed, Supervisor supervisor, TimeProvider clock)
{
    public const string LoopName = "end of sign-ins";
    public const string EventName = "sign_in.ended";
    public const string LoginNeverReported = "login_never_reported";
    public const string LoginLeft = "login_left";
    public const string NeverCameBack = "never_came_back";
    public const string ConsentLeft = "consent_left";
    public const string CodeNeverRedeemed = "code_never_redeemed";

    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    /// <summary>An event that happened in time may be written this much later, or by a node whose clock is behind.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(2);

    /// <summary>How long ago a report shows that the login page is able to report.</summary>
    private static readonly TimeSpan ReportsCount = TimeSpan.FromDays(1);

    /// <summary>A sign-in that was refused on its way stopped where it was refused, not where it waited.</summary>
    private static readonly string StationOfCause =
        $"CASE {string.Concat(Causes.All.Select(c => $"WHEN cause = '{c.Code}' THEN '{StoredNames.Of(c.Station)}' "))}ELSE station END";

    private static readonly string Text =
        $"""
        UPDATE journeys SET
               cause = CASE WHEN cause IS NOT NULL THEN cause
                            WHEN station = 'login' AND EXISTS (
                                SELECT 1 FROM journeys r WHERE r.connection_id = journeys.connection_id AND r.subject IS NOT NULL
                                                           AND r.started_at > @since) THEN '{LoginLeft}'
                            WHEN station = 'login' THEN '{LoginNeverReported}'
                            WHEN station = 'return' THEN '{NeverCameBack}'
                            WHEN station = 'consent' THEN '{ConsentLeft}'
                            ELSE '{CodeNeverRedeemed}' END,
               outcome = CASE WHEN cause IS NOT NULL THEN 'stopped'
                              WHEN station = 'consent' THEN 'left'
                              WHEN station = 'login' AND EXISTS (
                                SELECT 1 FROM journeys r WHERE r.connection_id = journeys.connection_id AND r.subject IS NOT NULL
                                                           AND r.started_at > @since) THEN 'left'
                              ELSE 'stopped' END,
               station = {StationOfCause}
         WHERE outcome = 'running' AND due_at < @due
           AND auth_request_id IN (SELECT auth_request_id FROM journeys WHERE outcome = 'running' AND due_at < @due
                                    ORDER BY due_at LIMIT 500)
        RETURNING auth_request_id, outcome, cause, station, family, purpose
        """;

    /// <summary>Ends everything that is due.</summary>
    public async Task CloseAsync(CancellationToken cancellationToken)
    {
        await recorder.FlushAsync(cancellationToken);
        int closed;
        do
        {
            var now = clock.GetUtcNow();
            var ended = await signIns.WriteAsync(
                Text, new() { { "due", now - Margin }, { "since", now - ReportsCount } }, Read, cancellationToken);
            closed = ended.Count;
            foreach (var signIn in ended)
            {
                recorder.RecordEnd(signIn);
            }
        }
        while (closed > 0);
    }

    /// <summary>Loops until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stop);
            await supervisor.TryAsync("unattributed events", unattributed.StoreAsync, stop);
            await supervisor.TryAsync(LoopName, CloseAsync, stop);
        }
    }

    private static List<EndedSignIn> Read(System.Data.Common.DbDataReader reader)
    {
        var ended = new List<EndedSignIn>();
        while (reader.Read())
        {
            ended.Add(new(
                new(reader.GetString(0)), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? "" : reader.GetString(3),
                reader.IsDBNull(4) ? null : reader.GetString(4), IsCounted: reader.IsDBNull(5)));
        }

        return ended;
    }
}

/// <summary>A sign-in whose time has run out, with the names that are stored.</summary>
/// <param name="Family">The entry of the catalogue of well-known clients, or null when the client is not known.</param>
/// <param name="IsCounted">Whether it was an authorization request of a client.</param>
internal sealed record EndedSignIn(AuthorizationId Id, string Outcome, string Cause, string Station, string? Family, bool IsCounted);
