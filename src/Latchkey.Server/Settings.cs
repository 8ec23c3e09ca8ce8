using System.Collections;
using System.Globalization;
using System.Net;
using Latchkey.Server.Ports;
using YamlDotNet.RepresentationModel;

namespace Latchkey.Server;

/// <summary>
/// Everything that can be set from outside, read once at start-up: environment variables <c>Latchkey__…</c> over
/// <c>latchkey.settings.yaml</c> (section <c>Latchkey</c>) in the working directory. Unknown keys are an error that names them.
/// </summary>
internal sealed record Settings
{
    public string BaseUrl { get; init; } = "http://localhost:5480";

    /// <summary>URLs to listen on; empty: 127.0.0.1 and [::1] at the base URL's port.</summary>
    public IReadOnlyList<string> Listen { get; init; } = [];
    public string? TlsCertificateFile { get; init; }
    public string? TlsKeyFile { get; init; }
    public string? Storage { get; init; }
    public string DataDirectory { get; init; } = ".latchkey";
    public string? KeyEncryptionKey { get; init; }
    public string? BootstrapApiClientId { get; init; }
    public string? BootstrapApiClientSecret { get; init; }
    public string? BootstrapOperatorEmail { get; init; }
    public string? BootstrapOperatorPassword { get; init; }
    public TimeSpan LoginRequestLifetime { get; init; } = TimeSpan.FromMinutes(10);
    public TimeSpan ReportLifetime { get; init; } = TimeSpan.FromMinutes(2);
    public TimeSpan ConsentLifetime { get; init; } = TimeSpan.FromMinutes(10);
    public TimeSpan AuthorizationCodeLifetime { get; init; } = TimeSpan.FromMinutes(1);
    public TimeSpan RefreshReuseWindow { get; init; } = TimeSpan.FromSeconds(30);
    public TimeSpan CodeReplayGrace { get; init; } = TimeSpan.FromSeconds(10);
    public TimeSpan SettleTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a signing key is used; zero: keys rotate only by command.</summary>
    public TimeSpan KeyRotationInterval { get; init; } = TimeSpan.FromDays(90);

    /// <summary>How long a registration lives without being used; zero: for ever.</summary>
    public TimeSpan RegistrationLifetime { get; init; } = TimeSpan.FromDays(90);
    public string? CimdHostMap { get; init; }
    public string? CimdExtraCa { get; init; }
    public string? CimdKnownClients { get; init; }
    public bool RateLimitsEnabled { get; init; } = true;
    public int RegistrationsPerHour { get; init; } = 5_000;
    public int AuthorizationsPerMinute { get; init; } = 3_000;
    public int DocumentFetchesPerMinute { get; init; } = 300;
    public int FailuresPerMinute { get; init; } = 600;

    /// <summary>From where hosted clients come: many people behind few addresses.</summary>
    public NetworkList KnownNetworks { get; init; } = NetworkList.None;

    /// <summary>Whose <c>X-Forwarded-For</c> is believed.</summary>
    public NetworkList TrustedProxies { get; init; } = NetworkList.None;
    public int MaxConnections { get; init; } = 10_000;

    public bool IsHttps => BaseUrl.StartsWith("https://", StringComparison.Ordinal);

    /// <summary>The base URL is this machine's own: nobody else can reach it.</summary>
    public bool IsLoopback => IsLoopbackHost(new Uri(BaseUrl).Host);

    public string StorageOrDefault => Storage ?? "sqlite:" + Path.Combine(DataDirectory, "latchkey.db");

    private const string Section = "Latchkey";
    private const string FileName = "latchkey.settings.yaml";

    /// <summary>Reads the settings, or says in one sentence a line what is wrong with them.</summary>
    public static SettingsAnswer Read(IDictionary environment, string workingDirectory)
    {
        var values = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var errors = new List<string>();
        var file = Path.Combine(workingDirectory, FileName);
        if (File.Exists(file))
        {
            ReadFile(file, values, errors);
        }

        foreach (DictionaryEntry entry in environment)
        {
            var key = (string)entry.Key;
            if (key.StartsWith(Section + "__", StringComparison.OrdinalIgnoreCase))
            {
                values[key[(Section.Length + 2)..].Replace("__", ":", StringComparison.Ordinal)] = (string?)entry.Value ?? "";
            }
        }

        var settings = new SettingsReader(values, errors).Read(new Settings());
        errors.AddRange(WhatIsWrongWith(settings));
        return errors.Count == 0 ? new SettingsAnswer.Valid(settings) : new SettingsAnswer.Invalid(errors);
    }

