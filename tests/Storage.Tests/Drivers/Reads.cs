using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class A_read_on_SQLite(OnSqlite store) : A_read(store), IClassFixture<OnSqlite>;

public sealed class A_read_on_PostgreSQL(OnPostgres store) : A_read(store), IClassFixture<OnPostgres>;

public abstract class A_read(Store store) : IAsyncLifetime
{
    private IDatabase Database => store.Main;

    public async ValueTask InitializeAsync() => await Things.PrepareAsync(Database);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Sees_every_write_that_was_answered_at_whichever_node()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 0);
        for (var i = 0; i < 100; i++)
        {
            var (writes, reads) = i % 2 == 0 ? (store.Main, store.OtherNode) : (store.OtherNode, store.Main);
            await Things.MoveAsync(writes, id, from: i, to: i + 1);

            Assert.Equal(i + 1, await Things.NumberAsync(reads, id));
        }
    }

    [Fact]
    public async Task Sees_every_answered_write_among_many_readers_and_writers()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            var id = Things.NewId();
            await Things.AddAsync(Database, id, 0);
            for (var i = 0; i < 20; i++)
            {
                Assert.True(await Things.MoveAsync(Database, id, from: i, to: i + 1));
                Assert.Equal(i + 1, await Things.NumberAsync(Database, id));
            }
        })));
    }

    [Fact]
    public async Task That_stopped_half_way_keeps_no_later_read_in_the_past()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 1);
        await Things.AddAsync(Database, Things.NewId(), 1);
        await Database.ReadAsync("SELECT number FROM things; SELECT id FROM things", SqlValues.None, static reader => reader.Read(), CancellationToken.None);
        await Assert.ThrowsAsync<CorruptRow>(() => Database.ReadAsync<bool>(
            "SELECT number FROM things", SqlValues.None, static reader => reader.Read() ? throw new CorruptRow("things", "any", "a test") : false, CancellationToken.None));
        await Things.MoveAsync(Database, id, from: 1, to: 2);

        Assert.Equal(2, await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Gives_several_result_sets_in_order()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 5);
        var seen = await Database.ReadAsync(
            "SELECT number FROM things WHERE id = @id; SELECT number FROM things WHERE id = 'nobody'; SELECT number + 1 FROM things WHERE id = @id",
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
    public async Task That_throws_while_reading_keeps_nothing_busy()
    {
        // More often than there are connections.
        for (var i = 0; i < 64; i++)
        {
            await Assert.ThrowsAsync<CorruptRow>(() => Database.ReadAsync<bool>(
                "SELECT 1; SELECT 2", SqlValues.None, static _ => throw new CorruptRow("things", "any", "a test"), CancellationToken.None));
        }

        Assert.Null(await Things.NumberAsync(Database, "nobody"));
    }

    [Fact]
    public async Task That_was_cancelled_before_is_not_begun()
    {
        var looked = false;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Database.ReadAsync("SELECT 1", SqlValues.None, _ => looked = true, new CancellationToken(canceled: true)));
        Assert.False(looked);
    }

    [Fact]
    public async Task Does_not_wait_for_a_write()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 1);
        var held = await store.HoldAsync(Database);
        var waiting = Things.MoveAsync(Database, id, from: 1, to: 2);

        Assert.Equal(1, await Things.NumberAsync(Database, id).WaitAsync(TimeSpan.FromSeconds(2)));
        Assert.False(waiting.IsCompleted);
        await held.DisposeAsync();
        Assert.True(await waiting);
    }
}
