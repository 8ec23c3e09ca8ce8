using Latchkey.Server.Crypto;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>Opens the database for commands that also work before the first start of the server.</summary>
internal static class CommandDatabase
{
    /// <summary>Opens and migrates the database. A new SQLite database gets its key-encryption key first: a server does not start with a
    /// database whose key is missing.</summary>
    public static async Task<Databases> OpenAsync(Settings settings, CancellationToken cancellationToken)
    {
        if (Databases.SqliteFileOf(settings) is { } file && !DatabaseMarker.HasContent(file))
        {
            DatabaseMarker.Check(settings, file);
            _ = KeyEncryptionKey.Find(settings, databaseIsShared: false);
        }

        var databases = Databases.Open(settings);
        try
        {
            await databases.MigrateAsync(cancellationToken);
            return databases;
        }
        catch
        {
            await databases.DisposeAsync();
            throw;
        }
    }
}
