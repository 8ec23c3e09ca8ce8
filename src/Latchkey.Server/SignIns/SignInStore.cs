using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// The sign-in log. It is stored apart from data that must survive a power failure (its own SQLite file, or a connection that does not wait
/// for the disk): a crash may lose the last events, but never a token.
/// </summary>
internal sealed class SignInStore(IDatabase signIns)
{
    private const int MaxEvents = 500;

    /// <summary>Writes events and the summaries of their sign-ins in one transaction.</summary>
    public Task AppendAsync(IReadOnlyList<SignInEvent> events, CancellationToken cancellationToken) => signIns.WriteAsync(
        SignInBatch.Text, SignInBatch.ValuesOf(events), static _ => true, cancellationToken);

    public Task<SignIn?> FindAsync(AuthorizationId id, CancellationToken cancellationToken) =>
        FindAsync("SELECT @key AS id", id.Value, cancellationToken);

    /// <summary>The newest sign-in with this reference (40 bits, so two of a million sign-ins may share one).</summary>
    public Task<SignIn?> FindAsync(string reference, CancellationToken cancellationToken) =>
        FindAsync(
            "SELECT auth_request_id FROM journeys WHERE reference = @key ORDER BY started_at DESC LIMIT 1", reference, cancellationToken);

    public Task<SignIn?> FindAsync(LoginRequestId id, CancellationToken cancellationToken) =>
        FindAsync(
            "SELECT auth_request_id FROM journey_events WHERE login_request_id = @key ORDER BY position LIMIT 1", id.Value,
            cancellationToken);

    /// <summary>The newest sign-in of a grant.</summary>
    public Task<SignIn?> FindAsync(GrantId id, CancellationToken cancellationToken) =>
        FindAsync(
            "SELECT auth_request_id FROM journeys WHERE grant_id = @key ORDER BY started_at DESC LIMIT 1", id.Value, cancellationToken);

    /// <summary>
    /// Deletes sign-ins that started before <paramref name="before"/>, at most 500 per call. If a concurrent sweep deletes rows in between,
    /// the second statement can select other sign-ins than the first; those that still have events stay for the next call.
    /// </summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => signIns.WriteAsync(
        """
        DELETE FROM journey_events
         WHERE auth_request_id IN (SELECT auth_request_id FROM journeys WHERE started_at < @before ORDER BY started_at,
                                   auth_request_id LIMIT 500);
        DELETE FROM journeys WHERE auth_request_id IN (SELECT auth_request_id FROM journeys WHERE started_at < @before ORDER BY started_at,
                                                       auth_request_id LIMIT 500)
           AND NOT EXISTS (SELECT 1 FROM journey_events e WHERE e.auth_request_id = journeys.auth_request_id)
        RETURNING 1
        """,
        new() { { "before", before } },
        Rows.Count,
        cancellationToken);

    /// <summary>Deletes the oldest sign-ins beyond <paramref name="max"/>, at most 500 per call.</summary>
    public async Task<int> SweepBeyondAsync(int max, CancellationToken cancellationToken)
    {
        var newestBeyond = await signIns.ReadAsync(
            "SELECT started_at FROM journeys ORDER BY started_at DESC, auth_request_id DESC LIMIT 1 OFFSET @max",
            new() { { "max", (long)max } },
            static reader => reader.Read() ? reader.GetInt64(0) : (long?)null,
            cancellationToken);
        return newestBeyond is { } at
            ? await SweepAsync(DateTimeOffset.FromUnixTimeMilliseconds(at + 1), cancellationToken)
            : 0;
    }

    private Task<SignIn?> FindAsync(string ids, string key, CancellationToken cancellationToken) => signIns.ReadAsync(
        $"SELECT {SignInRow.Columns} FROM journeys j WHERE j.auth_request_id = ({ids}); "
        + $"SELECT {SignInRow.EventColumns} FROM journey_events e WHERE e.auth_request_id = ({ids}) ORDER BY e.position LIMIT {MaxEvents}",
        new() { { "key", key } },
        Read,
        cancellationToken);

    private static SignIn? Read(DbDataReader reader)
    {
        var summary = SignInRow.ReadOne(reader);
        reader.NextResult();
        var events = SignInRow.ReadEvents(reader, MaxEvents);
        return summary is null ? null : new(summary, events);
    }
}
