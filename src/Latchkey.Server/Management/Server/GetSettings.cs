namespace Latchkey.Server.Management.Server;

internal static class GetSettings
{
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/api/v1/settings", Handle)
        .RequireAuthorization(ManagementPolicies.Read)
        .Describe(new("GetSettings", OperationTags.Server, "Read the settings", OperationResponse.Ok(() => Samples.Settings))
        {
            Description = "Durations in seconds; never a secret.",
        });

    /// <summary>The kind of the database and no more of the setting, which may contain a password.</summary>
    public static string StorageKind(Settings settings) => settings.StorageOrDefault.Split(':')[0];

    private static IResult Handle(Settings settings) => Answers.Ok(
        new SettingsAnswerBody(
            settings.BaseUrl,
            StorageKind(settings),
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
            settings.TrustedProxies.IsEmpty ? null : settings.TrustedProxies.ToString()));
}

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
