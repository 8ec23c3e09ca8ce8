using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>
/// The sign-in log. It is stored apart from data that must survive a power failure (its own SQLite file, or a connection that does not wait
/// for the disk): a crash may lose the last events, but never a token.
/// </summary>
internal sealed class SignInStore(IDatabase signIns)
{
    public static readonly TimeSpan Retention = TimeSpan.FromDays(30);

    private const string EventColumns = "e.auth_request_id, e.login_request_id, e.at, e.name, e.detail";

    public Task AppendAsync(SignInEvent happened, CancellationToken cancellationToken) => signIns.WriteAsync(
        """
        INSERT INTO journeys (auth_request_id, reference, started_at) VALUES (@id, @reference, @at) ON CONFLICT DO NOTHING;
        INSERT INTO journey_events (auth_request_id, login_request_id, at, name, detail) VALUES (@id, @login, @at, @name, @detail)
        """,
        new()
        {
            { "id", happened.AuthorizationId.Value }, { "reference", SignInReference.Of(happened.AuthorizationId) }, { "at", happened.At },
            { "login", happened.LoginRequestId?.Value }, { "name", happened.Name }, { "detail", happened.Detail },
        },
        static _ => true,
        cancellationToken);

    public Task<SignIn?> FindAsync(AuthorizationId id, CancellationToken cancellationToken) =>
        FindAsync("j.auth_request_id = @key", id.Value, cancellationToken);

    /// <summary>The newest sign-in with this reference (40 bits, so two of a million sign-ins may share one).</summary>
    public Task<SignIn?> FindAsync(string reference, CancellationToken cancellationToken) =>
        FindAsync(
            "j.auth_request_id = (SELECT auth_request_id FROM journeys WHERE reference = @key ORDER BY started_at DESC LIMIT 1)",
            reference,
            cancellationToken);

    public Task<SignIn?> FindAsync(LoginRequestId id, CancellationToken cancellationToken) =>
        FindAsync(
            "j.auth_request_id = (SELECT auth_request_id FROM journey_events WHERE login_request_id = @key ORDER BY position LIMIT 1)",
            id.Value,
            cancellationToken);

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

    private Task<SignIn?> FindAsync(string condition, string key, CancellationToken cancellationToken) => signIns.ReadAsync(
        $"SELECT {EventColumns}, j.started_at FROM journeys j JOIN journey_events e ON e.auth_request_id = j.auth_request_id "
        + $"WHERE {condition} ORDER BY e.position LIMIT 500",
        new() { { "key", key } },
        Read,
        cancellationToken);

    private static SignIn? Read(DbDataReader reader)
    {
        var events = new List<SignInEvent>();
        DateTimeOffset? started = null;
        while (reader.Read())
        {
            started ??= DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(5));
            events.Add(new(
                new(reader.GetString(0)),
                reader.IsDBNull(1) ? null : new LoginRequestId(reader.GetString(1)),
                DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(2)),
                reader.GetString(3),
                [Fact.Seen(RecordedFacts.Detail, reader.GetString(4))]));
        }

        return started is { } at ? new SignIn(events[0].AuthorizationId, SignInReference.Of(events[0].AuthorizationId), at, events) : null;
    }
}
