using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;

namespace Latchkey.Server;

/// <summary>
/// Deletes expired rows in small batches. Any number of nodes may run it at once. Each kind of rows is deleted by itself: one that fails,
/// for example because the database refuses its DELETE, does not stop the others.
/// </summary>
internal sealed class Cleanup(IEnumerable<Sweep> sweeps, Supervisor supervisor, TimeProvider clock)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan BetweenBatches = TimeSpan.FromMilliseconds(200);

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stop);
            await SweepAsync(stop);
        }
    }

    /// <summary>Runs one clean-up to its end.</summary>
    public async Task SweepAsync(CancellationToken cancellationToken)
    {
        var left = sweeps.ToList();
        while (left.Count > 0)
        {
            foreach (var sweep in left.ToList())
            {
                if (!await HasMoreAsync(sweep, cancellationToken))
                {
                    left.Remove(sweep);
                }
            }

            await Task.Delay(BetweenBatches, clock, cancellationToken);
        }
    }

    /// <summary>Deletes one batch. Returns false when no more rows have expired, or when the batch failed.</summary>
    private async Task<bool> HasMoreAsync(Sweep sweep, CancellationToken cancellationToken)
    {
        var deleted = 0;
        await supervisor.TryAsync(
            $"cleanup of {sweep.Rows}",
            async stop => deleted = await sweep.DeleteAsync(clock.GetUtcNow(), stop),
            cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        return deleted > 0;
    }
}
