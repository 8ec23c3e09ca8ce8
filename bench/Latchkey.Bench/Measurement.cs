using System.Diagnostics;

namespace Latchkey.Bench;

/// <summary>The loops. Both end by themselves: a number of operations, and for the open loop a limit of time.</summary>
internal sealed class Measurement(Scene scene, ServerProgram server)
{
    private const int Workers = 8;
    private static readonly TimeSpan MaxOpenLoop = TimeSpan.FromSeconds(10);

    public Task WarmUpAsync(int operations, Func<Task> operation) => ClosedLoopAsync(operations, operation);

    /// <summary>Operations as fast as eight workers get answers, then at half that rate whatever the answers do.</summary>
    public async Task<OperationFigures> RunAsync(Operation operation, Actors actors, int operations, double bytesAllocated)
    {
        await ClosedLoopAsync(operations, () => operation.PrepareAsync(actors));
        var (serverBefore, databaseBefore, watch) = (ProcessFigures.CpuSeconds(server.Pid), DatabaseCpu(), Stopwatch.StartNew());
        await ClosedLoopAsync(operations, () => operation.RunAsync(actors));
        var rate = operations / watch.Elapsed.TotalSeconds;
        var (serverCpu, databaseCpu) = (ProcessFigures.CpuSeconds(server.Pid) - serverBefore, DatabaseCpu() - databaseBefore);

        var openOperations = (int)Math.Min(operations, rate / 2 * MaxOpenLoop.TotalSeconds);
        await ClosedLoopAsync(openOperations, () => operation.PrepareAsync(actors));
        var latencies = await OpenLoopAsync(openOperations, rate / 2, () => operation.RunAsync(actors));
        return new(
            scene.Store, scene.Algorithm, operation.Name, serverCpu * 1000 / operations, databaseCpu * 1000 / operations, bytesAllocated, rate, rate / 2,
            Quantile(latencies, 0.5), Quantile(latencies, 0.99), Quantile(latencies, 0.999));
    }

    /// <summary>Bytes the server allocates for one operation.</summary>
    public async Task<double> BytesAsync(Operation operation, Actors actors, int operations)
    {
        await ClosedLoopAsync(operations, () => operation.PrepareAsync(actors));
        var before = await server.BytesAllocatedAsync();
        await ClosedLoopAsync(operations, () => operation.RunAsync(actors));
        return (double)(await server.BytesAllocatedAsync() - before) / operations;
    }

    private static async Task ClosedLoopAsync(int operations, Func<Task> operation)
    {
        var next = -1;
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) < operations)
            {
                await operation();
            }
        })));
    }

    /// <summary>An operation is due at a fixed time; how long it takes counts from then, also when the one before is late (no coordinated omission).</summary>
    /// <returns>Milliseconds, sorted.</returns>
    private static async Task<double[]> OpenLoopAsync(int operations, double perSecond, Func<Task> operation)
    {
        var running = new Task<double>[operations];
        var watch = Stopwatch.StartNew();

        // A thread of its own that gives way whenever anybody else has work: a timer comes a millisecond late or three.
        await Task.Factory.StartNew(
            () =>
            {
                for (var i = 0; i < operations; i++)
                {
                    var due = TimeSpan.FromSeconds(i / perSecond);
                    while (watch.Elapsed < due)
                    {
                        Thread.Yield();
                    }

                    running[i] = Task.Run(() => TimedAsync(due));
                }
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        var latencies = await Task.WhenAll(running);
        Array.Sort(latencies);
        return latencies;

        async Task<double> TimedAsync(TimeSpan due)
        {
            await operation();
            return (watch.Elapsed - due).TotalMilliseconds;
        }
    }

    private static double Quantile(double[] sorted, double quantile) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];

    private double DatabaseCpu() => scene.Postgres is { } postgres ? ProcessFigures.CpuSecondsOfFamily(postgres.Pid) : 0;
}
