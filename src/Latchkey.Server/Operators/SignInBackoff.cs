using System.Net;
using Latchkey.Server.Network;

namespace Latchkey.Server.Operators;

/// <summary>
/// After a wrong password, the next attempt for the same account from the same network waits: 1 s, then twice as long each time, up to
/// five minutes. Attempts from other networks are not affected, so a stranger cannot lock an operator out; passkeys are never slowed.
/// Unknown accounts are treated alike. An attempt counts as wrong until it turns out right, so concurrent guesses do not evade the wait.
/// </summary>
internal sealed class SignInBackoff(TimeProvider clock)
{
    public static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A series of failures is forgotten this long after the last one.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromMinutes(30);

    private const int MostEntries = 20_000;
    private const int MostDoublings = 9;

    private readonly Lock one = new();
    private readonly Dictionary<(string Email, UInt128 Network), (int Failures, DateTimeOffset At, DateTimeOffset Until)> entries = [];

    /// <summary>Begins an attempt.</summary>
    /// <returns>The seconds to wait when it comes too early, or null.</returns>
    public int? Begin(string email, IPAddress from)
    {
        var key = (email, NetworkKey.Of(from));
        var now = clock.GetUtcNow();
        lock (one)
        {
            var failures = 0;
            if (entries.TryGetValue(key, out var entry) && now - entry.At < Memory)
            {
                if (now < entry.Until)
                {
                    return (int)Math.Ceiling((entry.Until - now).TotalSeconds);
                }

                failures = entry.Failures;
            }

            if (entries.Count >= MostEntries && !entries.ContainsKey(key))
            {
                Forget(now);
            }

            var wait = TimeSpan.FromSeconds(First.TotalSeconds * (1 << Math.Min(failures, MostDoublings)));
            entries[key] = (failures + 1, now, now + (wait < Longest ? wait : Longest));
            return null;
        }
    }

    /// <summary>The attempt was right.</summary>
    public void Succeed(string email, IPAddress from)
    {
        lock (one)
        {
            entries.Remove((email, NetworkKey.Of(from)));
        }
    }

    /// <summary>The attempt was not checked.</summary>
    public void TakeBack(string email, IPAddress from)
    {
        var key = (email, NetworkKey.Of(from));
        lock (one)
        {
            if (entries.TryGetValue(key, out var entry))
            {
                entries[key] = (entry.Failures - 1, entry.At, entry.At);
            }
        }
    }

    /// <summary>Makes room: the expired series first, otherwise the half whose last attempt is oldest.</summary>
    private void Forget(DateTimeOffset now)
    {
        foreach (var key in entries.Where(e => now - e.Value.At >= Memory).Select(e => e.Key).ToList())
        {
            entries.Remove(key);
        }

        if (entries.Count >= MostEntries)
        {
            foreach (var key in entries.OrderBy(e => e.Value.At).Take(MostEntries / 2).Select(e => e.Key).ToList())
            {
                entries.Remove(key);
            }
        }
    }
}
