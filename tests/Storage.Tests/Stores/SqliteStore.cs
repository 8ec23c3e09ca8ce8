using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Sqlite;
using Microsoft.Data.Sqlite;

namespace Storage.Tests.Stores;

/// <summary>SQLite files in a temporary folder.</summary>
public sealed class SqliteStore : Store
{
    private readonly string folder = Directory.CreateTempSubdirectory("lkstore").FullName;
    private int files;

    internal string PathOf(IDatabase database) => AddressOf(database);

    internal override string SettingOf(IDatabase database) => "sqlite:" + PathOf(database);

    internal override async Task<IAsyncDisposable> HoldAsync(IDatabase database)
    {
        var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = PathOf(database), Pooling = false }.ToString());
        await connection.OpenAsync();
        await using var begin = connection.CreateCommand();
        begin.CommandText = "BEGIN IMMEDIATE";
        await begin.ExecuteNonQueryAsync();
        return connection;
    }

    private protected override string Missing => Path.Combine(folder, "nowhere", "latchkey.db");

    private protected override Task<string> CreateAsync() =>
        Task.FromResult(Path.Combine(folder, $"{Interlocked.Increment(ref files)}.db"));

    private protected override string JourneysOf(string address) => Path.ChangeExtension(address, ".journeys.db");

    private protected override IDatabase Open(string address, Durability durability, MigrationSet migrations) =>
        new SqliteDatabase(address, durability, migrations);

    private protected override Task CleanUpAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }
}
