using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>SQLite has one writer, which commits writes in groups.</summary>
public sealed class SQLite_group_commit(SqliteStore store) : IClassFixture<SqliteStore>
{
    private const int GroupSize = 32;

    [Fact]
    public async Task Only_sign_in_events_are_written_without_a_wait_for_the_disk()
    {
        const string Settings = "SELECT j.journal_mode || ' ' || s.synchronous FROM pragma_journal_mode j, pragma_synchronous s";
        static string Read(System.Data.Common.DbDataReader reader) => reader.Read() ? reader.GetString(0) : "";

        Assert.Equal("wal 2", await store.Main.WriteAsync(Settings, SqlValues.None, Read, CancellationToken.None));
        Assert.Equal("wal 1", await store.SignIns.WriteAsync(Settings, SqlValues.None, Read, CancellationToken.None));
    }

    [Fact]
    public async Task A_write_that_rolls_the_group_back_leaves_no_false_success()
    {
        var database = await NewAsync();
        await TestTable.AddAsync(database, "taken", 0);
        var steps = await AsOneGroupAsync(database, i => i == GroupSize / 2
            ? database.WriteAsync(
                "INSERT OR ROLLBACK INTO things (id) VALUES ('taken')", SqlValues.None, static _ => true, CancellationToken.None)
            : TestTable.AddAsync(database, $"thing {i}", i));

        await EachIsWrittenOrUnavailableAsync(database, steps, exceptFor: GroupSize / 2);
        await Assert.ThrowsAsync<UniqueViolation>(() => steps[GroupSize / 2]);
    }

    [Fact]
    public async Task A_full_disk_leaves_no_false_success()
    {
        var database = await NewAsync();
        await LimitPagesAsync(database, 60);
        var steps = await AsOneGroupAsync(database, i => database.WriteAsync(
            "INSERT INTO things (id, number, bytes) VALUES (@id, @number, @bytes)",
            new() { { "id", $"thing {i}" }, { "number", i }, { "bytes", new byte[20_000] } },
            static _ => true,
            CancellationToken.None));

        await EachIsWrittenOrUnavailableAsync(database, steps);
        Assert.Contains(steps, step => step.IsFaulted);
        await LimitPagesAsync(database, 100_000);
        Assert.True(await TestTable.AddAsync(database, "afterwards", 1));
    }

    [Fact]
    public async Task A_failed_commit_leaves_no_false_success()
    {
        var database = await NewAsync();
        await database.WriteAsync(
            "CREATE TABLE parts (id TEXT PRIMARY KEY, thing TEXT REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)", SqlValues.None,
            static _ => true, CancellationToken.None);
        var steps = await AsOneGroupAsync(database, i => i == 3
            ? database.WriteAsync(
                "INSERT INTO parts (id, thing) VALUES ('part', 'of nothing')", SqlValues.None, static _ => true, CancellationToken.None)
            : TestTable.AddAsync(database, $"thing {i}", i));

        await EachIsWrittenOrUnavailableAsync(database, steps);
        Assert.All(steps, step => Assert.True(step.IsFaulted));
        Assert.True(await TestTable.AddAsync(database, "afterwards", 1));
    }

    [Fact]
    public async Task Too_many_distinct_SQL_texts_are_refused_and_other_writes_continue()
    {
        var database = await NewAsync();
        await TestTable.AddAsync(database, "before", 1);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            try
            {
                await database.WriteAsync(
                    $"INSERT INTO things (id) VALUES ('thing {i}')", SqlValues.None, static _ => true, CancellationToken.None);
            }
            catch (InvalidOperationException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 50, 250);
        Assert.True(await TestTable.AddAsync(database, "afterwards", 1));
        Assert.Equal(1, await TestTable.NumberAsync(database, "afterwards"));
    }

    [Fact]
    public async Task Disposal_completes_waiting_writes_and_checkpoints_the_log()
    {
        var database = await NewAsync();
        var steps = Enumerable.Range(0, 500).Select(i => TestTable.AddAsync(database, $"thing {i}", i)).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => TestTable.NumberAsync(database, "missing")));
        await database.DisposeAsync();

        Assert.All(await Task.WhenAll(steps), Assert.True);
        Assert.False(File.Exists(store.PathOf(database) + "-wal"), "a copy of the file would lack the contents of the write-ahead log");
        Assert.Equal(499, await TestTable.NumberAsync(store.OpenAnother(database), "thing 499"));
    }

    private async Task<IDatabase> NewAsync()
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        return database;
    }

    private static Task LimitPagesAsync(IDatabase database, int pages) =>
        database.WriteAsync($"PRAGMA max_page_count = {pages}", SqlValues.None, static _ => true, CancellationToken.None);

    /// <summary>Holds the writer in the middle of one write, so that the following writes form one group.</summary>
    private static async Task<List<Task<bool>>> AsOneGroupAsync(IDatabase database, Func<int, Task<bool>> step)
    {
        var begun = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var released = new ManualResetEventSlim();
        var first = database.WriteAsync(
            "INSERT INTO things (id, number) VALUES ('first', 0)",
            SqlValues.None,
            _ =>
            {
                begun.SetResult();
                released.Wait();
                return true;
            },
            CancellationToken.None);
        await begun.Task;
        var steps = Enumerable.Range(0, GroupSize).Select(step).ToList();
        released.Set();
        Assert.True(await first);
        await ((Task)Task.WhenAll(steps)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return steps;
    }

    private static async Task EachIsWrittenOrUnavailableAsync(IDatabase database, List<Task<bool>> steps, int exceptFor = -1)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            if (i != exceptFor)
            {
                Assert.Equal(steps[i].IsFaulted ? null : i, await TestTable.NumberAsync(database, $"thing {i}"));
                Assert.True(
                    steps[i].Exception?.InnerException is null or StorageUnavailable, steps[i].Exception?.InnerException?.ToString());
            }
        }
    }
}
