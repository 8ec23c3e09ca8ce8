using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>What only SQLite has: one writer that commits groups.</summary>
public sealed class The_single_writer(OnSqlite store) : IClassFixture<OnSqlite>
{
    private const int GroupSize = 32;

    [Fact]
    public async Task Waits_for_the_disk_where_a_power_cut_counts_and_not_for_journeys()
    {
        const string Settings = "SELECT j.journal_mode || ' ' || s.synchronous FROM pragma_journal_mode j, pragma_synchronous s";
        static string Read(System.Data.Common.DbDataReader reader) => reader.Read() ? reader.GetString(0) : "";

        Assert.Equal("wal 2", await store.Main.WriteAsync(Settings, SqlValues.None, Read, CancellationToken.None));
        Assert.Equal("wal 1", await store.Journeys.WriteAsync(Settings, SqlValues.None, Read, CancellationToken.None));
    }

    [Fact]
    public async Task Tells_nobody_of_success_when_a_step_takes_the_whole_group_down()
    {
        var database = await NewAsync();
        await Things.AddAsync(database, "taken", 0);
        var steps = await AsOneGroupAsync(database, i => i == GroupSize / 2
            ? database.WriteAsync("INSERT OR ROLLBACK INTO things (id) VALUES ('taken')", SqlValues.None, static _ => true, CancellationToken.None)
            : Things.AddAsync(database, $"thing {i}", i));

        await EachIsWrittenOrUnavailableAsync(database, steps, exceptFor: GroupSize / 2);
        await Assert.ThrowsAsync<UniqueViolation>(() => steps[GroupSize / 2]);
    }

    [Fact]
    public async Task Tells_nobody_of_success_when_the_disk_is_full()
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
        Assert.True(await Things.AddAsync(database, "afterwards", 1));
    }

    [Fact]
    public async Task Tells_nobody_of_success_when_the_commit_fails()
    {
        var database = await NewAsync();
        await database.WriteAsync(
            "CREATE TABLE parts (id TEXT PRIMARY KEY, thing TEXT REFERENCES things (id) DEFERRABLE INITIALLY DEFERRED)", SqlValues.None, static _ => true, CancellationToken.None);
        var steps = await AsOneGroupAsync(database, i => i == 3
            ? database.WriteAsync("INSERT INTO parts (id, thing) VALUES ('part', 'of nothing')", SqlValues.None, static _ => true, CancellationToken.None)
            : Things.AddAsync(database, $"thing {i}", i));

        await EachIsWrittenOrUnavailableAsync(database, steps);
        Assert.All(steps, step => Assert.True(step.IsFaulted));
        Assert.True(await Things.AddAsync(database, "afterwards", 1));
    }

    [Fact]
    public async Task Refuses_texts_put_together_from_values_and_goes_on_with_the_others()
    {
        var database = await NewAsync();
        await Things.AddAsync(database, "before", 1);
        var refused = 0;
        for (var i = 0; i < 300; i++)
        {
            try
            {
                await database.WriteAsync($"INSERT INTO things (id) VALUES ('thing {i}')", SqlValues.None, static _ => true, CancellationToken.None);
            }
            catch (InvalidOperationException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 50, 250);
        Assert.True(await Things.AddAsync(database, "afterwards", 1));
        Assert.Equal(1, await Things.NumberAsync(database, "afterwards"));
    }

    [Fact]
    public async Task Closing_writes_what_waits_and_leaves_everything_in_the_one_file()
    {
        var database = await NewAsync();
        var steps = Enumerable.Range(0, 500).Select(i => Things.AddAsync(database, $"thing {i}", i)).ToList();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Things.NumberAsync(database, "nobody")));
        await database.DisposeAsync();

        Assert.All(await Task.WhenAll(steps), Assert.True);
        Assert.False(File.Exists(store.PathOf(database) + "-wal"), "a copy of the file would miss what lies in the log");
        Assert.Equal(499, await Things.NumberAsync(store.OpenAnother(database), "thing 499"));
    }

    private async Task<IDatabase> NewAsync()
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        return database;
    }

    private static Task LimitPagesAsync(IDatabase database, int pages) =>
        database.WriteAsync($"PRAGMA max_page_count = {pages}", SqlValues.None, static _ => true, CancellationToken.None);

    /// <summary>Holds the writer up with one step, so that the others meet in the group behind it.</summary>
    private async Task<List<Task<bool>>> AsOneGroupAsync(IDatabase database, Func<int, Task<bool>> step)
    {
        var held = await store.HoldAsync(database);
        var first = Things.AddAsync(database, "first", 0);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        var steps = Enumerable.Range(0, GroupSize).Select(step).ToList();
        await held.DisposeAsync();
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
                Assert.Equal(steps[i].IsFaulted ? null : i, await Things.NumberAsync(database, $"thing {i}"));
                Assert.True(steps[i].Exception?.InnerException is null or StorageUnavailable, steps[i].Exception?.InnerException?.ToString());
            }
        }
    }
}
