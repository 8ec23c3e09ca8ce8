using System.Diagnostics;

namespace Latchkey.Bench;

/// <summary>The measuring loops. Both end after a number of operations, the open loop also after a time limit.</summary>
internal sealed class Measurement(Scenario scenario, ServerProgram server)
{
    private const int Workers = 8;
    private static readonly TimeSpan MaxOpenLoop = TimeSpan.FromSeconds(10);

    public Task WarmUpAsync(int operations, Func<Task> operation) => ClosedLoopAsync(operations, operation);

    /// <summary>A closed loop with eight workers, then an open loop at half the measured rate.</summary>
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
            scenario.Store, scenario.Algorithm, operation.Name, serverCpu * 1000 / operations, databaseCpu * 1000 / operations,
            bytesAllocated, rate, rate / 2, Quantile(latencies, 0.5), Quantile(latencies, 0.99), Quantile(latencies, 0.999));
    }

    /// <summary>The bytes that the server allocates per operation.</summary>
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

    /// <summary>Each operation is due at a fixed time. Its latency counts from that time, even if the operation before it is late (no
    /// coordinated omission).</summary>
    /// <returns>The latencies in milliseconds, sorted.</returns>
    private static async Task<double[]> OpenLoopAsync(int operations, double perSecond, Func<Task> operation)
    {
        var running = new Task<double>[operations];
        var watch = Stopwatch.StartNew();

        // A dedicated thread that yields to other threads: a timer would be one to three milliseconds late.
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

    private static double Quantile(double[] sorted, double quantile) =>
        sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];

    private double DatabaseCpu() => scenario.Postgres is { } postgres ? ProcessFigures.CpuSecondsOfTree(postgres.Pid) : 0;
}
