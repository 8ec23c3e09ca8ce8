using System.Runtime.InteropServices;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Limits;

/// <summary>Whose bucket: a network, a subject, or a subject from a network.</summary>
/// <param name="Network">An IPv4 address, or the first 64 bits of an IPv6 address: a customer of a network gets at least that many addresses (RFC 6177 §2).</param>
/// <param name="Subject">A hash with a key of this process, so that nobody can prepare subjects which fall together, and none takes more room than another.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BucketKey(UInt128 Network, int Subject);

/// <summary>Nothing is left of an allowance.</summary>
/// <param name="RetryAfter">Until one more is allowed.</param>
/// <param name="Refusal">The same for all refusals of one key within a period: a flood has one journey, not one a request.</param>
internal sealed record Shortage(TimeSpan RetryAfter, AuthRequestId Refusal, bool IsNews);

/// <summary>
/// A token bucket a key, in this process: full at first, filling at <paramref name="allowance"/> a <paramref name="period"/>, never more than that in it. Of a bucket only the moment
/// at which it will be full again is kept (the generic cell rate algorithm), so a bucket that is full needs not be kept at all.
///
/// Memory is bounded: at <paramref name="maxKeys"/> keys the full buckets go, and if those are too few, the fullest. Emptier ones stay, so whoever wants to lose
/// his own debt by a flood of other keys must run each of them deeper into debt than himself: with that many addresses he had no need of a fresh allowance.
/// </summary>
internal sealed class TokenBuckets(int allowance, TimeSpan period, int maxKeys = TokenBuckets.DefaultMaxKeys)
{
    /// <summary>About 7 MB.</summary>
    private const int DefaultMaxKeys = 50_000;

    private readonly Lock gate = new();
    private readonly Dictionary<BucketKey, Bucket> buckets = [];

    public int Count
    {
        get
        {
            lock (gate)
            {
                return buckets.Count;
            }
        }
    }

    /// <summary>Takes one from a key's bucket. Null: it was there.</summary>
    /// <param name="factor">How many times the allowance this key has.</param>
    public Shortage? Take(BucketKey key, DateTimeOffset at, int factor = 1)
    {
        var now = at.UtcTicks;
        var cost = CostOf(factor);
        lock (gate)
        {
            if (!buckets.TryGetValue(key, out var bucket))
            {
                MakeRoom(now);
            }

            // A clock that was set back costs a key one period at most.
            var fullAt = Math.Clamp(bucket.FullAt, now, now + period.Ticks);
            if (fullAt + cost - now <= period.Ticks)
            {
                buckets[key] = bucket with { FullAt = fullAt + cost };
                return null;
            }

            var isNews = bucket.Refusal is null || Math.Abs(now - bucket.RefusedAt) >= period.Ticks;
            var refused = isNews ? new Bucket(fullAt, AuthRequestId.New(), now) : bucket with { FullAt = fullAt };
            buckets[key] = refused;
            return new(TimeSpan.FromTicks(fullAt + cost - now - period.Ticks), refused.Refusal!.Value, isNews);
        }
    }

    /// <summary>Puts one back: what it was taken for did not happen.</summary>
    public void GiveBack(BucketKey key, int factor = 1)
    {
        lock (gate)
        {
            if (buckets.TryGetValue(key, out var bucket))
            {
                buckets[key] = bucket with { FullAt = bucket.FullAt - CostOf(factor) };
            }
        }
    }

    private long CostOf(int factor) => Math.Max(1, period.Ticks / ((long)allowance * factor));

    private void MakeRoom(long now)
    {
        if (buckets.Count < maxKeys)
        {
            return;
        }

        // An eighth at a time: looking at all of them is paid for by many new keys.
        var fullest = buckets.Values.Select(bucket => bucket.FullAt).Order().ElementAt(maxKeys / 8);
        var goes = Math.Max(now, fullest);
        foreach (var (key, bucket) in buckets)
        {
            if (bucket.FullAt <= goes)
            {
                buckets.Remove(key);
            }
        }
    }

    /// <param name="FullAt">In ticks; of no bucket: long ago.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Bucket(long FullAt, AuthRequestId? Refusal, long RefusedAt);
}
