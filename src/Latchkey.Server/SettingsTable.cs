using System.Globalization;
using System.Net;
using Latchkey.Server.Languages;
using Latchkey.Server.Operators;

namespace Latchkey.Server;

/// <summary>
/// Every setting, each declared once, in the order of the reference. To add a setting: one member of <see cref="Settings"/> with its
/// default, one line here, and <c>./dev docs</c>.
/// </summary>
internal static class SettingsTable
{
    private const string DataDirectoryKey = "DataDirectory";
    private static readonly TimeSpan OneSecond = TimeSpan.FromSeconds(1);

    public static readonly IReadOnlyList<Setting> All =
    [
        .. OfTheServer(), .. OfLifetimes(), .. OfTheSignInLog(), .. OfTheDashboard(), .. OfClientDocuments(), .. OfWebhooks(),
        .. OfRateLimits(),
    ];

    /// <summary>Reads the section <c>Latchkey</c>. Adds a sentence to <paramref name="errors"/> per invalid value or unknown key.</summary>
    public static Settings Read(IConfiguration section, List<string> errors)
    {
        var values = section.AsEnumerable(makePathsRelative: true).Where(entry => entry.Value is not null)
            .ToDictionary(entry => entry.Key, entry => entry.Value!, StringComparer.OrdinalIgnoreCase);
        var settings = new Settings();

        // Relative paths of the others are below the data directory.
        foreach (var setting in All.OrderByDescending(setting => setting.Key == DataDirectoryKey))
        {
            // An empty value counts as absent: many tools can set an environment variable to nothing, but not remove it.
            if (values.Remove(setting.Key, out var text) && text.Length > 0)
            {
                settings = setting.Read(settings, text, errors);
            }
        }

        errors.AddRange(values.Keys.Order(StringComparer.Ordinal).Select(SettingNames.Unknown));
        return settings;
    }

    private static IEnumerable<Setting> OfTheServer() =>
    [
        Setting.String(
            "BaseUrl", "Public base URL, and the issuer of the environment. https is required unless the host is loopback", s => s.BaseUrl,
            (s, v) => s with { BaseUrl = v }, ReadBaseUrl)
            with { Type = "URL without a path" },
        Setting.List("Listen", "URLs to listen on, for example `http://0.0.0.0:5480;https://0.0.0.0:5443`", s => s.Listen, (s, v) =>
            s with { Listen = v })
            with { DefaultInWords = "loopback at the port of the base URL" },
        Setting.File(
            "Tls:CertificateFile", "PEM file with the TLS certificate and its chain. Set together with `Tls:KeyFile`",
            s => s.TlsCertificateFile, (s, v) => s with { TlsCertificateFile = v })
            with { DefaultInWords = "the development certificate when the base URL is https on loopback" },
        Setting.File(
            "Tls:KeyFile", "PEM file with the private key of the certificate", s => s.TlsKeyFile, (s, v) => s with { TlsKeyFile = v }),
        Setting.String(
            "Storage",
            "`sqlite:<path>` (relative: below the data directory), `postgres:<connection string>` or a `postgres://` URL. The API "
            + "shows only which of the two",
            s => s.Storage,
            (s, v) => s with { Storage = v })
            with { IsSecret = true, PublicPart = s => s.StorageKind, DefaultInWords = "`sqlite:latchkey.db` in the data directory" },
        Setting.String(
            DataDirectoryKey, "Directory of the SQLite files, the file with the key-encryption key, and `first-start.txt`",
            s => s.DataDirectory, (s, v) => s with { DataDirectory = v })
            with { Type = "path", IsPrivate = true },
        Setting.String(
            "KeyEncryptionKey", "256-bit key in base64 that encrypts the signing keys. Required with PostgreSQL",
            s => s.KeyEncryptionKey, (s, v) => s with { KeyEncryptionKey = v })
            with { IsSecret = true, KeepsFile = true, DefaultInWords = "a file in the data directory, created at the first start" },
        Setting.String(
            "Bootstrap:ApiClientId", "Id of an API client with the role `management`, created or updated at every start",
            s => s.BootstrapApiClientId, (s, v) => s with { BootstrapApiClientId = v }, ReadApiClientId)
            with { Type = "`skc_` and 1 to 28 letters, digits, `-` or `_`" },
        Setting.String(
            "Bootstrap:ApiClientSecret", "Secret of that API client. Set together with its id", s => s.BootstrapApiClientSecret,
            (s, v) => s with { BootstrapApiClientSecret = v }, ReadApiClientSecret)
            with { Type = $"string, at least {Secret.MinChosenLength} characters", IsSecret = true },
        Setting.String(
            "Bootstrap:OperatorEmail", "E-mail address of the first operator, an owner. Used only while there is no operator",
            s => s.BootstrapOperatorEmail, (s, v) => s with { BootstrapOperatorEmail = v }, ReadOperatorEmail)
            with { Type = "e-mail address" },
        Setting.String(
            "Bootstrap:OperatorPassword", "Password of that operator. Set together with the address", s => s.BootstrapOperatorPassword,
            (s, v) => s with { BootstrapOperatorPassword = v }, ReadOperatorPassword)
            with { Type = $"string, {OperatorPasswords.MinLength} to {OperatorPasswords.MaxLength} characters", IsSecret = true },
        Setting.String(
            "DefaultLanguage",
            "Language of the pages for people whose client and browser ask for none that the pages have: "
            + string.Join(", ", Language.All.Select(language => $"`{language.Tag}`")),
            s => s.DefaultLanguage, (s, v) => s with { DefaultLanguage = v }, ReadLanguage)
            with { Type = "language tag" },
        Setting.Duration(
            "StorageWait", "How long a start waits for PostgreSQL that does not answer yet", s => s.StorageWait,
            (s, v) => s with { StorageWait = v }, TimeSpan.FromMinutes(10)),
        Setting.Networks(
            "TrustedProxies", "Addresses and networks of the reverse proxies whose `X-Forwarded-For` is trusted", s => s.TrustedProxies,
            (s, v) => s with { TrustedProxies = v }),
        Setting.Integer(
            "MaxConnections", "Open connections per listening address; without TLS per protocol, HTTP/1.1 and HTTP/2",
            s => s.MaxConnections, (s, v) => s with { MaxConnections = v }),
        Setting.String(
            "Metrics:Listen",
            "Port of 127.0.0.1 where Prometheus reads `/metrics`, for example `9464`, or `http://address:port`. It serves nothing else, "
            + "and needs no credential: it must not be reachable from outside",
            s => s.MetricsListen, (s, v) => s with { MetricsListen = v }, ReadMetricsListen)
            with { Type = "port, or URL without a path", IsPrivate = true },
    ];

