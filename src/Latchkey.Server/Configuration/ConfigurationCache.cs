using Latchkey.Server.Keys;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Configuration;

/// <summary>
/// The configuration in memory: read without waiting by every request, replaced within a second after any process or node changed it,
/// and at once by this process's own changes. Grants, codes, login requests and revocations are never here.
/// </summary>
internal sealed partial class ConfigurationCache(IDatabase database, ConfigurationStore store, KeyRing keys, ILogger<ConfigurationCache> logger) : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim loading = new(1, 1);
    private volatile ConfigurationSnapshot current = ConfigurationSnapshot.Empty;
    private IAsyncDisposable? watch;

    public ConfigurationSnapshot Current => current;

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        await ReloadAsync(cancellationToken);
        watch = database.WatchConfiguration(version =>
        {
            if (version != current.Version)
            {
                _ = ReloadQuietlyAsync();
            }
        });
    }

    /// <summary>Reads the configuration anew; called after each of our own changes, before their answer leaves.</summary>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        await loading.WaitAsync(cancellationToken);
        try
        {
            // Keys first: who sees a resource must find the keys its tokens are signed with.
            await keys.ReloadAsync(cancellationToken);
            current = await store.LoadAsync(cancellationToken);
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

        loading.Dispose();
    }

    private async Task ReloadQuietlyAsync()
    {
        while (true)
        {
            try
            {
                await ReloadAsync(CancellationToken.None);
                return;
            }
            catch (StorageUnavailable away)
            {
                // The watch said it once and will not repeat it: until the read succeeds, requests see the configuration they saw before.
                ReloadFailed(logger, away);
                await Task.Delay(RetryPause);
            }
            catch (Exception unreadable) when (unreadable is CorruptRow or UnusableSetting)
            {
                // A broken row, or keys that were sealed with another key meanwhile. No waiting mends it; whoever mends it changes the configuration, and that is heard of.
                ReloadRefused(logger, unreadable);
                return;
            }
            catch (ObjectDisposedException)
            {
                // The server is stopping.
                return;
            }
        }
    }

    [LoggerMessage(LogLevel.Warning, "The configuration changed but could not be read; the former one stays in force until it can")]
    private static partial void ReloadFailed(ILogger logger, Exception reason);

    [LoggerMessage(LogLevel.Error, "The configuration changed but holds a row or a key that cannot be read; the former one stays in force until that is mended by another change")]
    private static partial void ReloadRefused(ILogger logger, Exception reason);
}
