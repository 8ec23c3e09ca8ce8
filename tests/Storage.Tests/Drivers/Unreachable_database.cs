using System.Diagnostics;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class A_database_that_is_not_there_on_SQLite(OnSqlite store) : A_database_that_is_not_there(store), IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Is_told_from_a_file_that_is_no_database()
    {
        var database = await store.OpenEmptyAsync();
        await File.WriteAllTextAsync(store.PathOf(database), string.Concat(Enumerable.Repeat("These are the minutes of the last meeting. ", 200)));

        var refused = await Assert.ThrowsAsync<UnusableDatabase>(() => database.MigrateAsync(CancellationToken.None));
        Assert.Contains(store.PathOf(database), refused.Message, StringComparison.Ordinal);
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
    }
}

public sealed class A_database_that_is_not_there_on_PostgreSQL(OnPostgres store) : A_database_that_is_not_there(store), IClassFixture<OnPostgres>;

public abstract class A_database_that_is_not_there(Store store)
{
    [Fact]
    public async Task Is_unavailable_to_every_call_at_once()
    {
        var database = store.OpenMissing();
        var waited = Stopwatch.StartNew();

        await Assert.ThrowsAsync<StorageUnavailable>(() => Things.NumberAsync(database, "any"));
        await Assert.ThrowsAsync<StorageUnavailable>(() => Things.AddAsync(database, "any", 1));
        await Assert.ThrowsAsync<StorageUnavailable>(() => database.MigrateAsync(CancellationToken.None));
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
        Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }
}
