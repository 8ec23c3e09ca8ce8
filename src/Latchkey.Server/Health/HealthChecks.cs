using System.Globalization;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Health;

/// <summary>The server is not stopping.</summary>
internal sealed class ShutdownHealthCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested
            ? HealthCheckResult.Unhealthy("The server is shutting down.", data: HealthData.Of("stopping"))
            : HealthCheckResult.Healthy());
}

/// <summary>The file of the key-encryption key still exists. The running server has read it; the next start would fail.</summary>
internal sealed class KeyFileHealthCheck(Settings settings) : IHealthCheck
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (settings.KeyEncryptionKeyFile is not { } file)
        {
            return HealthCheckResult.Healthy();
        }

        try
        {
            // A network file system may hang.
            return await Task.Run(() => File.Exists(file), cancellationToken).WaitAsync(Limit, cancellationToken)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Degraded(
                    "The file of the key-encryption key is missing. This server goes on, but cannot be started again: put the file back.",
                    data: HealthData.Of("key_file_missing"));
        }
        catch (TimeoutException)
        {
            return HealthCheckResult.Degraded(
                "The file system of the key-encryption key does not answer.", data: HealthData.Of("key_file_hangs"));
        }
    }
}

/// <summary>The TLS certificate is valid for the next two weeks, and its files hold the certificate in use.</summary>
internal sealed class CertificateHealthCheck(ServerCertificate certificate, TimeProvider clock) : IHealthCheck
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(certificate.ExpiresAt is { } expiresAt ? Of(expiresAt) : HealthCheckResult.Healthy());

    private HealthCheckResult Of(DateTimeOffset expiresAt)
    {
        var left = expiresAt - clock.GetUtcNow();
        var (code, detail) = left <= TimeSpan.Zero ? ("certificate_expired", "The TLS certificate has expired: clients refuse to connect.")
            : certificate.HasUnusableFiles ? (
                "certificate_not_replaced",
                "The files of the TLS certificate were changed and cannot be used. The former certificate stays in use; see the log.")
            : left <= Soon ? ("certificate_expires_soon", string.Create(
                CultureInfo.InvariantCulture, $"The TLS certificate expires in {Math.Floor(left.TotalDays)} days. Renew its files."))
            : (null, null);
        var data = HealthData.Of(code);
        data["expires_at"] = expiresAt;
        return code is null ? HealthCheckResult.Healthy(data: data) : HealthCheckResult.Degraded(detail, data: data);
    }
}

/// <summary>The sign-in log has lost no event since the start.</summary>
internal sealed class SignInLogHealthCheck(SignInLoss loss) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (loss.Total is not (> 0 and var lost))
        {
            return Task.FromResult(HealthCheckResult.Healthy());
        }

        var data = HealthData.Of("sign_in_events_lost");
        data["lost"] = lost;
        return Task.FromResult(HealthCheckResult.Degraded(
            "Events of the sign-in log were lost, because its storage failed or was too slow. Sign-ins are not affected.", data: data));
    }
}

/// <summary>The members of a health check beside its name, status and sentence.</summary>
internal static class HealthData
{
    public static Dictionary<string, object> Of(string? code)
    {
        var data = new Dictionary<string, object>(StringComparer.Ordinal);
        if (code is not null)
        {
            data[StorageHealthCheck.Code] = code;
        }

        return data;
    }
}
