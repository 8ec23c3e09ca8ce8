namespace Latchkey.Server.Storage;

/// <summary>
/// The file of the key-encryption key in the data directory. It is created together with the database, by the command that creates the
/// database: a database without its key is one whose key was lost.
/// </summary>
internal static class KeyFile
{
    /// <summary>256 bits.</summary>
    public const int KeyBytes = 32;

    /// <param name="database">The path of the SQLite file.</param>
    /// <exception cref="UnusableSetting">The database exists and its key is missing.</exception>
    public static void CreateWith(Settings settings, string database)
    {
        if (settings.KeyEncryptionKey is not null || settings.KeyEncryptionKeyFile is not { } file || Path.Exists(file))
        {
            return;
        }

        if (DatabaseMarker.HasContent(database))
        {
            throw new UnusableSetting(
                $"The key-encryption key {file} is missing, but the database {database} exists and is encrypted with it. "
                + "Put the file back. Nothing was written.");
        }

        StorageDirectory.Create("DataDirectory", settings.DataDirectory);
        PrivateFile.Create(file, Convert.ToBase64String(Secret.NewBytes(KeyBytes)));
    }
}
