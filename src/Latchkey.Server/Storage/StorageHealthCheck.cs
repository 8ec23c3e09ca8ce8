using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Storage;

/// <summary>
/// The database answers, and no migration is missing. Concurrent requests share one check, so that any number of them costs one connection.
/// </summary>
internal sealed class StorageHealthCheck(IDatabase database) : IHealthCheck
{
    public const string Name = "storage";

    private readonly Lock gate = new();
    private Task<bool> underWay = Task.FromResult(false);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await Shared().WaitAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("storage is not reachable, or its migrations are not done");

    private Task<bool> Shared()
    {
        lock (gate)
        {
            return underWay.IsCompleted ? underWay = database.IsReadyAsync(CancellationToken.None) : underWay;
        }
    }
}
