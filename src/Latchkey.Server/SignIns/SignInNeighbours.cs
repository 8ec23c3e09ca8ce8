using System.Data.Common;
using Latchkey.Server.Storage;

namespace Latchkey.Server.SignIns;

/// <summary>What stands near a sign-in in the log.</summary>
/// <param name="Attempts">Other sign-ins of the same person, or without one of the same network, within an hour.</param>
/// <param name="SameCause">The number of sign-ins of the last 7 days that the same cause stopped, at most <c>MaxCounted</c> + 1.</param>
/// <param name="SameCauseOfClient">Those of the same client family.</param>
/// <param name="JustBefore">Refusals of the same network that belong to no sign-in, in the 10 minutes before it.</param>
internal sealed record SignInNeighbours(
    IReadOnlyList<SignInSummary> Attempts, int SameCause, int SameCauseOfClient, IReadOnlyList<UnattributedEvent> JustBefore);

/// <summary>Reads what stands near a sign-in, each from an index and up to a limit.</summary>
internal sealed class SignInNeighbourhood(IDatabase signIns)
{
    public const int MaxCounted = 1_000;
    private const int MaxShown = 4;
    private static readonly TimeSpan Near = TimeSpan.FromHours(1);
    private static readonly TimeSpan Before = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan Week = TimeSpan.FromDays(7);

    public Task<SignInNeighbours> FindAsync(SignInSummary of, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (text, values) = QueryOf(of, now);
        return signIns.ReadAsync(text, values, Read, cancellationToken);
    }

    public static (string Text, SqlValues Values) QueryOf(SignInSummary of, DateTimeOffset now)
    {
        var (column, value) = of.Email is { } email ? ("email", email) : of.Subject is { } subject ? ("subject", subject)
            : ("network", of.Network ?? "");
        const string OfCause = "FROM journeys j WHERE j.cause = @cause AND j.purpose IS NULL AND j.started_at >= @week";
        return (
            $"SELECT {SignInRow.Columns} FROM journeys j WHERE j.{column} = @value AND j.started_at BETWEEN @from AND @until "
            + $"AND j.auth_request_id <> @id ORDER BY j.started_at DESC LIMIT {MaxShown}; "
            + $"SELECT COUNT(*) FROM (SELECT 1 {OfCause} LIMIT @max) c; "
            + $"SELECT COUNT(*) FROM (SELECT 1 {OfCause} AND COALESCE(j.family, '') = @family LIMIT @max) c; "
            + $"SELECT {UnattributedEvents.Columns} FROM unattributed_events WHERE network = @network "
            + $"AND minute BETWEEN @before AND @start ORDER BY minute DESC LIMIT {MaxShown}",
            new()
            {
                { "id", of.AuthorizationId.Value }, { "value", value }, { "from", of.StartedAt - Near }, { "until", of.StartedAt + Near },
                { "cause", of.CauseCode ?? "" }, { "week", now - Week }, { "family", of.Family ?? "" }, { "max", MaxCounted + 1L },
                { "network", of.Network ?? "" }, { "before", of.StartedAt - Before }, { "start", of.StartedAt },
            });
    }

    private static SignInNeighbours Read(DbDataReader reader)
    {
        var attempts = new List<SignInSummary>();
        while (SignInRow.ReadOne(reader) is { } row)
        {
            attempts.Add(row);
        }

        var sameCause = Number(reader);
        var ofClient = Number(reader);
        reader.NextResult();
        var before = new List<UnattributedEvent>();
        while (UnattributedEvents.ReadOne(reader) is { } happened)
        {
            before.Add(happened);
        }

        return new(attempts, sameCause, ofClient, before);
    }

    private static int Number(DbDataReader reader)
    {
        reader.NextResult();
        return reader.Read() ? (int)reader.GetInt64(0) : 0;
    }
}
