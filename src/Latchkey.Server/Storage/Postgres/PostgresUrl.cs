using System.Globalization;
using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>
/// Reads <c>postgres://user:password@host:port/database?parameter=value</c>, as hosting providers hand it out, with the parameters of
/// libpq. No message repeats a part of it that may be a secret.
/// </summary>
internal static class PostgresUrl
{
    private const string Shape = "postgres://user:password@host:5432/database";
    private static readonly string[] Schemes = ["postgres://", "postgresql://"];

    private static readonly Dictionary<string, SslMode> SslModes = new(StringComparer.OrdinalIgnoreCase)
    {
        ["disable"] = SslMode.Disable,
        ["allow"] = SslMode.Allow,
        ["prefer"] = SslMode.Prefer,
        ["require"] = SslMode.Require,
        ["verify-ca"] = SslMode.VerifyCA,
        ["verify-full"] = SslMode.VerifyFull,
    };

    /// <summary>Sets the keyword for a parameter. Returns null, or what the value must be.</summary>
    private delegate string? Parameter(NpgsqlConnectionStringBuilder keywords, string value, string directory);

    private static readonly Dictionary<string, Parameter> Parameters = new(StringComparer.Ordinal)
    {
        ["sslmode"] = (k, v, _) => SslModes.TryGetValue(v, out var mode) ? Set(() => k.SslMode = mode)
            : $"must be {string.Join(", ", SslModes.Keys)}",
        ["ssl"] = (k, v, _) => bool.TryParse(v, out var ssl) ? Set(() => k.SslMode = ssl ? SslMode.Require : SslMode.Disable)
            : "must be true or false",
        ["sslrootcert"] = (k, v, d) => Set(() => k.RootCertificate = v == "system" ? null : Path.Combine(d, v)),
        ["sslcert"] = (k, v, d) => Set(() => k.SslCertificate = Path.Combine(d, v)),
        ["sslkey"] = (k, v, d) => Set(() => k.SslKey = Path.Combine(d, v)),
        ["sslpassword"] = (k, v, _) => Set(() => k.SslPassword = v),
        ["channel_binding"] = (k, v, _) => Keyword(k, "Channel Binding", v, "must be disable, prefer or require"),
        ["gssencmode"] = (k, v, _) => Keyword(k, "GSS Encryption Mode", v, "must be disable, prefer or require"),
        ["target_session_attrs"] = (k, v, _) =>
            Keyword(k, "Target Session Attributes", v, "must be any, primary, standby, prefer-standby, read-write or read-only"),
        ["application_name"] = (k, v, _) => Set(() => k.ApplicationName = v),
        ["connect_timeout"] = (k, v, _) => Keyword(k, "Timeout", v, "must be a number of seconds"),
        ["keepalives_idle"] = (k, v, _) => Keyword(k, "Tcp Keepalive Time", v, "must be a number of seconds"),
        ["options"] = (k, v, _) => Set(() => k.Options = v),
        ["host"] = (k, v, _) => Set(() => k.Host = v),
        ["port"] = (k, v, _) => Keyword(k, "Port", v, "must be a port number"),
        ["dbname"] = (k, v, _) => Set(() => k.Database = v),
        ["user"] = (k, v, _) => Set(() => k.Username = v),
        ["password"] = (k, v, _) => Set(() => k.Password = v),
    };

    public static bool IsOne(string text) => Schemes.Any(scheme => text.StartsWith(scheme, StringComparison.OrdinalIgnoreCase));

    /// <exception cref="UnusableSetting">The URL cannot be read.</exception>
    public static PostgresAddress Parse(string url, string directory)
    {
        var rest = url[(url.IndexOf("//", StringComparison.Ordinal) + 2)..];
        var (place, query) = Cut(rest, rest.IndexOf('?', StringComparison.Ordinal));
        var (authority, database) = Cut(place, place.IndexOf('/', StringComparison.Ordinal));

        // The last @: a password may contain one.
        var at = authority.LastIndexOf('@');
        var keywords = new NpgsqlConnectionStringBuilder();
        if (at >= 0)
        {
            var (user, password) = Cut(authority[..at], authority[..at].IndexOf(':', StringComparison.Ordinal));
            keywords.Username = Decode(user);
            if (password is not null)
            {
                keywords.Password = Decode(password);
            }
        }

        SetHost(keywords, authority[(at + 1)..]);
        if (database is { Length: > 0 })
        {
            keywords.Database = Decode(database);
        }

        var isPooled = SetParameters(keywords, query ?? "", mayName: at >= 0, directory);
        return string.IsNullOrEmpty(keywords.Host)
            ? throw new UnusableSetting($"Storage is a URL without a host. It must look like {Shape}, or {PostgresAddress.Example}.")
            : new(keywords, isPooled);
    }

