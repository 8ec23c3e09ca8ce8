namespace Latchkey.Testing;

/// <summary>The system's clock plus an offset that a test moves. Timers stay real: a server under test keeps working while its calendar jumps.</summary>
public sealed class OffsetTimeProvider : TimeProvider
{
    private long offsetTicks;
    private long standstillTicks;

    public override DateTimeOffset GetUtcNow() =>
        (Interlocked.Read(ref standstillTicks) is var still and > 0 ? new DateTimeOffset(still, TimeSpan.Zero) : System.GetUtcNow()).AddTicks(Interlocked.Read(ref offsetTicks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref offsetTicks, by.Ticks);

    /// <summary>Stops the clock at a whole second, moved only by <see cref="Advance"/>, until the answer is disposed: for standing exactly at a limit.</summary>
    public IDisposable StandStill()
    {
        var now = GetUtcNow().Ticks;
        Interlocked.Exchange(ref offsetTicks, 0);
        Interlocked.Exchange(ref standstillTicks, now - (now % TimeSpan.TicksPerSecond) + TimeSpan.TicksPerSecond);
        return new Standstill(this);
    }

    /// <summary>Goes on from where the clock stands: time that a server has seen never comes twice.</summary>
    private void GoOn()
    {
        var stands = GetUtcNow();
        Interlocked.Exchange(ref standstillTicks, 0);
        Interlocked.Exchange(ref offsetTicks, stands.Ticks - System.GetUtcNow().Ticks);
    }

    private sealed class Standstill(OffsetTimeProvider clock) : IDisposable
    {
        public void Dispose() => clock.GoOn();
    }
}
