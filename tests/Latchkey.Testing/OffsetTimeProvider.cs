namespace Latchkey.Testing;

/// <summary>The system's clock plus an offset that a test moves. Timers stay real: a server under test keeps working while its calendar jumps.</summary>
public sealed class OffsetTimeProvider : TimeProvider
{
    private long offsetTicks;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref offsetTicks));

    public void Advance(TimeSpan by) => Interlocked.Add(ref offsetTicks, by.Ticks);
}
