using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Keys;

/// <summary>What became of a rotation.</summary>
internal abstract record RotationOutcome
{
    private RotationOutcome() { }

    public sealed record Rotated(string Purpose, string FormerId, string CurrentId) : RotationOutcome;

    /// <summary>The next key was published too short a time ago: resource servers that keep the key set would not know it.</summary>
    public sealed record TooSoon(string Purpose, DateTimeOffset From) : RotationOutcome;

    /// <summary>Another node rotated at the same moment.</summary>
    public sealed record Overtaken(string Purpose) : RotationOutcome;

    public sealed record UnknownKey(string Id) : RotationOutcome;

    public sealed record Retired(string Id) : RotationOutcome;
}

/// <summary>
/// Rotation: the next key, which everybody has been able to fetch for a day at least, becomes the current one, a new next one is made, and the former stays published
/// until the last token it signed has expired. Nobody who caches the key set as long as its process lives refuses a valid token meanwhile.
/// </summary>
internal sealed class KeyRotation(KeyStore store, KeyRing ring, TimeProvider clock)
{
    /// <summary>Longer than a resource server keeps a key set that it fetched with our headers, and than an access token lives.</summary>
    public static readonly TimeSpan PublishedAhead = TimeSpan.FromHours(24);

    private static readonly Actor Schedule = new Actor.Machine("serve");
    private static readonly TimeSpan FormerPublished = TimeSpan.FromHours(25);

    /// <param name="force">Also when the next key is new: who cached the key set an hour ago will refuse tokens until it fetches again.</param>
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

        // Keys that nobody else ever sees need not be published ahead: theirs is made and used at once.
        var made = ring.NewRow(purpose, next is null ? KeyState.Current : KeyState.Next, now);
        if (!await store.RotateAsync(current.Id, next?.Id, made, by, now, cancellationToken))
        {
            return new RotationOutcome.Overtaken(purpose);
        }

        await ring.ReloadAsync(cancellationToken);
        return new RotationOutcome.Rotated(purpose, current.Id, next?.Id ?? made.Id);
    }

    /// <summary>In an emergency: the key is neither used, nor published, nor accepted from this moment on; what it signed is dead.</summary>
    public async Task<RotationOutcome> RetireAsync(string id, Actor by, CancellationToken cancellationToken)
    {
        var rows = await store.AllAsync(cancellationToken);
        if (rows.Find(k => k.Id == id && k.State != KeyState.Retired) is not { } key)
        {
            return new RotationOutcome.UnknownKey(id);
        }

        if (key.State == KeyState.Current && await RotateAsync(key.Purpose, force: true, by, cancellationToken) is RotationOutcome.Overtaken overtaken)
        {
            return overtaken;
        }

        await store.RetireAsync(id, by, clock.GetUtcNow(), cancellationToken);
        await ring.ReloadAsync(cancellationToken);
        if (Enum.TryParse<SigningAlgorithm>(key.Purpose, out var algorithm))
        {
            // Where the next key was retired, there must be another.
            await ring.EnsureAsync(algorithm, cancellationToken);
        }

        return new RotationOutcome.Retired(id);
    }

    /// <summary>What the schedule wants now: rotates what is due, and stops publishing former keys that can have signed nothing that still lives.</summary>
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

/// <summary>Asks the schedule every hour. On several nodes one rotates; the others find it done.</summary>
internal sealed partial class KeySchedule(KeyRotation rotation, Settings settings, TimeProvider clock, ILogger<KeySchedule> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.KeyRotationInterval == TimeSpan.Zero)
        {
            return;
        }

        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Pause, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!stoppingToken.IsCancellationRequested)
            {
                await KeepAsync(stoppingToken);
            }
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var outcome in await rotation.KeepScheduleAsync(settings.KeyRotationInterval, cancellationToken))
            {
                Kept(logger, outcome.ToString());
            }
        }
        catch (Storage.StorageUnavailable away)
        {
            Postponed(logger, away);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    [LoggerMessage(LogLevel.Information, "Signing keys, by schedule: {Outcome}")]
    private static partial void Kept(ILogger logger, string outcome);

    [LoggerMessage(LogLevel.Warning, "Signing keys could not be looked after; the next hour tries again")]
    private static partial void Postponed(ILogger logger, Exception reason);
}
