using System.Data.Common;
using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Storage;

/// <summary>
/// The database accepts a write, no migration is missing, and its clock agrees with that of this node. The result comes within the time
/// limit even when the database hangs: 1. one check runs at a time and serves all concurrent requests; 2. its result is kept for a second,
/// so that any number of requests costs one write per second; 3. a check that is still running at the limit is reported as hanging.
/// </summary>
internal sealed class StorageHealthCheck(IDatabase database, NodeHeartbeat heartbeat, TimeProvider clock) : IHealthCheck
{
    public const string Name = "storage";

    /// <summary>The key of the code in the data of a result.</summary>
    public const string Code = "code";

    public static readonly TimeSpan MaxOffset = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(1);

    private readonly Lock gate = new();
    private Task<HealthCheckResult> underWay = Task.FromResult(HealthCheckResult.Unhealthy());
    private long? completedAt;
    private long offsetTicks = long.MinValue;

    /// <summary>
    /// How far the clock of this node was ahead of that of the database at the latest check, and begins another one. Null when there was
    /// none, or when the database runs on the clock of this node.
    /// </summary>
    public TimeSpan? LatestClockOffset()
    {
        _ = Shared();
        return Interlocked.Read(ref offsetTicks) is not long.MinValue and var ticks ? new(ticks) : null;
    }

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return await Shared().WaitAsync(Limit, clock, cancellationToken);
        }
        catch (TimeoutException)
        {
            return Unhealthy(StorageProblem.Hangs);
        }
    }

    private Task<HealthCheckResult> Shared()
    {
        lock (gate)
        {
            if (underWay.IsCompleted && (completedAt is not { } at || clock.GetElapsedTime(at) >= Kept))
            {
                completedAt = null;

                // A read of SQLite blocks its thread as long as another process holds the file.
                underWay = Task.Run(CheckAsync);
            }

            return underWay;
        }
    }

    private async Task<HealthCheckResult> CheckAsync()
    {
        try
        {
            await heartbeat.WriteAsync(CancellationToken.None);
            var asked = clock.GetTimestamp();
            return await database.IsReadyAsync(CancellationToken.None) ? await CompareClocksAsync()
                : Unhealthy(clock.GetElapsedTime(asked) < Limit ? StorageProblem.NotMigrated : StorageProblem.Hangs);
        }
        catch (Exception problem) when (problem is StorageUnavailable or UnusableDatabase or DbException)
        {
            return Unhealthy(StorageProblem.Of(problem));
        }
        finally
        {
            lock (gate)
            {
                completedAt = clock.GetTimestamp();
            }
        }
    }

    /// <summary>Limits of seconds are compared between nodes, so a wrong clock of one node is told. The server goes on with it.</summary>
    private async Task<HealthCheckResult> CompareClocksAsync()
    {
        var before = clock.GetUtcNow();
        if (await database.ClockAsync(CancellationToken.None) is not { } ofDatabase)
        {
            return HealthCheckResult.Healthy();
        }

        var offset = before + ((clock.GetUtcNow() - before) / 2) - ofDatabase;
        Interlocked.Exchange(ref offsetTicks, offset.Ticks);
        var data = new Dictionary<string, object>(StringComparer.Ordinal) { ["clock_offset_ms"] = (long)offset.TotalMilliseconds };
        if (offset.Duration() <= MaxOffset)
        {
            return HealthCheckResult.Healthy(data: data);
        }

        data[Code] = "clock_offset";
        return HealthCheckResult.Degraded(
            string.Create(
                CultureInfo.InvariantCulture,
                $"The clock of this node is {Math.Abs(offset.TotalSeconds):0.0} s {(offset > TimeSpan.Zero ? "ahead of" : "behind")} the "
                + $"clock of the database. Synchronize it (NTP)."),
            data: data);
    }

    private static HealthCheckResult Unhealthy(StorageProblem problem) => HealthCheckResult.Unhealthy(
        problem.Detail, data: new Dictionary<string, object>(StringComparer.Ordinal) { [Code] = problem.Code });
}