    private static IEnumerable<string> WhatIsWrongWith(Settings settings)
    {
        // Uri.TryCreate throws at some characters beyond ASCII.
        if (!settings.BaseUrl.All(char.IsAscii) || !Uri.TryCreate(settings.BaseUrl, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Port == 0 || settings.BaseUrl != OriginOf(uri))
        {
            yield return $"BaseUrl is '{settings.BaseUrl}'; it must be scheme://host[:port] as browsers write it: in lower case, without path, trailing slash or default port, for example https://auth.example.com.";
        }
        else if (uri.Scheme == "http" && !IsLoopbackHost(uri.Host))
        {
            yield return $"BaseUrl is '{settings.BaseUrl}'; http is accepted only for localhost. Use https, with TLS here (Tls:CertificateFile) or at a proxy.";
        }

        if (settings.BootstrapApiClientId is { } id && OAuth.ApiClientId.Parse(id) is null)
        {
            yield return "Bootstrap:ApiClientId must be skc_ followed by 1 to 28 letters, digits, '-' or '_'.";
        }

        if (settings.BootstrapApiClientSecret is { Length: < OAuth.Secret.MinChosenLength })
        {
            yield return $"Bootstrap:ApiClientSecret must have at least {OAuth.Secret.MinChosenLength} characters.";
        }

        if (settings.BootstrapApiClientId is null != settings.BootstrapApiClientSecret is null)
        {
            yield return "Bootstrap:ApiClientId and Bootstrap:ApiClientSecret are set together or not at all.";
        }

        if (settings.TlsCertificateFile is null != settings.TlsKeyFile is null)
        {
            yield return "Tls:CertificateFile and Tls:KeyFile are set together or not at all.";
        }
    }

    /// <summary>As a browser writes it in the header Origin. Clients compare the issuer byte for byte (RFC 9207 §2.4), so there is one spelling.</summary>
    private static string OriginOf(Uri uri) => $"{uri.Scheme}://{uri.Host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";

    private static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    private static void ReadFile(string file, Dictionary<string, string> values, List<string> errors)
    {
        var yaml = new YamlStream();
        try
        {
            using var reader = File.OpenText(file);
            yaml.Load(reader);
        }
        catch (YamlDotNet.Core.YamlException broken)
        {
            errors.Add($"{FileName}, line {broken.Start.Line}: {broken.Message}");
            return;
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or InvalidOperationException or InvalidCastException or ArgumentException or FormatException)
        {
            // The library says in many ways that a text is no YAML.
            errors.Add($"{FileName} cannot be read: {broken.Message}");
            return;
        }

        if (yaml.Documents.Count == 0)
        {
            return;
        }

        if (yaml.Documents[0].RootNode is not YamlMappingNode root)
        {
            errors.Add($"{FileName}: the file must be a mapping with the key '{Section}'.");
            return;
        }

        foreach (var (key, node) in root)
        {
            if (key.ToString() == Section && node is YamlMappingNode section)
            {
                Flatten(section, "", values, errors);
            }
            else
            {
                errors.Add($"{FileName}, line {key.Start.Line}: unknown key '{key}'; settings stand under '{Section}'.");
            }
        }
    }

    /// <summary>Settings stand at most two levels deep. Deeper nothing is looked at: an alias may lead back to where it stands.</summary>
    private static void Flatten(YamlMappingNode mapping, string prefix, Dictionary<string, string> values, List<string> errors)
    {
        foreach (var (key, node) in mapping)
        {
            if (key is not YamlScalarNode { Value: { } name })
            {
                errors.Add($"{FileName}, line {key.Start.Line}: a key must be a name.");
            }
            else if (node is YamlMappingNode inner && prefix.Length == 0)
            {
                Flatten(inner, $"{name}:", values, errors);
            }
            else if (node is YamlScalarNode scalar)
            {
                values[prefix + name] = scalar.Value ?? "";
            }
            else
            {
                errors.Add($"{FileName}, line {key.Start.Line}: {prefix}{name} must be one text.");
            }
        }
    }

    /// <summary>Takes each known key once; what is left over is unknown.</summary>
    private sealed class SettingsReader(Dictionary<string, string> values, List<string> errors)
    {
        public Settings Read(Settings defaults)
        {
            var settings = new Settings
            {
                BaseUrl = Text("BaseUrl") ?? defaults.BaseUrl,
                Listen = Text("Listen")?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [],
                TlsCertificateFile = Text("Tls:CertificateFile"),
                TlsKeyFile = Text("Tls:KeyFile"),
                Storage = Text("Storage"),
                DataDirectory = Text("DataDirectory") ?? defaults.DataDirectory,
                KeyEncryptionKey = Text("KeyEncryptionKey"),
                BootstrapApiClientId = Text("Bootstrap:ApiClientId"),
                BootstrapApiClientSecret = Text("Bootstrap:ApiClientSecret"),
                BootstrapOperatorEmail = Text("Bootstrap:OperatorEmail"),
                BootstrapOperatorPassword = Text("Bootstrap:OperatorPassword"),
                LoginRequestLifetime = Duration("LoginRequestLifetime", defaults.LoginRequestLifetime),
                ReportLifetime = Duration("ReportLifetime", defaults.ReportLifetime),
                ConsentLifetime = Duration("ConsentLifetime", defaults.ConsentLifetime),
                AuthorizationCodeLifetime = Duration("AuthorizationCodeLifetime", defaults.AuthorizationCodeLifetime),
                RefreshReuseWindow = Duration("RefreshReuseWindow", defaults.RefreshReuseWindow),
                CodeReplayGrace = Duration("CodeReplayGrace", defaults.CodeReplayGrace),
                SettleTime = Duration("SettleTime", defaults.SettleTime),
                KeyRotationInterval = Duration("KeyRotationInterval", defaults.KeyRotationInterval),
                RegistrationLifetime = Duration("RegistrationLifetime", defaults.RegistrationLifetime),
                CimdHostMap = Text("Cimd:HostMap"),
                CimdExtraCa = Text("Cimd:ExtraCa"),
                CimdKnownClients = Text("Cimd:KnownClients"),
                RateLimitsEnabled = YesNo("RateLimits:Enabled", defaults.RateLimitsEnabled),
                RegistrationsPerHour = Number("RateLimits:RegistrationsPerHour", defaults.RegistrationsPerHour),
                AuthorizationsPerMinute = Number("RateLimits:AuthorizationsPerMinute", defaults.AuthorizationsPerMinute),
                DocumentFetchesPerMinute = Number("RateLimits:DocumentFetchesPerMinute", defaults.DocumentFetchesPerMinute),
                FailuresPerMinute = Number("RateLimits:FailuresPerMinute", defaults.FailuresPerMinute),
                KnownNetworks = Networks("RateLimits:KnownNetworks"),
                TrustedProxies = Networks("TrustedProxies"),
                MaxConnections = Number("MaxConnections", defaults.MaxConnections),
            };
            errors.AddRange(values.Keys.Order(StringComparer.Ordinal).Select(key => $"Unknown setting {Section}:{key}; the settings are listed in docs/guide/operate.md."));
            return settings;
        }

        private string? Text(string key) => values.Remove(key, out var value) && value.Length > 0 ? value : null;

        private TimeSpan Duration(string key, TimeSpan fallback)
        {
            if (Text(key) is not { } text)
            {
                return fallback;
            }

            if (TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var duration) && duration >= TimeSpan.Zero && duration <= TimeSpan.FromDays(365))
            {
                return duration;
            }

            errors.Add($"{key} is '{text}'; it must be a duration hh:mm:ss of at most 365 days.");
            return fallback;
        }

        private int Number(string key, int fallback)
        {
            if (Text(key) is not { } text)
            {
                return fallback;
            }

            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 1_000_000)
            {
                return number;
            }

            errors.Add($"{key} is '{text}'; it must be a number from 1 to 1000000.");
            return fallback;
        }

        private NetworkList Networks(string key)
        {
            if (Text(key) is not { } text)
            {
                return NetworkList.None;
            }

            if (NetworkList.Parse(text, out var wrong) is { } networks)
            {
                return networks;
            }

            errors.Add($"{key} {wrong}.");
            return NetworkList.None;
        }

        private bool YesNo(string key, bool fallback)
        {
            if (Text(key) is not { } text)
            {
                return fallback;
            }

            if (bool.TryParse(text, out var value))
            {
                return value;
            }

            errors.Add($"{key} is '{text}'; it must be true or false.");
            return fallback;
        }
    }
}

internal abstract record SettingsAnswer
{
    private SettingsAnswer() { }

    public sealed record Valid(Settings Settings) : SettingsAnswer;

    public sealed record Invalid(IReadOnlyList<string> Errors) : SettingsAnswer;
}
