using System.Collections.Concurrent;
using System.Net;
using Latchkey.Server.Limits;

namespace Latchkey.Server.SignIns;

/// <summary>
/// Floods of refused requests. Refusals of one kind from one network are recorded one by one up to an allowance per minute and per hour;
/// further ones are counted, and the count becomes one event. A flood can therefore fill neither the storage nor the queue.
/// </summary>
internal sealed class RefusalFloods(Settings settings, TimeProvider clock)
{
    /// <summary>Beyond this number of floods at once, counts are lost: each needs a network of its own.</summary>
    private const int MaxFloods = 10_000;

    /// <summary>The allowance per hour, in allowances of a minute: refusals are kept for a month, and their bytes add up.</summary>
    private const int MinutesPerHour = 3;

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly TokenBuckets allowances = new(settings.RefusalsPerMinute, Period);
    private readonly TokenBuckets hourly = new(MinutesPerHour * settings.RefusalsPerMinute, Hour);
    private readonly TokenBuckets ofSignIns = new(1, Hour);
    private readonly ConcurrentDictionary<(AuthorizationId Id, string Name), Flood> floods = new();

    /// <summary>Takes one refusal of the allowance. Returns null when it is recorded on its own.</summary>
    public Shortage? Take(IPAddress from, string kind)
    {
        if (!settings.RateLimitsEnabled)
        {
            return null;
        }

        var subject = StringComparer.Ordinal.GetHashCode(kind);
        var factor = settings.KnownNetworks.Contains(from) ? RateLimits.KnownFactor : 1;
        return allowances.Take(from, subject, clock.GetUtcNow(), factor) ?? hourly.Take(from, subject, clock.GetUtcNow(), factor);
    }

    /// <summary>
    /// Whether a refusal is the first of its name in a sign-in within an hour. Its event is recorded there even during a flood: an attacker
    /// could otherwise hide the attack on a sign-in behind a flood of the same refusals of another one.
    /// </summary>
    public bool IsFirstOf(LoginRequestId attacked, string name) =>
        ofSignIns.Take(new(Network: 0, StringComparer.Ordinal.GetHashCode($"{attacked} {name}")), clock.GetUtcNow()) is null;

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
                            $"{Interlocked.Read(ref ended.Refusals)} more requests from {From(ended)} were refused in the same way between "
                            + $"{ended.Since:u} and {now:u}. They are recorded as this one event.")
                    ]);
            }
        }
    }

    private string From(Flood flood) => RecordedAddress.Of(flood.From.ToString(), settings.SignInAddresses) ?? "one network";

    private sealed class Flood(IPAddress from, DateTimeOffset since)
    {
        public long Refusals;

        public IPAddress From => from;

        public DateTimeOffset Since => since;
    }
}
