using System.Collections.Concurrent;
using System.Net;
using Latchkey.Server.Limits;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Floods of refused requests. Refusals of one kind from one network are recorded one by one up to an allowance per minute; further ones
/// are counted, and the count becomes one event. A flood can therefore fill neither the storage nor the queue.
/// </summary>
internal sealed class RefusalFloods(Settings settings, TimeProvider clock)
{
    /// <summary>Beyond this number of floods at once, counts are lost: each needs a network of its own.</summary>
    private const int MaxFloods = 10_000;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    private readonly TokenBuckets allowances = new(settings.RefusalsPerMinute, Period);
    private readonly ConcurrentDictionary<(AuthorizationId Id, string Name), Flood> floods = new();

    /// <summary>Takes one refusal of the allowance. Returns null when it is recorded on its own.</summary>
    public Shortage? Take(IPAddress from, string kind) => !settings.RateLimitsEnabled ? null
        : allowances.Take(
            new(RateLimits.NetworkOf(from), StringComparer.Ordinal.GetHashCode(kind)), clock.GetUtcNow(),
            settings.KnownNetworks.Contains(from) ? RateLimits.KnownFactor : 1);

    /// <summary>Counts one refusal that is not recorded on its own.</summary>
    /// <param name="id">The authorization to which the event with the count belongs.</param>
    public void Count(AuthorizationId id, IPAddress from, string name)
    {
        if (floods.Count < MaxFloods || floods.ContainsKey((id, name)))
        {
            var flood = floods.GetOrAdd((id, name), static (_, f) => f, new Flood(from, clock.GetUtcNow()));
            Interlocked.Increment(ref flood.Refusals);
        }
    }

    /// <summary>Takes the events of all floods that began at least one minute ago.</summary>
    /// <param name="all">Whether to take the younger ones too.</param>
    public IEnumerable<SignInEvent> TakeEvents(bool all)
    {
        var now = clock.GetUtcNow();
        foreach (var ((id, name), flood) in floods)
        {
            if ((all || now - flood.Since >= Period) && floods.TryRemove((id, name), out var ended))
            {
                yield return new(
                    id, null, now, name,
                    [
                        Fact.Seen(
                            RecordedFacts.Detail,
                            $"{Interlocked.Read(ref ended.Refusals)} more requests from {ended.From} were refused in the same way between "
                            + $"{ended.Since:u} and {now:u}. They are recorded as this one event.")
                    ]);
            }
        }
    }

    private sealed class Flood(IPAddress from, DateTimeOffset since)
    {
        public long Refusals;

        public IPAddress From => from;

        public DateTimeOffset Since => since;
    }
}
