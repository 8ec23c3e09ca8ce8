using System.Collections;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server;

/// <summary>
/// The settings, read once at start-up from <see cref="SettingsSources"/>. A member holds its default; its key, bounds and description
/// are a line of <see cref="SettingsTable"/>.
/// </summary>
internal sealed record Settings
{
    public string BaseUrl { get; init; } = "http://localhost:5480";

    /// <summary>URLs to listen on. When empty, 127.0.0.1 and [::1] at the port of the base URL.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];
    public string? TlsCertificateFile { get; init; }
    public string? TlsKeyFile { get; init; }
    public string? Storage { get; init; }
    public string DataDirectory { get; init; } = ".latchkey";

    /// <summary>The tag of a <see cref="Languages.Language"/>.</summary>
    public string DefaultLanguage { get; init; } = "en";
    public string? KeyEncryptionKey { get; init; }
    public string? BootstrapApiClientId { get; init; }
    public string? BootstrapApiClientSecret { get; init; }
    public string? BootstrapOperatorEmail { get; init; }
    public string? BootstrapOperatorPassword { get; init; }
    public const string Off = "off";

    public TimeSpan LoginRequestLifetime { get; init; } = TimeSpan.FromMinutes(15);
    public TimeSpan ReportLifetime { get; init; } = TimeSpan.FromMinutes(2);
    public TimeSpan ConsentLifetime { get; init; } = TimeSpan.FromMinutes(10);
    public TimeSpan AuthorizationCodeLifetime { get; init; } = TimeSpan.FromMinutes(1);
    public TimeSpan RefreshReuseWindow { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan CodeReplayGrace { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a signing key is used. Zero: keys rotate only by command.</summary>
    public TimeSpan KeyRotationInterval { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long an unused registration lives. Zero: registrations do not expire.</summary>
    public TimeSpan RegistrationLifetime { get; init; } = TimeSpan.FromDays(90);
    public string? CimdHostMap { get; init; }
    public string? CimdExtraCa { get; init; }
    public string? CimdKnownClients { get; init; }
    /// <summary>May contain a password.</summary>
    public string? CimdProxy { get; init; }

    /// <summary>A URL, or <see cref="Off"/>.</summary>
    public string CimdProbe { get; init; } = "https://vscode.dev/oauth/client-metadata.json";

    /// <summary><c>auto</c>, <c>always</c> or <c>never</c>.</summary>
    public string CimdAdvertise { get; init; } = "auto";
    public const int MostSignIns = 100_000_000;
    public TimeSpan SignInRetention { get; init; } = TimeSpan.FromDays(30);
    public int MaxSignIns { get; init; } = 2_000_000;
    public RecordedAddresses SignInAddresses { get; init; } = RecordedAddresses.Full;

    /// <summary>Whether operators of role viewer see e-mail addresses and names of people in the dashboard.</summary>
    public bool ViewersSeePeople { get; init; } = true;
    public TimeSpan WebhookRetention { get; init; } = TimeSpan.FromDays(14);

    /// <summary>Networks without public addresses where webhook endpoints may be, also by http and on any port.</summary>
    public NetworkList WebhookPrivateNetworks { get; init; } = NetworkList.None;
    public bool RateLimitsEnabled { get; init; } = true;
    public int RequestsPerMinute { get; init; } = 30_000;
    public int StoredMegabytesPerHour { get; init; } = 8;
    public int StoredMegabytesInTotal { get; init; } = 4_096;
    public int StoredRowsInTotal { get; init; } = 2_000_000;
    public int RefusalsPerMinute { get; init; } = 20;
    public int RegistrationsPerHour { get; init; } = 5_000;
    public int AuthorizationsPerMinute { get; init; } = 3_000;
    public int DocumentFetchesPerMinute { get; init; } = 300;
    public int FailuresPerMinute { get; init; } = 600;

    /// <summary>Networks of hosted clients: many users behind few addresses.</summary>
    public NetworkList KnownNetworks { get; init; } = NetworkList.None;

    /// <summary>Reverse proxies whose <c>X-Forwarded-For</c> is trusted.</summary>
    public NetworkList TrustedProxies { get; init; } = NetworkList.None;
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>The URL on whose port Prometheus reads the metrics. Null: none.</summary>
    public string? MetricsListen { get; init; }

    /// <summary>The environment variables <c>OTEL_*</c>.</summary>
    public OpenTelemetryVariables OpenTelemetry { get; init; } = OpenTelemetryVariables.None;

    /// <summary>The section <c>Logging</c>, which the framework reads.</summary>
    public IConfiguration Logging { get; init; } = SettingsSources.DefaultLogging;

    public bool IsHttps => BaseUrl.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>True when the base URL can only be reached from this machine.</summary>
    public bool IsLoopback => SettingsTable.IsLoopbackHost(new Uri(BaseUrl).Host);

    /// <summary>How long a start waits for PostgreSQL.</summary>
    public TimeSpan StorageWait { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The source of each value that is not the default, by key.</summary>
    public IReadOnlyDictionary<string, string> Origins { get; init; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    public string StorageOrDefault => Storage ?? "sqlite:latchkey.db";

    /// <summary>The absolute path of a file that a setting names. A relative path is below the data directory.</summary>
    public string InDataDirectory(string path) => Path.GetFullPath(Path.Combine(DataDirectory, path));

    /// <summary>The file that holds the key-encryption key, or null when the setting holds the key itself.</summary>
    public string? KeyEncryptionKeyFile =>
        KeyEncryptionKey is not { } setting ? Path.Combine(DataDirectory, "key-encryption-key")
        : setting.StartsWith(SettingFile.Prefix, StringComparison.Ordinal) ? setting[SettingFile.Prefix.Length..]
        : null;

    /// <summary><c>sqlite</c> or <c>postgres</c>: the part of the setting that holds no password.</summary>
    public string StorageKind => StorageOrDefault.StartsWith("sqlite:", StringComparison.Ordinal) ? "sqlite" : "postgres";

    /// <summary>Reads the settings. Returns all errors at once, one sentence each.</summary>
    public static SettingsAnswer Read(IDictionary environment, string workingDirectory, IReadOnlyList<string>? arguments = null)
    {
        var errors = new List<string>();
        var sources = SettingsSources.Load(environment, workingDirectory, arguments ?? [], errors);
        var logging = sources.Configuration.GetSection(SettingsSources.LoggingSection);
        var settings = SettingsTable.Read(sources.Configuration.GetSection(SettingsSources.Section), errors) with
        {
            Logging = logging,
            OpenTelemetry = OpenTelemetryVariables.Of(environment),
            Origins = sources.Origins,
        };
        errors.AddRange(settings.OpenTelemetry.Errors());
        errors.AddRange(ErrorsBetween(settings, errors.ToList()));
        errors.AddRange(SettingsSources.LoggingErrors(logging));
        var hints = UnreadVariables.In(environment);
        return errors.Count == 0 ? new SettingsAnswer.Valid(settings, hints) : new SettingsAnswer.Invalid([.. errors, .. hints]);
    }

    /// <summary>Returns the errors of settings that are valid alone but not together.</summary>
    /// <param name="before">The errors of the settings alone: one that is invalid is not also missing.</param>
    private static IEnumerable<string> ErrorsBetween(Settings settings, List<string> before)
    {
        if (settings.BootstrapApiClientId is null != settings.BootstrapApiClientSecret is null
            && !before.Exists(error => error.StartsWith("Bootstrap:ApiClient", StringComparison.Ordinal)))
        {
            yield return "Bootstrap:ApiClientId and Bootstrap:ApiClientSecret are set together or not at all.";
        }

        if (settings.BootstrapOperatorEmail is null != settings.BootstrapOperatorPassword is null
            && !before.Exists(error => error.StartsWith("Bootstrap:Operator", StringComparison.Ordinal)))
        {
            yield return "Bootstrap:OperatorEmail and Bootstrap:OperatorPassword are set together or not at all.";
        }

        if (settings.TlsCertificateFile is null != settings.TlsKeyFile is null)
        {
            yield return "Tls:CertificateFile and Tls:KeyFile are set together or not at all.";
        }

        if (settings.MetricsListen is { } metrics
            && settings.Listen.DefaultIfEmpty(settings.BaseUrl)
                .Any(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Port == new Uri(metrics).Port))
        {
            yield return "Metrics:Listen must have a port of its own, because the metrics are not for the callers of the server.";
        }
    }
}

internal abstract record SettingsAnswer
{
    private SettingsAnswer() { }

    /// <param name="Hints">Sentences about variables that look like settings and are none.</param>
    public sealed record Valid(Settings Settings, IReadOnlyList<string> Hints) : SettingsAnswer;

    public sealed record Invalid(IReadOnlyList<string> Errors) : SettingsAnswer;
}
