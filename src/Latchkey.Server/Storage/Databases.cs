using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Storage;

/// <summary>The main database, which survives a power cut, and the database of the sign-in log, which may lose its end.</summary>
internal sealed class Databases(IDatabase main, SeparateDatabase signIns, bool areShared) : IAsyncDisposable
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";

    public IDatabase Main => main;

    /// <summary>Its failures do not reach the sign-ins.</summary>
    public SeparateDatabase SignIns => signIns;

    /// <summary>True when other nodes may use the same databases.</summary>
    public bool AreShared => areShared;

    /// <exception cref="UnusableSetting">The setting is not a kind of storage that this program supports.</exception>
    public static Databases Open(Settings settings)
    {
        var address = settings.StorageOrDefault;
        if (address.StartsWith(SqlitePrefix, StringComparison.Ordinal) && address.Length > SqlitePrefix.Length)
        {
            var path = Path.GetFullPath(address[SqlitePrefix.Length..]);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var log = Path.ChangeExtension(path, ".journeys" + Path.GetExtension(path));
            return new(
                new SqliteDatabase(path, Durability.Full, MigrationSet.Main),
                new SeparateDatabase(() => new SqliteDatabase(log, Durability.Relaxed, MigrationSet.SignIns), log),
                areShared: false);
        }

        if (address.StartsWith(PostgresPrefix, StringComparison.Ordinal) && address.Length > PostgresPrefix.Length)
        {
            var connectionString = address[PostgresPrefix.Length..];
            return new(
                PostgresDatabase.Open(connectionString, Durability.Full, MigrationSet.Main),
                new SeparateDatabase(() => PostgresDatabase.Open(connectionString, Durability.Relaxed, MigrationSet.SignIns), file: null),
                areShared: true);
        }

        throw new UnusableSetting("Storage must be sqlite:<path> or postgres:<Npgsql connection string>, "
            + "for example postgres:Host=db;Database=latchkey;Username=latchkey;Password=…");
    }

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await main.MigrateAsync(cancellationToken);
        await signIns.MigrateAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await main.DisposeAsync();
        await signIns.DisposeAsync();
    }
}

/// <summary>Which failures a completed write survives.</summary>
internal enum Durability
{
    /// <summary>A completed write survives a power cut.</summary>
    Full,

    /// <summary>A completed write survives the end of the process. A power cut may lose the latest writes.</summary>
    Relaxed,
}
