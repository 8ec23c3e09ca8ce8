namespace Latchkey.Server.SignIns;

/// <summary>Counts the events that the sign-in log could not keep since the start of this node.</summary>
internal sealed class SignInLoss
{
    private long total;

    public long Total => Interlocked.Read(ref total);

    public void Add(long events) => Interlocked.Add(ref total, events);
}
