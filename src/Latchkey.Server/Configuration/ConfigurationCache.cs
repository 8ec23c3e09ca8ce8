using Latchkey.Server.Keys;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Configuration;

/// <summary>
/// The configuration in memory. Every request reads it without waiting. It is replaced at once after a change by this process, and within a
/// second after a change by another process or node. Grants, codes, login requests and revocations are never cached.
/// </summary>
internal sealed partial class ConfigurationCache(
    IDatabase database, ConfigurationStore store, KeyRing keys, ILogger<ConfigurationCache> logger) : IAsyncDisposable
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
                // The watch does not notify again, so this retries. Until then requests use the previous configuration.
                ReloadFailed(logger, away);
                await Task.Delay(RetryPause);
            }
            catch (Exception unreadable) when (unreadable is CorruptRow or UnusableSetting)
            {
                // A corrupt row, or keys sealed with another key. A retry cannot help; the repair is a change that is notified.
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

    [LoggerMessage(LogLevel.Warning, "The configuration changed but cannot be read; the previous one is used until a retry succeeds")]
    private static partial void ReloadFailed(ILogger logger, Exception reason);

    [LoggerMessage(
        LogLevel.Error,
        "The configuration changed but contains an unreadable row or key; the previous one is used until a further change repairs it")]
    private static partial void ReloadRefused(ILogger logger, Exception reason);
}
