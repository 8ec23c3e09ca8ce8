using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Storage;

/// <summary>The main database, which survives a power cut, and the database of the sign-in log, which may lose its end.</summary>
internal sealed class Databases(IDatabase main, IDatabase signIns, bool areShared) : IAsyncDisposable
{
    private const string SqlitePrefix = "sqlite:";
    private const string PostgresPrefix = "postgres:";

    public IDatabase Main => main;

    public IDatabase SignIns => signIns;

    /// <summary>True when other nodes may use the same databases.</summary>
    public bool AreShared => areShared;

    /// <exception cref="UnusableSetting">The setting is not a kind of storage that this program supports.</exception>
    public static Databases Open(Settings settings)
    {
        var address = settings.StorageOrDefault;
        if (SqliteFileOf(settings) is { } path)
        {
            DatabaseMarker.Check(settings, path);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            return new(
                new SqliteDatabase(path, Durability.Full, MigrationSet.Main),
                new SqliteDatabase(SignInFileOf(path), Durability.Relaxed, MigrationSet.SignIns),
                areShared: false);
        }

        if (address.StartsWith(PostgresPrefix, StringComparison.Ordinal) && address.Length > PostgresPrefix.Length)
        {
            var connectionString = address[PostgresPrefix.Length..];
            return new(
                PostgresDatabase.Open(connectionString, Durability.Full, MigrationSet.Main),
                PostgresDatabase.Open(connectionString, Durability.Relaxed, MigrationSet.SignIns),
                areShared: true);
        }

        throw new UnusableSetting("Storage must be sqlite:<path> or postgres:<Npgsql connection string>, "
            + "for example postgres:Host=db;Database=latchkey;Username=latchkey;Password=…");
    }

    /// <summary>Returns the path of the main SQLite file, or null when the database is not SQLite.</summary>
    public static string? SqliteFileOf(Settings settings) =>
        settings.StorageOrDefault is var address && address.Length > SqlitePrefix.Length
            && address.StartsWith(SqlitePrefix, StringComparison.Ordinal)
            ? Path.GetFullPath(address[SqlitePrefix.Length..])
            : null;

    /// <summary>Returns the SQLite file of the sign-in log beside that of the main database.</summary>
    public static string SignInFileOf(string main) => Path.ChangeExtension(main, ".journeys" + Path.GetExtension(main));

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