    private static IEnumerable<Setting> OfLifetimes() =>
    [
        Setting.Duration(
            "LoginRequestLifetime", "Time from the authorization request to the report of the login page", s => s.LoginRequestLifetime,
            (s, v) => s with { LoginRequestLifetime = v }, TimeSpan.FromHours(1), OneSecond),
        Setting.Duration(
            "ReportLifetime", "Time from the report to the callback", s => s.ReportLifetime, (s, v) =>
                s with { ReportLifetime = v }, TimeSpan.FromMinutes(10), OneSecond),
        Setting.Duration("ConsentLifetime", "Time from the callback to the decision on the consent page", s => s.ConsentLifetime, (s, v) =>
            s with { ConsentLifetime = v }, TimeSpan.FromHours(1), OneSecond),
        Setting.Duration(
            "AuthorizationCodeLifetime", "Time from the decision to the token request", s => s.AuthorizationCodeLifetime, (s, v) =>
                s with { AuthorizationCodeLifetime = v }, TimeSpan.FromMinutes(10), OneSecond),
        Setting.Duration(
            "RefreshReuseWindow", "Time in which a rotated refresh token still gets the current one instead of ending the grant",
            s => s.RefreshReuseWindow, (s, v) => s with { RefreshReuseWindow = v }, TimeSpan.FromMinutes(5)),
        Setting.Duration(
            "CodeReplayGrace", "Time in which a second redemption of a code is refused without ending the grant", s => s.CodeReplayGrace,
            (s, v) => s with { CodeReplayGrace = v }, TimeSpan.FromMinutes(1)),
        Setting.Duration(
            "SettleTime", "How long a code is held back on a connection with `callback_verification=state_only`", s => s.SettleTime,
            (s, v) => s with { SettleTime = v }, TimeSpan.FromSeconds(30))
            with { JsonType = "number" },
        Setting.Duration(
            "KeyRotationInterval", "How long a signing key is used before the next one replaces it; `00:00:00` rotates by command only",
            s => s.KeyRotationInterval, (s, v) => s with { KeyRotationInterval = v }, TimeSpan.FromDays(730)),
        Setting.Duration(
            "RegistrationLifetime", "How long a registered client may stay unused before it expires; `00:00:00` keeps it forever",
            s => s.RegistrationLifetime, (s, v) => s with { RegistrationLifetime = v }, TimeSpan.FromDays(3650)),
    ];

