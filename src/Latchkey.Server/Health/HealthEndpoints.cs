using Latchkey.Server.Limits;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Health;

/// <summary>
/// The health checks. <c>/healthz</c> (liveness) runs none of them: the process answers. <c>/readyz</c> (readiness) runs all: the server is
/// not stopping, the database is reachable and migrated.
/// </summary>
internal static class HealthEndpoints
{
    public static void Add(IServiceCollection services) => services.AddSingleton<StorageHealthCheck>().AddHealthChecks()
        .AddCheck<ShutdownHealthCheck>("shutdown")
        .AddCheck<StorageHealthCheck>(StorageHealthCheck.Name);

    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/healthz", "ok", _ => false);
        Map(app, "/readyz", "ready", _ => true);
    }

    private static void Map(IEndpointRouteBuilder app, string path, string healthy, Func<HealthCheckRegistration, bool> checks) =>
        app.MapHealthChecks(path, new()
        {
            Predicate = checks,
            AllowCachingResponses = true,
            ResponseWriter = (http, report) =>
            {
                var failed = report.Entries.Values.FirstOrDefault(entry => entry.Status != HealthStatus.Healthy);
                return TypedResults.Text($"{failed.Description ?? healthy}\n", statusCode: http.Response.StatusCode).ExecuteAsync(http);
            },
        }).WithMetadata(new HttpMethodMetadata([HttpMethods.Get])).Costs(new RouteCost.Exempt(
            "An orchestrator restarts a server that does not answer, and may share the network of a flood. "
            + "One check of the storage serves all concurrent requests."));

    private sealed class ShutdownHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
                ? HealthCheckResult.Unhealthy("stopping")
                : HealthCheckResult.Healthy());
    }
}
