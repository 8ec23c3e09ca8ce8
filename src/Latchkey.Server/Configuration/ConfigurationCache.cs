using System.Threading.Channels;
using Latchkey.Server.Keys;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Configuration;

/// <summary>
/// The configuration in memory. Every request reads it without waiting. It is replaced at once after a change by this process, and within a
/// second after a change by another process or node. Grants, codes, login requests and revocations are never cached.
/// </summary>
internal sealed class ConfigurationCache(
    IDatabase database, ConfigurationStore store, KeyRing keys, Supervisor supervisor, WebhookOutbox? outbox = null) : IAsyncDisposable
{
    private const string ReloadName = "reload of the configuration";
    private static readonly RetryPace ReloadPace = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));

    /// <summary>Holds one entry while a change by another process or node is not read yet.</summary>
    private readonly Channel<long> unread = Channel.CreateBounded<long>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile ConfigurationSnapshot current = ConfigurationSnapshot.Empty;
    private IAsyncDisposable? watch;
    private IAsyncDisposable? reloads;

    public ConfigurationSnapshot Current => current;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReloadAsync(cancellationToken);
        reloads = supervisor.Start(ReloadName, ReloadWhenChangedAsync, ReloadPace);
        watch = database.WatchConfiguration(supervisor, version =>
        {
            if (version != current.Version)
            {
                unread.Writer.TryWrite(version);
            }
        });
    }

    /// <summary>Reads the configuration again. Called after each change by this process, before its response is sent.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            // The version is read before everything it vouches for: a change in between leaves the version behind, so that the watch
            // reloads again. Read after the keys, it would vouch for keys that another node has retired since. The keys are in use before
            // the configuration is, because a request that sees a resource needs its signing keys. An unreadable row of the configuration
            // must not keep a retired key alive.
            ConfigurationSnapshot latest;
            try
            {
                latest = await store.LoadAsync(cancellationToken);
            }
            finally
            {
                await keys.ReloadAsync(cancellationToken);
            }

            current = latest;
            outbox?.Follow(latest.Webhooks);
        }
        finally
        {
            loading.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (watch is not null)
        {
            await watch.DisposeAsync();
        }

        if (reloads is not null)
        {
            await reloads.DisposeAsync();
        }

        loading.Dispose();
    }

    /// <summary>
    /// Until a reload succeeds, requests use the previous configuration, whether the database cannot be reached or a row or key cannot be
    /// read. The watch does not notify again, so a failed reload is tried again;
    /// a further change, which may be the repair, is read at once.
    /// </summary>
    private async Task ReloadWhenChangedAsync(CancellationToken stop)
    {
        while (true)
        {
            // Taken before the reload: a change that arrives during it is not lost.
            await unread.Reader.ReadAsync(stop);
            for (var failures = 1; !await supervisor.TryAsync(ReloadName, ReloadAsync, stop); failures++)
            {
                await Task.WhenAny(
                    unread.Reader.WaitToReadAsync(stop).AsTask(), Task.Delay(ReloadPace.PauseAfter(failures), TimeProvider.System, stop));
                stop.ThrowIfCancellationRequested();
                unread.Reader.TryRead(out _);
            }
        }
    }
}
