using Latchkey.Server.Telemetry;

namespace Latchkey.Server.SignIns;

/// <summary>
/// The number of events that the sign-in log lost since the start, because its storage is full, damaged, locked, away or too slow. Sign-ins
/// go on without it.
/// </summary>
internal sealed class SignInLosses(TimeProvider clock)
{
    private static readonly TimeSpan BetweenLogLines = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private long events;
    private long? saidAt;

    public long Events => Interlocked.Read(ref events);

    /// <returns>Whether a log line is due: the first loss, and then one line per minute.</returns>
    public bool Add(long lost)
    {
        Interlocked.Add(ref events, lost);
        Instruments.SignInLogLost.Add(lost);
        lock (gate)
        {
            if (saidAt is { } at && clock.GetElapsedTime(at) < BetweenLogLines)
            {
                return false;
            }

            saidAt = clock.GetTimestamp();
            return true;
        }
    }
}
