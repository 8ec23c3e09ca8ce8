using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;

namespace Latchkey.Server.Storage;

/// <summary>The main database, which survives a power cut, and the database of the sign-in log, which may lose its end.</summary>
internal sealed class Databases(IDatabase main, SeparateDatabase signIns, bool areShared) : IAsyncDisposable
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(500);

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
        if (SqliteFileOf(settings) is { } path)
        {
            DatabaseMarker.Check(settings, path);
            StorageDirectory.Create(settings.Storage is null ? "DataDirectory" : "Storage", Path.GetDirectoryName(path)!);
            var log = SignInFileOf(path);
            return new(
                new SqliteDatabase(path, Durability.Full, MigrationSet.Main),
                new SeparateDatabase(() => new SqliteDatabase(log, Durability.Relaxed, MigrationSet.SignIns), log),
                areShared: false);
        }

        var text = address.StartsWith(PostgresPrefix, StringComparison.Ordinal) && !PostgresUrl.IsOne(address)
            ? address[PostgresPrefix.Length..]
            : address;
        if (text.Length > 0 && (text.Length < address.Length || PostgresUrl.IsOne(address)))
        {
            var postgres = PostgresAddress.Parse(text, settings.InDataDirectory(""));
            return new(
                PostgresDatabase.Open(postgres, Durability.Full, MigrationSet.Main),
                new SeparateDatabase(() => PostgresDatabase.Open(postgres, Durability.Relaxed, MigrationSet.SignIns), file: null),
                areShared: true);
        }

        throw new UnusableSetting($"Storage must be sqlite:<path>, a postgres:// URL, or {PostgresAddress.Example}.");
    }

    /// <summary>Returns the path of the main SQLite file, or null when the database is not SQLite.</summary>
    public static string? SqliteFileOf(Settings settings) =>
        settings.StorageOrDefault is var address && address.Length > SqlitePrefix.Length
            && address.StartsWith(SqlitePrefix, StringComparison.Ordinal)
            ? settings.InDataDirectory(address[SqlitePrefix.Length..])
            : null;

    /// <summary>Returns the SQLite file of the sign-in log beside that of the main database.</summary>
    public static string SignInFileOf(string main) => Path.ChangeExtension(main, ".journeys" + Path.GetExtension(main));

    public async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await main.MigrateAsync(cancellationToken);
        await signIns.MigrateAsync(cancellationToken);
    }

    /// <summary>Migrates, and waits for a database that is not there yet, for example because it is started at the same time.</summary>
    /// <param name="patience">After this time the last failure is thrown.</param>
    /// <param name="waiting">Called with each new reason to wait.</param>
    /// <exception cref="StorageUnavailable">The database could not be reached in this time, or waiting cannot help.</exception>
    public async Task MigrateAsync(TimeSpan patience, Action<string> waiting, TimeProvider clock, CancellationToken cancellationToken)
    {
        var started = clock.GetTimestamp();
        string? said = null;
        while (true)
        {
            try
            {
                await MigrateAsync(cancellationToken);
                return;
            }
            catch (StorageUnavailable away) when (away.MayComeBack && clock.GetElapsedTime(started) < patience)
            {
                if (said != away.Message)
                {
                    waiting(said = away.Message);
                }
            }

            await Task.Delay(RetryPause, clock, cancellationToken);
        }
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
