namespace Latchkey.Server.Storage;

/// <summary>
/// Tells a first start from a start whose database is missing, for example because its volume is not mounted. After the first start a file
/// beside the key-encryption key names the database that the key has been used for; a key in a setting, or beside which nothing can be
/// written, has that file in the data directory. While it names a database that does not exist, no command creates a new one.
/// </summary>
internal static class DatabaseMarker
{
    private const string Suffix = ".in-use";
    private const string FileName = "database";

    private const string About =
        "# The databases that this key has been used for, one per line. Latchkey starts with no new database in place of one of them.";

    /// <param name="database">The path of the SQLite file.</param>
    /// <exception cref="UnusableSetting">The database has existed and is missing.</exception>
    public static void Check(Settings settings, string database)
    {
        if (HasContent(database))
        {
            return;
        }

        if (Files(settings).FirstOrDefault(file => Names(file, database)) is { } marker)
        {
            throw new UnusableSetting(
                $"The database {database} is missing, but {marker} says that it has been in use. If its volume is not mounted, mount it. "
                + "If it is lost, restore a backup: latchkey restore <backup> --revoke-since backup. "
                + $"To begin with a new, empty database instead, delete {marker}.");
        }
    }

    /// <summary>Notes that the database has been used. Best effort: a read-only file system must not prevent the start.</summary>
    public static void Write(Settings settings, string database)
    {
        foreach (var file in Files(settings))
        {
            try
            {
                if (Names(file, database))
                {
                    return;
                }

                if (!File.Exists(file))
                {
                    PrivateFile.Create(file, About + "\n");
                }

                File.AppendAllText(file, database + "\n");
                return;
            }
            catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
            {
                // The next place.
            }
        }
    }

    public static bool HasContent(string database) => new FileInfo(database) is { Exists: true, Length: > 0 };

    private static IEnumerable<string> Files(Settings settings)
    {
        if (settings.KeyEncryptionKeyFile is { } key)
        {
            yield return key + Suffix;
        }

        yield return Path.Combine(settings.DataDirectory, FileName + Suffix);
    }

    private static bool Names(string file, string database)
    {
        try
        {
            return File.Exists(file) && File.ReadLines(file).Contains(database, StringComparer.Ordinal);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
