using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Management.Server;

internal static class GetHealth
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/health", HandleAsync)
        .Describe(ManagementPolicies.Read, new(
            "GetHealth", OperationTags.Server, "Read the health", OperationResponse.Ok(() => Samples.Health)));

    private static async Task<IResult> HandleAsync(
        HealthCheckService health, ConfigurationCache configuration, Settings settings, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var storage = await health.CheckHealthAsync(check => check.Name == StorageHealthCheck.Name, cancellationToken);
        return JsonResponses.Ok(
            new HealthResponse(
                storage.Status == HealthStatus.Unhealthy ? "storage_unavailable" : "ok",
                ProgramVersion.Text,
                settings.StorageKind,
                configuration.Current.Version,
                configuration.Current.Resources.Count,
                configuration.Current.Connections.Count,
                clock.GetUtcNow()));
    }
}

internal sealed record HealthResponse(
    string Status, string Version, string Storage, long ConfigurationVersion, int Resources, int Connections, DateTimeOffset Time);
