using System.Diagnostics;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>SQLite: another process is in the way for longer than anybody should wait.</summary>
public sealed class A_locked_file(OnSqlite store) : IClassFixture<OnSqlite>
{
    /// <summary>The busy timeout of five seconds, and room for a slow machine.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(9);

    private const string Exclusively = "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (id TEXT); COMMIT";

    [Fact]
    public async Task Lets_reads_go_on_and_writes_go_on_afterwards()
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        await using (await OtherProcess.HoldAsync(store.PathOf(database), "BEGIN IMMEDIATE"))
        {
            var waited = Stopwatch.StartNew();
            var write = Things.AddAsync(database, "held", 1);
            Assert.Null(await Things.NumberAsync(database, "held"));

            await Assert.ThrowsAsync<StorageUnavailable>(() => write);
            Assert.InRange(waited.Elapsed, TimeSpan.FromSeconds(3), Patience);
        }

        Assert.True(await Things.AddAsync(database, "held", 2));
        Assert.Equal(2, await Things.NumberAsync(database, "held"));
    }

    [Fact]
    public async Task From_before_the_first_call_is_trouble_that_passes()
    {
        var database = await store.OpenEmptyAsync();
        await using (await OtherProcess.HoldAsync(store.PathOf(database), "PRAGMA journal_mode = WAL; " + Exclusively))
        {
            await using var watch = new Watching(database);
            var waited = Stopwatch.StartNew();
            Assert.False(await database.IsReadyAsync(CancellationToken.None));
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(3));

            waited.Restart();
            var read = Task.Run(() => Assert.ThrowsAsync<StorageUnavailable>(() => Things.NumberAsync(database, "held")));
            var write = Task.Run(() => Assert.ThrowsAsync<StorageUnavailable>(() => Things.AddAsync(database, "held", 1)));
            await Task.WhenAll(read, write);
            Assert.InRange(waited.Elapsed, TimeSpan.Zero, Patience);
        }

        await database.MigrateAsync(CancellationToken.None);
        await Things.PrepareAsync(database);
        Assert.True(await Things.AddAsync(database, "held", 2));
        Assert.Equal(2, await Things.NumberAsync(database, "held"));
        Assert.True(await database.IsReadyAsync(CancellationToken.None));
    }
}