    /// <summary>One host with its port, or several separated by commas, each with its own.</summary>
    private static void SetHost(NpgsqlConnectionStringBuilder keywords, string hosts)
    {
        if (hosts.Contains(',', StringComparison.Ordinal))
        {
            foreach (var one in hosts.Split(','))
            {
                _ = PortOf(one, out _);
            }

            keywords.Host = Decode(hosts);
            return;
        }

        if (PortOf(hosts, out var host) is { } port)
        {
            keywords.Port = port;
        }

        if (host.Length > 0)
        {
            keywords.Host = Decode(host.Trim('[', ']'));
        }
    }

    /// <param name="host">An IPv6 address is in brackets.</param>
    private static int? PortOf(string text, out string host)
    {
        var colon = text.LastIndexOf(':');
        host = text;
        if (colon < 0 || text.EndsWith(']'))
        {
            return null;
        }

        host = text[..colon];
        var isValid = int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var port)
            && port is >= 1 and <= ushort.MaxValue && (!host.Contains(':', StringComparison.Ordinal) || host is ['[', .., ']']);
        return isValid ? port : throw new UnusableSetting(
            "Storage is a URL whose port cannot be read. Percent-encode the characters : / ? # [ ] @ and % in the password (a / is %2F), "
            + $"put an IPv6 address in brackets, or write {PostgresAddress.Example}.");
    }

    /// <param name="mayName">Whether a name is certainly not a part of a password that was not percent-encoded.</param>
    /// <returns>True when a parameter says that a pooler is in between.</returns>
    private static bool SetParameters(NpgsqlConnectionStringBuilder keywords, string query, bool mayName, string directory)
    {
        var isPooled = false;
        foreach (var part in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = Cut(part, part.IndexOf('=', StringComparison.Ordinal));
            if (name == "pgbouncer" && bool.TryParse(value, out isPooled))
            {
                continue;
            }

            if (!Parameters.TryGetValue(name, out var parameter))
            {
                var isName = mayName && !query.Contains('@', StringComparison.Ordinal) && name.Length < 40
                    && name.All(c => char.IsAsciiLetter(c) || c == '_');
                throw new UnusableSetting($"Storage is a URL with a parameter that is not known{(isName ? $", '{name}'" : "")}. "
                    + $"Remove it. Known are {string.Join(", ", Parameters.Keys)} and pgbouncer; the keywords of Npgsql, as in "
                    + $"{PostgresAddress.Example}, have more.");
            }

            if (parameter(keywords, Decode(value ?? ""), directory) is { } must)
            {
                throw new UnusableSetting($"Storage is a URL whose parameter {name} {must}.");
            }
        }

        return isPooled;
    }

    private static string? Set(Action set)
    {
        set();
        return null;
    }

    private static string? Keyword(NpgsqlConnectionStringBuilder keywords, string keyword, string value, string must)
    {
        try
        {
            keywords[keyword] = keyword == "Target Session Attributes" ? value : value.Replace("-", "", StringComparison.Ordinal);
            return null;
        }
#pragma warning disable CA1031 // the driver throws many types for a value that it does not accept
        catch (Exception)
#pragma warning restore CA1031
        {
            return must;
        }
    }

    private static (string Before, string? After) Cut(string text, int at) => at < 0 ? (text, null) : (text[..at], text[(at + 1)..]);

    private static string Decode(string text)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
            {
                throw new UnusableSetting(
                    $"Storage is a URL with a % that is not followed by two hexadecimal digits. A % itself is written %25: {Shape}.");
            }
        }

        var decoded = Uri.UnescapeDataString(text);
        return decoded.Contains('\0', StringComparison.Ordinal)
            ? throw new UnusableSetting("Storage is a URL with a NUL character.")
            : decoded;
    }
}
