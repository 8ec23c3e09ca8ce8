using System.Diagnostics;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>SQLite: another process locks the file for longer than the busy timeout.</summary>
public sealed class SQLite_lock_timeouts(SqliteStore store) : IClassFixture<SqliteStore>
{
    /// <summary>The busy timeout of five seconds, which the retries of SQLite exceed a little.</summary>
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(9);

    private const string Exclusively =
        "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (id TEXT); COMMIT";

    [Fact]
    public async Task Reads_continue_during_a_lock_and_writes_after_it()
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        await using (await OtherProcess.HoldAsync(store.PathOf(database), "BEGIN IMMEDIATE"))
        {
            await Promptness.ExpectWithinAsync(MaxWait, async () =>
            {
                var waited = Stopwatch.StartNew();
                var write = TestTable.AddAsync(database, "held", 1);
                Assert.Null(await TestTable.NumberAsync(database, "held"));

                await Assert.ThrowsAsync<StorageUnavailable>(() => write);
                Assert.True(waited.Elapsed > TimeSpan.FromSeconds(3), "the write did not wait for the lock");
                return waited.Elapsed;
            });
        }

        Assert.True(await TestTable.AddAsync(database, "held", 2));
        Assert.Equal(2, await TestTable.NumberAsync(database, "held"));
    }

    [Fact]
    public async Task A_lock_that_precedes_the_first_call_makes_the_database_unavailable_until_it_ends()
    {
        var database = await store.OpenEmptyAsync();
        await using (await OtherProcess.HoldAsync(store.PathOf(database), "PRAGMA journal_mode = WAL; " + Exclusively))
        {
            await using var watch = new WatchRecorder(database);
            await Promptness.ExpectWithinAsync(
                TimeSpan.FromSeconds(3), async () => Assert.False(await database.IsReadyAsync(CancellationToken.None)));
            await Promptness.ExpectWithinAsync(MaxWait, async () =>
            {
                var read = Task.Run(() => Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.NumberAsync(database, "held")));
                var write = Task.Run(() => Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.AddAsync(database, "held", 1)));
                await Task.WhenAll(read, write);
            });
        }

        await database.MigrateAsync(CancellationToken.None);
        await TestTable.PrepareAsync(database);
        Assert.True(await TestTable.AddAsync(database, "held", 2));
        Assert.Equal(2, await TestTable.NumberAsync(database, "held"));
        await database.ExpectReadyAsync();
    }
}
