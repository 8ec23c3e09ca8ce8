using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;
using Latchkey.Testing;

namespace Fuzz.Interleavings;

/// <summary>The hand-off, consent, redemption, refresh and revocation by several actors at once, their storage steps in every order that is drawn.</summary>
public sealed class Interleaved_steps
{
    /// <summary>One schedule in so many lets steps go together.</summary>
    private const int TogetherOneIn = 4;

    /// <summary>Schedules until the server forgets them.</summary>
    private const int BatchLength = 5_000;

    private const int MinTelling = 1_000;

    private readonly ConcurrentDictionary<StepEffect, int> effects = new();
    private readonly ConcurrentBag<(int Number, string Wrong)> failures = [];
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private long steps;
    private int played;

    private bool GoesOn => failures.IsEmpty && !(watch.Elapsed > RunOptions.Time);

    [Fact]
    public Task Keep_every_promise_on_SQLite() => PlayAsync(OpenSqliteAsync, players: 4);

    [Fact]
    public Task Keep_every_promise_on_PostgreSQL() => PlayAsync(OpenPostgresAsync, players: 12);

    [Fact]
    public async Task Are_the_same_ones_whenever_a_seed_is_drawn_again()
    {
        await using var server = await ServerUnderTest.NewAsync(OpenSqliteAsync);
        for (var number = 0; number < 300; number++)
        {
            var first = await PlayAsync(server, number);
            await server.ForgetAsync();
            var again = await PlayAsync(server, number);
            await server.ForgetAsync();
            Assert.True(first.IsTogether || first.Played.SequenceEqual(again.Played), $"{number}\n{string.Join('\n', first.Played)}\n\n{string.Join('\n', again.Played)}");
        }
    }

    private async Task PlayAsync(Func<string, Task<IDatabase>> open, int players)
    {
        await using var server = await ServerUnderTest.NewAsync(open);
        if (RunOptions.Only is { } only)
        {
            await PlayAsync(server, only);
            Assert.True(failures.IsEmpty, failures.FirstOrDefault().Wrong);
            return;
        }

        var before = 0L;
        for (var start = 0; start < RunOptions.Schedules && GoesOn; start += BatchLength)
        {
            var (next, end) = (start - 1, Math.Min(start + BatchLength, RunOptions.Schedules));
            await Task.WhenAll(Enumerable.Range(0, players).Select(_ => Task.Run(async () =>
            {
                while (GoesOn && Interlocked.Increment(ref next) is var number && number < end)
                {
                    await PlayAsync(server, number);
                    RunReport.Reached($"{Interlocked.Increment(ref played)} of {RunOptions.Schedules} schedules");
                }
            })));
            await server.ForgetAsync();
            before = before == 0 ? Heap.Measure() : before;
        }

        Assert.True(failures.IsEmpty, failures.OrderBy(f => f.Number).FirstOrDefault().Wrong);
        var summary = $"{played} schedules of {(double)steps / played:F1} steps, heap {Heap.Shown(before)} after the first batch and {Heap.Shown(Heap.Measure())} at the end, {string.Join(", ", effects.OrderBy(d => d.Key).Select(d => $"{d.Key}: {d.Value}"))}";
        RunReport.Conclude(summary);

        // A promise about what never happens is kept by nobody. (A few schedules need not hold everything.)
        Assert.True(played < MinTelling || Enum.GetValues<StepEffect>().All(d => effects.GetValueOrDefault(d) > played / 100), summary);
    }

    private async Task<Schedule> PlayAsync(ServerUnderTest server, int number)
    {
        var random = SeededRandom.ForCase(RunOptions.Seed, number);
        var schedule = new Schedule(new SeededRandom(random.Next()), random.OneIn(TogetherOneIn), ScheduleClock.Begin);
        var actors = new Actors(server, schedule, number);
        await actors.BeginAsync(random);
        IReadOnlyList<string> wrong = [];
        try
        {
            await schedule.PlayAsync(() => actors.Enter(random));
            await schedule.AfterwardsAsync(async () => wrong = await new Invariants(server, schedule, actors).LookAsync());
        }
#pragma warning disable CA1031 // whatever it is, it is told with the steps that led to it
        catch (Exception broken)
#pragma warning restore CA1031
        {
            wrong = [broken.ToString()];
        }

        if (wrong.Count > 0)
        {
            failures.Add((number, $"{string.Join('\n', wrong)}\nAgain: ./dev torture --seed {RunOptions.Seed} --only {number} -class *Interleaved_steps ({server.Store.GetType().Name}{(schedule.IsTogether ? "; steps were let go together: their order is the database's" : "")})\n{string.Join('\n', schedule.Played)}"));
        }

        Interlocked.Add(ref steps, schedule.Played.Count);
        foreach (var step in schedule.StepLog.Steps)
        {
            effects.AddOrUpdate(step.StepEffect, 1, static (_, n) => n + 1);
        }

        return schedule;
    }

    /// <summary>
    /// Without any waiting for the disk. No setting of the server leads there, and SQLite takes the pragma between transactions only: this step leaves the one that
    /// the writer began, and begins it again.
    /// </summary>
    private static async Task<IDatabase> OpenSqliteAsync(string folder)
    {
        var database = new SqliteDatabase(Path.Combine(folder, "latchkey.db"), Durability.Relaxed, MigrationSet.Main);
        await database.WriteAsync("COMMIT; PRAGMA synchronous = OFF; BEGIN IMMEDIATE; SAVEPOINT step", SqlValues.None, static _ => true, CancellationToken.None);
        Assert.Equal(0, await database.WriteAsync("PRAGMA synchronous", SqlValues.None, static row => row.Read() ? row.GetInt64(0) : -1, CancellationToken.None));
        return database;
    }

    private static async Task<IDatabase> OpenPostgresAsync(string folder) =>
        PostgresDatabase.Open(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), Durability.Relaxed, MigrationSet.Main);
}
