using Latchkey.Server.Supervision;

namespace Latchkey.Server.Keys;

/// <summary>The result of a key rotation.</summary>
internal abstract record RotationOutcome
{
    private RotationOutcome() { }

    public sealed record Rotated(string Purpose, string FormerId, string CurrentId) : RotationOutcome;

    /// <summary>The next key was published less than a day ago: resource servers with a cached key set would not know it.</summary>
    public sealed record TooSoon(string Purpose, DateTimeOffset From) : RotationOutcome;

    /// <summary>Another node rotated at the same moment.</summary>
    public sealed record Overtaken(string Purpose) : RotationOutcome;

    public sealed record UnknownKey(string Id) : RotationOutcome;

    public sealed record Retired(string Id) : RotationOutcome;
}

/// <summary>
/// Key rotation: the next key, published for at least a day, becomes the current one, a new next key is created, and the former one stays
/// published until its last token has expired. A verifier whose key set is at most a day old refuses no valid token.
/// </summary>
internal sealed class KeyRotation(KeyStore store, KeyRing ring, TimeProvider clock)
{
    /// <summary>Longer than the <c>max-age</c> of the key set and than the lifetime of an access token.</summary>
    public static readonly TimeSpan PublishedAhead = TimeSpan.FromHours(24);

    private static readonly Actor Schedule = new Actor.Machine("serve");
    private static readonly TimeSpan FormerPublished = TimeSpan.FromHours(25);

    /// <param name="force">Also rotates when the next key is new. Verifiers then refuse tokens until they refetch the key set.</param>
    public async Task<RotationOutcome> RotateAsync(string purpose, bool force, Actor by, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var rows = await store.AllAsync(cancellationToken);
        var current = rows.Find(k => k.Purpose == purpose && k.State == KeyState.Current);
        var next = rows.Find(k => k.Purpose == purpose && k.State == KeyState.Next);
        if (current is null)
        {
            return new RotationOutcome.UnknownKey(purpose);
        }

        if (next is not null && !force && next.CreatedAt + PublishedAhead > now)
        {
            return new RotationOutcome.TooSoon(purpose, next.CreatedAt + PublishedAhead);
        }

        // A key that is never published needs no next key: the new key becomes the current one at once.
        var made = ring.NewRow(purpose, next is null ? KeyState.Current : KeyState.Next, now);
        if (!await store.RotateAsync(current.Id, next?.Id, made, by, now, cancellationToken))
        {
            return new RotationOutcome.Overtaken(purpose);
        }

        await ring.ReloadAsync(cancellationToken);
        return new RotationOutcome.Rotated(purpose, current.Id, next?.Id ?? made.Id);
    }

    /// <summary>For a compromised key: it is no longer used, published or accepted, so the tokens it signed are invalid at once.</summary>
    public async Task<RotationOutcome> RetireAsync(string id, Actor by, CancellationToken cancellationToken)
    {
        var rows = await store.AllAsync(cancellationToken);
        if (rows.Find(k => k.Id == id && k.State != KeyState.Retired) is not { } key)
        {
            return new RotationOutcome.UnknownKey(id);
        }

        if (key.State == KeyState.Current
            && await RotateAsync(key.Purpose, force: true, by, cancellationToken) is RotationOutcome.Overtaken overtaken)
        {
            return overtaken;
        }

        await store.RetireAsync(id, by, clock.GetUtcNow(), cancellationToken);
        await ring.ReloadAsync(cancellationToken);
        if (Enum.TryParse<SigningAlgorithm>(key.Purpose, out var algorithm))
        {
            // When the next key was retired, a new one is created.
            await ring.EnsureAsync(algorithm, cancellationToken);
        }

        return new RotationOutcome.Retired(id);
    }

    /// <summary>Rotates the keys that are due, and stops publishing former keys whose tokens have all expired.</summary>
    /// <param name="interval">How long a signing key is used.</param>
    public async Task<List<RotationOutcome>> KeepScheduleAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var outcomes = new List<RotationOutcome>();
        foreach (var key in await store.AllAsync(cancellationToken))
        {
            if (!KeyRing.IsSigning(key.Purpose))
            {
                continue;
            }

            if (key.State == KeyState.Current && key.InStateSince + interval <= now)
            {
                outcomes.Add(await RotateAsync(key.Purpose, force: false, Schedule, cancellationToken));
            }
            else if (key.State == KeyState.Former && key.InStateSince + FormerPublished <= now)
            {
                await store.RetireAsync(key.Id, Schedule, now, cancellationToken);
                outcomes.Add(new RotationOutcome.Retired(key.Id));
            }
        }

        if (outcomes.Count > 0)
        {
            await ring.ReloadAsync(cancellationToken);
        }

        return outcomes;
    }
}

/// <summary>Runs the schedule every hour. When several nodes run it, one rotates.</summary>
internal sealed partial class KeySchedule(
    KeyRotation rotation, Settings settings, Supervisor supervisor, TimeProvider clock, ILogger<KeySchedule> logger)
{
    public const string Name = "scheduled key rotation";
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    public async Task RunAsync(CancellationToken stop)
    {
        if (settings.KeyRotationInterval == TimeSpan.Zero)
        {
            return;
        }

        while (true)
        {
            await Task.Delay(Pause, clock, stop);

            // The loop that runs this one starts it again after a failure, which would wait another hour.
            await supervisor.RunAsync(Name, KeepAsync, stop);
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        foreach (var outcome in await rotation.KeepScheduleAsync(settings.KeyRotationInterval, cancellationToken))
        {
            Kept(logger, outcome.ToString());
        }

        supervisor.Succeeded(Name);
    }

    [LoggerMessage(2101, LogLevel.Information, "Scheduled key rotation: {Outcome}")]
    private static partial void Kept(ILogger logger, string outcome);
}
