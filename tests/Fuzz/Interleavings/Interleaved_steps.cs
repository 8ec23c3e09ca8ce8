using System.Collections.Concurrent;
using System.Diagnostics;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;
using Latchkey.Testing;

namespace Fuzz.Interleavings;

/// <summary>Runs login hand-off, consent, redemption, refresh and revocation by concurrent actors,
/// with their storage steps in random orders.</summary>
public sealed class Interleaved_steps
{
    /// <summary>One in this many schedules runs several steps at once.</summary>
    private const int TogetherOneIn = 4;

    /// <summary>The number of schedules after which the database is emptied.</summary>
    private const int BatchLength = 5_000;

    private const int MinForStatistics = 1_000;

    private readonly ConcurrentDictionary<StepEffect, int> effects = new();
    private readonly ConcurrentBag<(int Number, string Wrong)> failures = [];
    private readonly Stopwatch watch = Stopwatch.StartNew();
    private long steps;
    private int played;

    private bool GoesOn => failures.IsEmpty && !(watch.Elapsed > RunOptions.Time);

    [Fact]
    public Task All_invariants_hold_in_any_order_of_steps_on_SQLite() => PlayAsync(OpenSqliteAsync, players: 4);

    [Fact]
    public Task All_invariants_hold_in_any_order_of_steps_on_PostgreSQL() => PlayAsync(OpenPostgresAsync, players: 12);

    [Fact]
    public async Task A_seed_reproduces_its_schedule()
    {
        await using var server = await ServerUnderTest.NewAsync(OpenSqliteAsync);
        for (var number = 0; number < 300; number++)
        {
            var first = await PlayAsync(server, number);
            await server.DeleteLoginsAsync();
            var again = await PlayAsync(server, number);
            await server.DeleteLoginsAsync();
            Assert.True(
                first.IsTogether || first.Played.SequenceEqual(again.Played),
                $"{number}\n{string.Join('\n', first.Played)}\n\n{string.Join('\n', again.Played)}");
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
                    RunReport.Progress($"{Interlocked.Increment(ref played)} of {RunOptions.Schedules} schedules");
                }
            })));
            await server.DeleteLoginsAsync();
            before = before == 0 ? Heap.Measure() : before;
        }

        Assert.True(failures.IsEmpty, failures.OrderBy(f => f.Number).FirstOrDefault().Wrong);
        var summary = $"{played} schedules of {(double)steps / played:F1} steps, heap {Heap.Format(before)} after the first batch and "
            + $"{Heap.Format(Heap.Measure())} at the end, "
            + $"{string.Join(", ", effects.OrderBy(d => d.Key).Select(d => $"{d.Key}: {d.Value}"))}";
        RunReport.Conclude(summary);

        // An invariant about an effect that never happens is not tested. (A few schedules need not have every effect.)
        Assert.True(
            played < MinForStatistics || Enum.GetValues<StepEffect>().All(d => effects.GetValueOrDefault(d) > played / 100), summary);
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
            await schedule.AfterwardsAsync(async () => wrong = await new Invariants(server, schedule, actors).CheckAsync());
        }
#pragma warning disable CA1031 // every failure is reported with the steps that led to it
        catch (Exception broken)
#pragma warning restore CA1031
        {
            wrong = [broken.ToString()];
        }

        if (wrong.Count > 0)
        {
            failures.Add((number,
                $"{string.Join('\n', wrong)}\nReproduce: ./dev torture --seed {RunOptions.Seed} --only {number} -class *Interleaved_steps "
                + $"({server.Store.GetType().Name}{(schedule.IsTogether ? "; steps ran at once: the database decides their order" : "")})\n"
                + $"{string.Join('\n', schedule.Played)}"));
        }

        Interlocked.Add(ref steps, schedule.Played.Count);
        foreach (var step in schedule.StepLog.Steps)
        {
            effects.AddOrUpdate(step.StepEffect, 1, static (_, n) => n + 1);
        }

        return schedule;
    }

    /// <summary>
    /// Opens SQLite without waits for the disk. The server has no such setting, and SQLite accepts the pragma only outside of a
    /// transaction: this step ends the writer's transaction and begins it again.
    /// </summary>
    private static async Task<IDatabase> OpenSqliteAsync(string folder)
    {
        var database = new SqliteDatabase(Path.Combine(folder, "latchkey.db"), Durability.Relaxed, MigrationSet.Main);
        await database.WriteAsync(
            "COMMIT; PRAGMA synchronous = OFF; BEGIN IMMEDIATE; SAVEPOINT step", SqlValues.None, static _ => true, CancellationToken.None);
        Assert.Equal(
            0,
            await database.WriteAsync(
                "PRAGMA synchronous", SqlValues.None, static row => row.Read() ? row.GetInt64(0) : -1, CancellationToken.None));
        return database;
    }

    private static async Task<IDatabase> OpenPostgresAsync(string folder) =>
        PostgresDatabase.Open(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync(), Durability.Relaxed, MigrationSet.Main);
}
