using Latchkey.Server.Storage;

namespace Latchkey.Server;

/// <summary>Deletes expired rows in small batches. Any number of nodes may run it at once.</summary>
internal sealed partial class Cleanup(IEnumerable<Sweep> sweeps, TimeProvider clock, ILogger<Cleanup> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(200);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Pause, clock, stoppingToken);
                await SweepAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The server is stopping.
        }
    }

    /// <summary>Runs one clean-up to its end.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        try
        {
            int deleted;
            do
            {
                deleted = 0;
                foreach (var sweep in sweeps)
                {
                    deleted += await sweep.DeleteAsync(clock.GetUtcNow(), cancellationToken);
                }

                await Task.Delay(BetweenBatches, clock, cancellationToken);
            }
            while (deleted > 0);
        }
        catch (StorageUnavailable away)
        {
            SweepFailed(logger, away);
        }
    }

    [LoggerMessage(LogLevel.Warning, "Expired rows could not be deleted; the next cleanup retries")]
    private static partial void SweepFailed(ILogger logger, Exception reason);
}
