using Npgsql;

namespace Latchkey.Server.Storage.Postgres;

/// <summary>
/// Where PostgreSQL is, read from the setting <c>Storage</c>: keywords of Npgsql, or a <c>postgres://</c> URL. No message repeats the
/// text, because it holds a password.
/// </summary>
/// <param name="Keywords">The parsed connection string.</param>
/// <param name="IsPooled">The operator says that a pooler is in between (<c>pgbouncer=true</c>).</param>
internal sealed record PostgresAddress(NpgsqlConnectionStringBuilder Keywords, bool IsPooled)
{
    public const string Example = "postgres:Host=db.example.com;Database=latchkey;Username=latchkey;Password=…";

    /// <summary>The address without a secret, for messages.</summary>
    public string Shown =>
        $"Host={Keywords.Host};Port={Keywords.Port};Database={Keywords.Database ?? Keywords.Username};Username={Keywords.Username}";

    /// <param name="text">The setting without its prefix <c>postgres:</c>, or a URL.</param>
    /// <param name="directory">Relative paths of the URL are below it.</param>
    /// <exception cref="UnusableSetting">The text cannot be read.</exception>
    public static PostgresAddress Parse(string text, string directory)
    {
        if (PostgresUrl.IsOne(text))
        {
            return PostgresUrl.Parse(text, directory);
        }

        NpgsqlConnectionStringBuilder keywords;
        try
        {
            keywords = new(text);
        }
#pragma warning disable CA1031 // the driver throws many types, and every message of theirs may repeat a part of the password
        catch (Exception)
#pragma warning restore CA1031
        {
            throw new UnusableSetting(
                $"Storage holds a PostgreSQL connection string that cannot be read. It must be keywords of Npgsql such as {Example}; a "
                    + "value "
                + "with a semicolon, an equals sign or a quote stands in double quotes. A postgres:// URL is accepted too.");
        }

        return string.IsNullOrEmpty(keywords.Host)
            ? throw new UnusableSetting($"Storage names no PostgreSQL host. It must look like {Example}.")
            : new(keywords, IsPooled: false);
    }
}
