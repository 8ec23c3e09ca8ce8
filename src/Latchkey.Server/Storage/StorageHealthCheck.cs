using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Storage;

/// <summary>The database answers, and no migration is missing.</summary>
internal sealed class StorageHealthCheck(IDatabase database) : IHealthCheck
{
    public const string Name = "storage";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        await database.IsReadyAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("storage is not reachable, or its migrations are not done");
}
