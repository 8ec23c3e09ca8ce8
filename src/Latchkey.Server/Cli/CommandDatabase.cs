using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>Opens the database for commands that also work before the first start of the server.</summary>
internal static class CommandDatabase
{
    /// <summary>Opens and migrates the database.</summary>
    public static async Task<Databases> OpenAsync(Settings settings, CancellationToken cancellationToken)
    {
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
