using System.Collections.Concurrent;

namespace Latchkey.Testing;

/// <summary>The system's clock plus an offset that a test changes. Timers are not affected by the offset,
/// so a server under test keeps working when its time jumps.</summary>
public sealed class OffsetTimeProvider : TimeProvider
{
    private static readonly TimeSpan WhenLifted = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<TimeSpan, bool> lifted = [];
    private long offsetTicks;
    private long standstillTicks;

    public override DateTimeOffset GetUtcNow() =>
        (Interlocked.Read(ref standstillTicks) is var still and > 0 ? new DateTimeOffset(still, TimeSpan.Zero) : System.GetUtcNow())
            .AddTicks(Interlocked.Read(ref offsetTicks));

    /// <summary>
    /// Lets a time limit of the server last for minutes, because its own work can take longer than a limit of a few seconds on a busy
    /// machine. A test of the limit calls <see cref="Restore"/>.
    /// </summary>
    public void Lift(TimeSpan limit) => lifted[limit] = true;

    /// <summary>Ends <see cref="Lift"/>.</summary>
    public void Restore(TimeSpan limit) => lifted.TryRemove(limit, out _);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, lifted.ContainsKey(dueTime) ? WhenLifted : dueTime, period);

    public void Advance(TimeSpan by) => Interlocked.Add(ref offsetTicks, by.Ticks);

    /// <summary>Stops the clock at a whole second until the result is disposed; only <see cref="Advance"/> moves it.
    /// For tests at an exact limit.</summary>
    public IDisposable StandStill()
    {
        var now = GetUtcNow().Ticks;
        Interlocked.Exchange(ref offsetTicks, 0);
        Interlocked.Exchange(ref standstillTicks, now - (now % TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond);
        return new Standstill(this);
    }

    /// <summary>Continues from the stopped time, so that the clock never goes back.</summary>
    private void Resume()
    {
        var stands = GetUtcNow();
        Interlocked.Exchange(ref standstillTicks, 0);
        Interlocked.Exchange(ref offsetTicks, stands.Ticks - System.GetUtcNow().Ticks);
    }

    private sealed class Standstill(OffsetTimeProvider clock) : IDisposable
    {
        public void Dispose() => clock.Resume();
    }
}