    private static IEnumerable<Setting> OfTheSignInLog() =>
    [
        Setting.Duration(
            "SignIns:Retention", "How long the sign-in log keeps a sign-in", s => s.SignInRetention,
            (s, v) => s with { SignInRetention = v }, TimeSpan.FromDays(3650), OneSecond),
        Setting.Integer(
            "SignIns:MaxRows", "Sign-ins in the log; beyond that the oldest ones are deleted", s => s.MaxSignIns,
            (s, v) => s with { MaxSignIns = v }, Settings.MostSignIns),
        Setting.Choice(
            "SignIns:Addresses",
            "What the sign-in log records of addresses: `full`, the `network` (/24 of IPv4, /48 of IPv6), or `none`",
            s => s.SignInAddresses, (s, v) => s with { SignInAddresses = v }),
    ];

    private static IEnumerable<Setting> OfTheDashboard() =>
    [
        Setting.Boolean(
            "Operators:ViewersSeePeople",
            "`false` shortens e-mail addresses for operators of role viewer (`a•••@acme.example`) and hides names of people from them",
            s => s.ViewersSeePeople, (s, v) => s with { ViewersSeePeople = v }),
    ];

    private static IEnumerable<Setting> OfClientDocuments() =>
    [
        Setting.String(
            "Cimd:HostMap",
            "`host[:port]=ip:port;…`: addresses used instead of DNS when a client metadata document or a key set is fetched, "
            + "exempt from the address check. Also allows ports other than 443",
            s => s.CimdHostMap,
            (s, v) => s with { CimdHostMap = v })
            with { IsPrivate = true },
        Setting.File(
            "Cimd:ExtraCa", "PEM file of certificate authorities trusted for these fetches besides those of the system", s => s.CimdExtraCa,
            (s, v) => s with { CimdExtraCa = v }),
        Setting.File(
            "Cimd:KnownClients", "JSON file of well-known clients, in the form of `known-clients.json` in the source",
            s => s.CimdKnownClients, (s, v) => s with { CimdKnownClients = v })
            with { DefaultInWords = "the built-in list" },
        Setting.String(
            "Cimd:Proxy",
            "URL of an HTTP proxy for these fetches, for example `http://proxy.example.com:3128`. It is asked for checked addresses; only "
            + "hosts of well-known clients and of `cimd_allowed_hosts` are resolved by the proxy",
            s => s.CimdProxy, (s, v) => s with { CimdProxy = v })
            with { Type = "URL", IsSecret = true },
        Setting.String(
            "Cimd:Probe",
            "URL with which the server learns at start and every hour whether it can reach the internet, or `off`. Not used with "
            + "`Cimd:HostMap`",
            s => s.CimdProbe, (s, v) => s with { CimdProbe = v }, ReadProbe)
            with { Type = "https URL or `off`" },
        Setting.String(
            "Cimd:Advertise",
            "Whether the metadata says that client metadata documents are accepted: `auto` unless the probe fails, `always` or `never`",
            s => s.CimdAdvertise, (s, v) => s with { CimdAdvertise = v }, ReadAdvertise)
            with { Type = "`auto`, `always` or `never`" },
    ];

    private static IEnumerable<Setting> OfWebhooks() =>
    [
        Setting.Networks(
            "Webhooks:PrivateNetworks",
            "Networks without public addresses where webhook endpoints may be, for example `10.0.0.0/8`; there also by http and on any "
            + "port",
            s => s.WebhookPrivateNetworks, (s, v) => s with { WebhookPrivateNetworks = v }),
        Setting.Duration(
            "Webhooks:Retention", "How long deliveries and their events are kept", s => s.WebhookRetention,
            (s, v) => s with { WebhookRetention = v }, TimeSpan.FromDays(365), OneSecond),
    ];

