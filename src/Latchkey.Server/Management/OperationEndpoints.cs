using System.Reflection;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.OpenApi;
using Latchkey.Server.OpenApi.Operations;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Latchkey.Server.Management;

/// <summary>What whoever runs the server looks at over REST: keys (never what they are), settings (never secrets), health.</summary>
internal static class OperationEndpoints
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/keys", KeysAsync).RequireAuthorization(ManagementPolicies.Read).Described(ServerOperations.Keys);
        app.MapPost("/api/v1/keys:rotate", RotateAsync).RequireAuthorization(ManagementPolicies.Write).Described(ServerOperations.RotateKey);
        app.MapGet("/api/v1/settings", ShowSettings).RequireAuthorization(ManagementPolicies.Read).Described(ServerOperations.Settings);
        app.MapGet("/api/v1/health", HealthAsync).RequireAuthorization(ManagementPolicies.Read).Described(ServerOperations.Health);
    }

    private static async Task<IResult> KeysAsync(KeyStore store, CancellationToken cancellationToken) => Answers.Ok(
        new KeyListAnswer([.. (await store.AllAsync(cancellationToken)).Select(k => new KeyBody(k.Id, k.Purpose, k.State, k.CreatedAt, k.InStateSince))]), ManagementJson.Default.KeyListAnswer);

    private static async Task<IResult> RotateAsync(HttpRequest http, ApiCaller caller, KeyRotation rotation, ConfigurationCache configuration, ILogger<ConfigurationStore> logger, CancellationToken cancellationToken)
    {
        var body = await JsonBody.ReadAsync(http, cancellationToken);
        var (purpose, force) = (body.Text("purpose", 32, required: true), body.YesNo("force") ?? false);
        if (body.WhatIsWrong() is { } problem)
        {
            return problem;
        }

        switch (await rotation.RotateAsync(purpose!, force, caller.Actor, cancellationToken))
        {
            case RotationOutcome.Rotated rotated:
                await configuration.ReloadAsync(cancellationToken);
                ChangeLog.Changed(logger, caller.Actor, $"rotated the {rotated.Purpose} key; current is", rotated.CurrentId);
                return Answers.Ok(new KeyRotatedAnswer(rotated.Purpose, rotated.FormerId, rotated.CurrentId), ManagementJson.Default.KeyRotatedAnswer);

            case RotationOutcome.TooSoon soon:
                return TooSoon(soon.Purpose, soon.From);

            case RotationOutcome.UnknownKey:
                return Problem.Invalid("purpose", "must be the purpose of a key that GET /api/v1/keys shows as current");

            case RotationOutcome.Overtaken:
                return Problem.Overtaken;

            default:
                throw new InvalidOperationException("no outcome of a rotation");
        }
    }

    private static IResult ShowSettings(Settings settings) => Answers.Ok(
        new SettingsAnswerBody(
            settings.BaseUrl,
            KindOf(settings),
            (long)settings.LoginRequestLifetime.TotalSeconds,
            (long)settings.ReportLifetime.TotalSeconds,
            (long)settings.ConsentLifetime.TotalSeconds,
            (long)settings.AuthorizationCodeLifetime.TotalSeconds,
            (long)settings.RefreshReuseWindow.TotalSeconds,
            (long)settings.CodeReplayGrace.TotalSeconds,
            settings.SettleTime.TotalSeconds,
            (long)settings.KeyRotationInterval.TotalSeconds,
            settings.RateLimitsEnabled,
            settings.CimdHostMap is not null,
            settings.CimdExtraCa is not null,
            settings.TrustedProxies.IsEmpty ? null : settings.TrustedProxies.ToString()),
        ManagementJson.Default.SettingsAnswerBody);

    private static async Task<IResult> HealthAsync(HealthCheckService checks, ConfigurationCache configuration, Settings settings, TimeProvider clock, CancellationToken cancellationToken) => Answers.Ok(
        new HealthAnswer(
            (await checks.CheckHealthAsync(check => check.Name == StorageHealthCheck.Name, cancellationToken)).Status == HealthStatus.Healthy ? "ok" : "storage_unavailable",
            typeof(OperationEndpoints).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown",
            KindOf(settings),
            configuration.Current.Version,
            configuration.Current.Resources.Count,
            configuration.Current.Connections.Count,
            clock.GetUtcNow()),
        ManagementJson.Default.HealthAnswer);

    public static Problem TooSoon(string purpose, DateTimeOffset from) => new(
        409, "rotation_too_soon", $"The next {purpose} key is published since less than a day, and who keeps the key set does not know it yet. Rotate after {from:yyyy-MM-dd HH:mm}Z, or with force: true.");

    /// <summary>Never the rest of the setting: it may hold a password.</summary>
    private static string KindOf(Settings settings) => settings.StorageOrDefault.Split(':')[0];
}

internal sealed record KeyListAnswer(IReadOnlyList<KeyBody> Keys);

/// <param name="State"><c>current</c>, <c>next</c>, <c>former</c> (good for what it signed) or <c>retired</c>.</param>
internal sealed record KeyBody(string Id, string Purpose, string State, DateTimeOffset CreateTime, DateTimeOffset StateTime);

internal sealed record KeyRotatedAnswer(string Purpose, string FormerId, string CurrentId);

/// <summary>Durations in seconds.</summary>
internal sealed record SettingsAnswerBody(
    string BaseUrl,
    string Storage,
    long LoginRequestLifetime,
    long ReportLifetime,
    long ConsentLifetime,
    long AuthorizationCodeLifetime,
    long RefreshReuseWindow,
    long CodeReplayGrace,
    double SettleTime,
    long KeyRotationInterval,
    bool RateLimitsEnabled,
    bool CimdHostMapIsSet,
    bool CimdExtraCaIsSet,
    string? TrustedProxies);

internal sealed record HealthAnswer(string Status, string Version, string Storage, long ConfigurationVersion, int Resources, int Connections, DateTimeOffset Time);
