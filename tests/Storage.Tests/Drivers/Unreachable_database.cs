using Latchkey.Server.Storage;
using Latchkey.Testing;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class Unreachable_database_on_SQLite(SqliteStore store) : Unreachable_database(store), IClassFixture<SqliteStore>
{
    [Fact]
    public async Task A_file_that_is_no_database_is_reported_by_its_path()
    {
        var database = await store.OpenEmptyAsync();
        await File.WriteAllTextAsync(
            store.PathOf(database), string.Concat(Enumerable.Repeat("These are the minutes of the last meeting. ", 200)));

        var refused = await Assert.ThrowsAsync<UnusableDatabase>(() => database.MigrateAsync(CancellationToken.None));
        Assert.Contains(store.PathOf(database), refused.Message, StringComparison.Ordinal);
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
    }
}

public sealed class Unreachable_database_on_PostgreSQL(PostgresStore store) : Unreachable_database(store), IClassFixture<PostgresStore>;

public abstract class Unreachable_database(Store store)
{
    [Fact]
    public async Task Every_call_fails_as_unavailable_without_a_wait()
    {
        var database = store.OpenMissing();
        await Promptness.ExpectWithinAsync(TimeSpan.FromSeconds(5), async () =>
        {
            await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.NumberAsync(database, "any"));
            await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.AddAsync(database, "any", 1));
            await Assert.ThrowsAsync<StorageUnavailable>(() => database.MigrateAsync(CancellationToken.None));
            Assert.False(await database.IsReadyAsync(CancellationToken.None));
        });
    }
}
