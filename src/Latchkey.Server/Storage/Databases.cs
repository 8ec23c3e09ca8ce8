using Latchkey.Server.Keys;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Storage;

/// <summary>The two databases of a server: what must survive a power cut, and the journeys, which need not. Opened by the setting <c>Storage</c>.</summary>
internal sealed class Databases(IDatabase main, IDatabase journeys, bool areShared) : IAsyncDisposable
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";

    public IDatabase Main => main;

    public IDatabase Journeys => journeys;

    /// <summary>Other nodes may work on the same databases.</summary>
    public bool AreShared => areShared;

    /// <exception cref="UnusableSetting">The setting names no storage this program knows.</exception>
    public static Databases Open(Settings settings)
    {
        var address = settings.StorageOrDefault;
        if (address.StartsWith(SqlitePrefix, StringComparison.Ordinal) && address.Length > SqlitePrefix.Length)
        {
            var path = Path.GetFullPath(address[SqlitePrefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new(
                new SqliteDatabase(path, Durability.Full, MigrationSet.Main),
                new SqliteDatabase(Path.ChangeExtension(path, ".journeys" + Path.GetExtension(path)), Durability.Relaxed, MigrationSet.Journeys),
                areShared: false);
        }

        if (address.StartsWith(PostgresPrefix, StringComparison.Ordinal) && address.Length > PostgresPrefix.Length)
        {
            var connectionString = address[PostgresPrefix.Length..];
            return new(
                PostgresDatabase.Open(connectionString, Durability.Full, MigrationSet.Main),
                PostgresDatabase.Open(connectionString, Durability.Relaxed, MigrationSet.Journeys),
                areShared: true);
        }

        throw new UnusableSetting("Storage must be sqlite:<path> or postgres:<Npgsql connection string>, for example postgres:Host=db;Database=latchkey;Username=latchkey;Password=…");
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await main.MigrateAsync(cancellationToken);
        await journeys.MigrateAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await main.DisposeAsync();
        await journeys.DisposeAsync();
    }
}

/// <summary>What a completed write has survived.</summary>
internal enum Durability
{
    /// <summary>A power cut.</summary>
    Full,

    /// <summary>The end of the process; a power cut may cost the last moments.</summary>
    Relaxed,
}
