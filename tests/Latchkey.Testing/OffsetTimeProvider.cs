namespace Latchkey.Testing;

/// <summary>The system's clock plus an offset that a test changes. Timers are not affected,
/// so a server under test keeps working when its time jumps.</summary>
public sealed class OffsetTimeProvider : TimeProvider
{
    private long offsetTicks;
    private long standstillTicks;

    public override DateTimeOffset GetUtcNow() =>
        (Interlocked.Read(ref standstillTicks) is var still and > 0 ? new DateTimeOffset(still, TimeSpan.Zero) : System.GetUtcNow())
            .AddTicks(Interlocked.Read(ref offsetTicks));

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
