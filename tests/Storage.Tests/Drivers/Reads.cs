using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class Reads_on_SQLite(SqliteStore store) : Reads(store), IClassFixture<SqliteStore>;

public sealed class Reads_on_PostgreSQL(PostgresStore store) : Reads(store), IClassFixture<PostgresStore>;

public abstract class Reads(Store store) : IAsyncLifetime
{
    private IDatabase Database => store.Main;

    public async ValueTask InitializeAsync() => await TestTable.PrepareAsync(Database);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task A_read_sees_every_confirmed_write_of_both_nodes()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 0);
        for (var i = 0; i < 100; i++)
        {
            var (writes, reads) = i % 2 == 0 ? (store.Main, store.OtherNode) : (store.OtherNode, store.Main);
            await TestTable.MoveAsync(writes, id, from: i, to: i + 1);

            Assert.Equal(i + 1, await TestTable.NumberAsync(reads, id));
        }
    }

    [Fact]
    public async Task A_read_sees_every_confirmed_write_among_concurrent_readers_and_writers()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var id = TestTable.NewId();
            await TestTable.AddAsync(Database, id, 0);
            for (var i = 0; i < 20; i++)
            {
                Assert.True(await TestTable.MoveAsync(Database, id, from: i, to: i + 1));
                Assert.Equal(i + 1, await TestTable.NumberAsync(Database, id));
            }
        })));
    }

    [Fact]
    public async Task An_unfinished_read_keeps_no_later_read_on_an_old_snapshot()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 1);
        await TestTable.AddAsync(Database, TestTable.NewId(), 1);
        await Database.ReadAsync(
            "SELECT number FROM things; SELECT id FROM things", SqlValues.None, static reader => reader.Read(), CancellationToken.None);
        await Assert.ThrowsAsync<CorruptRow>(() => Database.ReadAsync<bool>(
            "SELECT number FROM things", SqlValues.None,
            static reader => reader.Read() ? throw new CorruptRow("things", "any", "a test") : false, CancellationToken.None));
        await TestTable.MoveAsync(Database, id, from: 1, to: 2);

        Assert.Equal(2, await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Several_result_sets_are_read_in_order()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 5);
        var seen = await Database.ReadAsync(
            "SELECT number FROM things WHERE id = @id; SELECT number FROM things WHERE id = 'missing'; "
            + "SELECT number + 1 FROM things WHERE id = @id",
            new() { { "id", id } },
            static reader =>
            {
                var first = reader.Read() ? reader.GetInt64(0) : 0;
                var isEmpty = reader.NextResult() && !reader.Read();
                return (first, isEmpty, reader.NextResult() && reader.Read() ? reader.GetInt64(0) : 0);
            },
            CancellationToken.None);

        Assert.Equal((5, true, 6), seen);
    }

    [Fact]
    public async Task A_read_that_throws_releases_its_connection()
    {
        // More often than the pool has connections.
        for (var i = 0; i < 64; i++)
        {
            await Assert.ThrowsAsync<CorruptRow>(() => Database.ReadAsync<bool>(
                "SELECT 1; SELECT 2", SqlValues.None, static _ => throw new CorruptRow("things", "any", "a test"), CancellationToken.None));
        }

        Assert.Null(await TestTable.NumberAsync(Database, "missing"));
    }

    [Fact]
    public async Task A_read_that_was_cancelled_before_does_not_start()
    {
        var looked = false;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Database.ReadAsync("SELECT 1", SqlValues.None, _ => looked = true, new CancellationToken(canceled: true)));
        Assert.False(looked);
    }

    [Fact]
    public async Task A_read_does_not_wait_for_a_write()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 1);
        var held = await store.HoldAsync(Database);
        var waiting = TestTable.MoveAsync(Database, id, from: 1, to: 2);

        Assert.Equal(1, await TestTable.NumberAsync(Database, id).WaitAsync(TimeSpan.FromMinutes(1)));
        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        Assert.True(await waiting);
    }
}
