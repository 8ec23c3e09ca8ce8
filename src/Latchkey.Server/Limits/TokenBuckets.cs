using System.Net;
using System.Runtime.InteropServices;
using Latchkey.Server.Network;

namespace Latchkey.Server.Limits;

/// <summary>The key of a token bucket: a network, a subject, or both.</summary>
/// <param name="Network">A network or site (<see cref="NetworkKey"/>).</param>
/// <param name="Subject">A hash with a key of this process: of fixed size, and attackers cannot prepare collisions.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct BucketKey(UInt128 Network, int Subject);

/// <summary>The allowance is used up.</summary>
/// <param name="RetryAfter">The time until one more is allowed.</param>
/// <param name="Refusal">The same for all refusals of a key within one period, so that a flood is one sign-in in the log.</param>
internal sealed record Shortage(TimeSpan RetryAfter, AuthorizationId Refusal, bool IsFirst);

/// <summary>
/// One token bucket per key, in this process. Starts full and refills at <paramref name="allowance"/> per <paramref name="period"/>. Only
/// the time at which a bucket will be full is stored (generic cell rate algorithm); a full bucket is not stored.
///
/// Memory is bounded: at <paramref name="maxKeys"/> keys, full buckets are dropped, then the fullest. An attacker who wants to reset a
/// bucket by a flood of other keys has to empty each of those further, and with that many addresses has no use for the reset.
/// </summary>
internal sealed class TokenBuckets(int allowance, TimeSpan period, int maxKeys = TokenBuckets.DefaultMaxKeys)
{
    /// <summary>About 7 MB.</summary>
    private const int DefaultMaxKeys = 50_000;

    /// <summary>
    /// The allowance of a site of IPv6, in allowances of a network: a site may have 65,536 networks, and a caller with all of them would
    /// have as many allowances.
    /// </summary>
    public const int FactorOfSite = 16;

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

    /// <summary>Takes tokens. Returns null on success.</summary>
    /// <param name="factor">Multiplies the allowance of this key.</param>
    public Shortage? Take(BucketKey key, DateTimeOffset at, int factor = 1, int count = 1)
    {
        var now = at.UtcTicks;
        var cost = CostOf(factor) * count;
        lock (gate)
        {
            if (!buckets.TryGetValue(key, out var bucket))
            {
                MakeRoom(now);
            }

            // A clock that is set back costs a key at most one period.
            var fullAt = Math.Clamp(bucket.FullAt, now, now + period.Ticks);
            if (fullAt + cost - now <= period.Ticks)
            {
                buckets[key] = bucket with { FullAt = fullAt + cost };
                return null;
            }

            var isNews = bucket.Refusal is null || Math.Abs(now - bucket.RefusedAt) >= period.Ticks;
            var refused = isNews ? new Bucket(fullAt, AuthorizationId.New(), now) : bucket with { FullAt = fullAt };
            buckets[key] = refused;
            return new(TimeSpan.FromTicks(fullAt + cost - now - period.Ticks), refused.Refusal!.Value, isNews);
        }
    }

    /// <summary>Returns tokens that were not used.</summary>
    public void GiveBack(BucketKey key, int factor = 1, int count = 1)
    {
        lock (gate)
        {
            if (buckets.TryGetValue(key, out var bucket))
            {
                buckets[key] = bucket with { FullAt = bucket.FullAt - (CostOf(factor) * count) };
            }
        }
    }

    /// <summary>Takes tokens of a network, and of its site, which has <see cref="FactorOfSite"/> times the allowance.</summary>
    public Shortage? Take(IPAddress client, int subject, DateTimeOffset at, int factor = 1, int count = 1)
    {
        var (network, site) = (NetworkKey.Of(client), NetworkKey.OfSite(client));
        if (Take(new BucketKey(network, subject), at, factor, count) is { } shortage)
        {
            return shortage;
        }

        if (network == site || Take(new BucketKey(site, subject), at, factor * FactorOfSite, count) is not { } ofSite)
        {
            return null;
        }

        GiveBack(new BucketKey(network, subject), factor, count);
        return ofSite;
    }

    /// <summary>Returns tokens of a network and its site.</summary>
    public void GiveBack(IPAddress client, int subject, int factor = 1, int count = 1)
    {
        var (network, site) = (NetworkKey.Of(client), NetworkKey.OfSite(client));
        GiveBack(new BucketKey(network, subject), factor, count);
        if (network != site)
        {
            GiveBack(new BucketKey(site, subject), factor * FactorOfSite, count);
        }
    }

    private long CostOf(int factor) => Math.Max(1, period.Ticks / ((long)allowance * factor));

    private void MakeRoom(long now)
    {
        if (buckets.Count < maxKeys)
        {
            return;
        }

        // Dropping an eighth at a time spreads the cost of the scan over many new keys.
        var fullest = buckets.Values.Select(bucket => bucket.FullAt).Order().ElementAt(maxKeys / 8);
        var threshold = Math.Max(now, fullest);
        foreach (var (key, bucket) in buckets)
        {
            if (bucket.FullAt <= threshold)
            {
                buckets.Remove(key);
            }
        }
    }

    /// <param name="FullAt">In ticks; zero for a new bucket.</param>
    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Bucket(long FullAt, AuthorizationId? Refusal, long RefusedAt);
}