    private static IEnumerable<Setting> OfRateLimits() =>
    [
        Setting.Boolean("RateLimits:Enabled", "`false` switches off every rate limit", s => s.RateLimitsEnabled, (s, v) =>
            s with { RateLimitsEnabled = v }),
        Setting.Integer(
            "RateLimits:RequestsPerMinute",
            "Requests without a management credential per network, in units: one that reads or writes a row counts as five, "
            + "and each KiB of a body as one more",
            s => s.RequestsPerMinute, (s, v) => s with { RequestsPerMinute = v }),
        Setting.Integer(
            "RateLimits:StoredMegabytesPerHour",
            "Megabytes that uncompleted sign-ins, pushed requests and registrations may leave in the database, per network; "
            + "half of them at "
            + "once",
            s => s.StoredMegabytesPerHour, (s, v) => s with { StoredMegabytesPerHour = v }),
        Setting.Integer(
            "RateLimits:StoredMegabytesInTotal",
            "Megabytes that uncompleted sign-ins, pushed requests and registrations without a grant may have in the database, over all "
            + "networks; registrations are refused at three quarters of it",
            s => s.StoredMegabytesInTotal, (s, v) => s with { StoredMegabytesInTotal = v }),
        Setting.Integer(
            "RateLimits:StoredRowsInTotal", "Rows of these in the database, over all networks", s => s.StoredRowsInTotal,
            (s, v) => s with { StoredRowsInTotal = v }, atMost: 100_000_000),
        Setting.Integer(
            "RateLimits:RefusalsPerMinute",
            "Refused requests of one kind that are recorded one by one in the sign-in log, per network; further ones are one event with "
            + "their number",
            s => s.RefusalsPerMinute, (s, v) => s with { RefusalsPerMinute = v }),
        Setting.Integer(
            "RateLimits:RegistrationsPerHour", "New clients registered, and changes of their registrations, per network",
            s => s.RegistrationsPerHour, (s, v) => s with { RegistrationsPerHour = v }),
        Setting.Integer(
            "RateLimits:AuthorizationsPerMinute", "Authorization requests per network, and as many pushed ones",
            s => s.AuthorizationsPerMinute, (s, v) => s with { AuthorizationsPerMinute = v }),
        Setting.Integer(
            "RateLimits:DocumentFetchesPerMinute", "Client metadata documents and key sets fetched, per network",
            s => s.DocumentFetchesPerMinute, (s, v) => s with { DocumentFetchesPerMinute = v }),
        Setting.Integer(
            "RateLimits:FailuresPerMinute",
            "Wrong secrets per client and network, wrong bearer tokens per network, refused codes and refresh tokens per grant",
            s => s.FailuresPerMinute,
            (s, v) => s with { FailuresPerMinute = v }),
        Setting.Networks(
            "RateLimits:KnownNetworks", "Networks of hosted clients, which get a hundred times each of these limits", s => s.KnownNetworks,
            (s, v) => s with { KnownNetworks = v }),
    ];

    private static string? ReadBaseUrl(string text, out string value)
    {
        value = text;

        // Uri.TryCreate throws at some characters beyond ASCII.
        if (!text.All(char.IsAscii) || !Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https")
            || uri.Port == 0 || text != OriginOf(uri))
        {
            return $"is {Setting.Quoted(text)}; it must be scheme://host[:port] as browsers write it: "
                + "in lower case, without path, trailing slash or default port, for example https://auth.example.com";
        }

        return uri.Scheme == "http" && !IsLoopbackHost(uri.Host)
            ? $"is {Setting.Quoted(text)}; http is accepted only for localhost. Use https, with TLS here (Tls:CertificateFile) or at a "
                + "proxy"
            : null;
    }

    private static string? ReadProbe(string text, out string value)
    {
        value = text;
        return text == Settings.Off || ClientIdUrl.IsWellFormed(text) ? null : $"is '{text}'; it must be an https URL with a path, or off";
    }

    private static string? ReadLanguage(string text, out string value)
    {
        value = Language.Find(text)?.Tag ?? text;
        return Language.Find(text) is not null
            ? null
            : $"is {Setting.Quoted(text)}; it must be one of {string.Join(", ", Language.All.Select(language => language.Tag))}";
    }

    private static string? ReadAdvertise(string text, out string value)
    {
        value = text;
        return text is "auto" or "always" or "never" ? null : $"is '{text}'; it must be auto, always or never";
    }

    private static string? ReadMetricsListen(string text, out string value)
    {
        value = ushort.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) ? $"http://127.0.0.1:{port}" : text;
        return Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri is { Scheme: "http", PathAndQuery: "/", Port: > 0 }
            && (uri.Host == "localhost" || IPAddress.TryParse(uri.Host.Trim('[', ']'), out _))
            ? null
            : $"is '{text}'; it must be a port of 127.0.0.1, for example 9464, or http://address:port with an IP address of this machine";
    }

    private static string? ReadApiClientId(string text, out string value)
    {
        value = text;
        return ApiClientId.Parse(text) is null ? "must be skc_ followed by 1 to 28 letters, digits, '-' or '_'" : null;
    }

    private static string? ReadApiClientSecret(string text, out string value)
    {
        value = text;
        return text.Length < Secret.MinChosenLength ? $"must have at least {Secret.MinChosenLength} characters" : null;
    }

    private static string? ReadOperatorEmail(string text, out string value)
    {
        value = text;
        return Operator.ReadEmail(text) is null ? "must be an e-mail address" : null;
    }

    private static string? ReadOperatorPassword(string text, out string value)
    {
        value = text;
        return text.Length is >= OperatorPasswords.MinLength and <= OperatorPasswords.MaxLength
            ? null
            : $"must have {OperatorPasswords.MinLength} to {OperatorPasswords.MaxLength} characters";
    }

    /// <summary>Returns the origin as a browser writes it, because clients compare the issuer byte for byte (RFC 9207 §2.4).</summary>
    private static string OriginOf(Uri uri) => $"{uri.Scheme}://{uri.Host}{(uri.IsDefaultPort ? "" : $":{uri.Port}")}";

    public static bool IsLoopbackHost(string host) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));
}
