using System.Data.Common;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class Writes_on_SQLite(SqliteStore store) : Writes(store), IClassFixture<SqliteStore>;

public sealed class Writes_on_PostgreSQL(PostgresStore store) : Writes(store), IClassFixture<PostgresStore>;

public abstract class Writes(Store store) : IAsyncLifetime
{
    private const int Callers = 64;

    private IDatabase Database => store.Main;

    public async ValueTask InitializeAsync() => await TestTable.PrepareAsync(Database);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task All_statements_of_a_write_take_effect_together()
    {
        var (first, second) = (TestTable.NewId(), TestTable.NewId());
        await TestTable.AddBothAsync(Database, first, second, 2);

        Assert.Equal((1, 2), (await TestTable.NumberAsync(Database, first), await TestTable.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task A_unique_violation_in_the_second_statement_rolls_the_first_back()
    {
        var (first, taken) = (TestTable.NewId(), TestTable.NewId());
        await TestTable.AddAsync(Database, taken, 1);

        await Assert.ThrowsAsync<UniqueViolation>(() => TestTable.AddBothAsync(Database, first, taken, 2));
        Assert.Equal((null, 1), (await TestTable.NumberAsync(Database, first), await TestTable.NumberAsync(Database, taken)));
    }

    [Fact]
    public async Task A_check_violation_in_the_second_statement_rolls_the_first_back()
    {
        var (first, second) = (TestTable.NewId(), TestTable.NewId());

        var refused = await Assert.ThrowsAnyAsync<DbException>(() => TestTable.AddBothAsync(Database, first, second, TestTable.Forbidden));
        Assert.Contains("constraint", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((null, null), (await TestTable.NumberAsync(Database, first), await TestTable.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task A_syntax_error_in_the_second_statement_rolls_the_first_back()
    {
        var id = TestTable.NewId();

        await Assert.ThrowsAnyAsync<DbException>(() => Database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@id, 1); INSERT INTO nothing (id) VALUES (@id)", new() { { "id", id } },
            static _ => true, CancellationToken.None));
        Assert.Null(await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task A_write_succeeds_after_repeated_failures_of_the_same_text()
    {
        // More often than a driver needs before it prepares the statement.
        for (var i = 0; i < 5; i++)
        {
            var (first, second) = (TestTable.NewId(), TestTable.NewId());
            await Assert.ThrowsAnyAsync<DbException>(() => TestTable.AddBothAsync(Database, first, second, TestTable.Forbidden));
            await TestTable.AddBothAsync(Database, first, second, i);

            Assert.Equal((1, i), (await TestTable.NumberAsync(Database, first), await TestTable.NumberAsync(Database, second)));
        }
    }

    [Fact]
    public async Task Every_unique_constraint_is_reported_as_a_unique_violation()
    {
        var (one, other) = (TestTable.NewId(), TestTable.NewId());
        await TestTable.AddAsync(Database, one, 1);
        await TestTable.AddAsync(Database, other, 1);
        const string Name = "UPDATE things SET name = @name WHERE id = @id";
        await Database.WriteAsync(Name, new() { { "id", one }, { "name", one } }, static _ => true, CancellationToken.None);

        await Assert.ThrowsAsync<UniqueViolation>(() => TestTable.AddAsync(Database, one, 2));
        await Assert.ThrowsAsync<UniqueViolation>(
            () => Database.WriteAsync(Name, new() { { "id", other }, { "name", one } }, static _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task Result_sets_are_read_in_order_and_statements_without_one_are_skipped()
    {
        var (first, second) = (TestTable.NewId(), TestTable.NewId());
        var seen = await Database.WriteAsync(
            """
            INSERT INTO things (id, number) VALUES (@first, 1);
            INSERT INTO things (id, number) VALUES (@second, 2) RETURNING number;
            UPDATE things SET number = 10 WHERE id = @first;
            UPDATE things SET number = 20 WHERE id = 'missing' RETURNING number;
            SELECT number FROM things WHERE id IN (@first, @second) ORDER BY number
            """,
            new() { { "first", first }, { "second", second } },
            static reader =>
            {
                var sets = new List<string>();
                do
                {
                    var numbers = new List<long>();
                    while (reader.Read())
                    {
                        numbers.Add(reader.GetInt64(0));
                    }

                    sets.Add(string.Join(',', numbers));
                }
                while (reader.NextResult());
                return string.Join(';', sets);
            },
            CancellationToken.None);

        Assert.Equal("2;;2,10", seen);
    }

    [Fact]
    public async Task Every_statement_runs_even_if_no_result_is_read()
    {
        var (first, second) = (TestTable.NewId(), TestTable.NewId());
        await Database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@first, 1) RETURNING id; "
            + "INSERT INTO things (id, number) VALUES (@second, 2) RETURNING id",
            new() { { "first", first }, { "second", second } },
            static _ => true,
            CancellationToken.None);

        Assert.Equal((1, 2), (await TestTable.NumberAsync(Database, first), await TestTable.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task Values_and_nulls_of_every_type_are_read_as_written()
    {
        await KeepsAsync(
            new("é 🔑 '\"\\", long.MaxValue, IsTrue: true, "0001FF", DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_123)));
        await KeepsAsync(new("", long.MinValue, IsTrue: false, "", DateTimeOffset.UnixEpoch));
        await KeepsAsync(new(Text: null, Number: null, IsTrue: false, Bytes: null, Time: null));
    }

    [Fact]
    public async Task Text_is_compared_byte_for_byte()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 1);
        await TestTable.AddAsync(Database, id.ToUpperInvariant(), 2);
        await TestTable.AddAsync(Database, id + " ", 3);

        Assert.Equal(
            (1, 2, 3),
            (await TestTable.NumberAsync(Database, id), await TestTable.NumberAsync(Database, id.ToUpperInvariant()),
                await TestTable.NumberAsync(Database, id + " ")));
    }

    [Fact]
    public async Task A_conditional_write_by_64_callers_at_two_nodes_succeeds_once()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 0);

        var taken = await Task.WhenAll(
            Enumerable.Range(1, Callers).Select(i => Task.Run(() => TestTable.MoveAsync(NodeOf(i), id, from: 0, to: i))));
        var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
        Assert.Equal(winner, await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Concurrent_updates_of_two_nodes_are_all_applied()
    {
        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 0);

        await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => NodeOf(i).WriteAsync(
            "UPDATE things SET number = number + 1 WHERE id = @id", new() { { "id", id } }, static _ => true, CancellationToken.None))));
        Assert.Equal(Callers, await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task A_failed_write_in_a_group_does_not_affect_the_others()
    {
        var ids = Enumerable.Range(0, Callers).Select(_ => TestTable.NewId()).ToList();
        var held = await store.HoldAsync(Database);
        var steps = ids.Select((id, i) => TestTable.AddAsync(Database, id, i % 3 == 0 ? TestTable.Forbidden : i)).ToList();
        await held.DisposeAsync();

        for (var i = 0; i < Callers; i++)
        {
            if (i % 3 == 0)
            {
                await Assert.ThrowsAnyAsync<DbException>(() => steps[i]);
                Assert.Null(await TestTable.NumberAsync(Database, ids[i]));
            }
            else
            {
                Assert.True(await steps[i]);
                Assert.Equal(i, await TestTable.NumberAsync(Database, ids[i]));
            }
        }
    }

    [Fact]
    public async Task A_write_that_was_cancelled_before_changes_nothing()
    {
        var id = TestTable.NewId();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => TestTable.AddAsync(Database, id, 1, new CancellationToken(canceled: true)));
        Assert.Null(await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task A_write_that_is_cancelled_while_it_runs_is_completed()
    {
        var id = TestTable.NewId();
        using var cancelled = new CancellationTokenSource();
        var held = await store.HoldAsync(Database);
        var step = TestTable.AddAsync(Database, id, 1, cancelled.Token);
        await store.WaitForBlockedSessionAsync(Database);
        await cancelled.CancelAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(100));
        Assert.False(step.IsCompleted);
        await held.DisposeAsync();

        Assert.True(await step);
        Assert.Equal(1, await TestTable.NumberAsync(Database, id));
    }

    [Fact]
    public async Task A_write_whose_result_cannot_be_read_throws_and_releases_its_connection()
    {
        // More often than the pool has connections.
        for (var i = 0; i < Callers; i++)
        {
            await Assert.ThrowsAsync<CorruptRow>(() => Database.WriteAsync<bool>(
                "UPDATE things SET number = 1 WHERE id = 'missing' RETURNING id; SELECT 1",
                SqlValues.None,
                static _ => throw new CorruptRow("things", "missing", "a test"),
                CancellationToken.None));
        }

        var id = TestTable.NewId();
        await TestTable.AddAsync(Database, id, 7);
        Assert.Equal(7, await TestTable.NumberAsync(Database, id));
    }

    private IDatabase NodeOf(int caller) => caller % 2 == 0 ? store.Main : store.OtherNode;

    private async Task KeepsAsync(Values given)
    {
        var (id, timed) = (TestTable.NewId(), TestTable.NewId());
        await Database.WriteAsync(
            "INSERT INTO things (id, name, number, flag, bytes) VALUES (@id, @text, @number, @flag, @bytes); "
            + "INSERT INTO things (id, number) VALUES (@timed, @time)",
            new()
            {
                { "id", id }, { "timed", timed }, { "text", given.Text }, { "number", given.Number }, { "flag", given.IsTrue },
                { "bytes", given.Bytes is { } hex ? Convert.FromHexString(hex) : null }, { "time", given.Time },
            },
            static _ => true,
            CancellationToken.None);
        var kept = await Database.ReadAsync(
            "SELECT t.name, t.number, t.flag, t.bytes, o.number FROM things t, things o WHERE t.id = @id AND o.id = @timed",
            new() { { "id", id }, { "timed", timed } },
            static row => row.Read()
                ? new Values(
                    row.IsDBNull(0) ? null : row.GetString(0),
                    row.IsDBNull(1) ? null : row.GetInt64(1),
                    row.GetInt16(2) == 1,
                    row.IsDBNull(3) ? null : Convert.ToHexString((byte[])row.GetValue(3)),
                    row.IsDBNull(4) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)))
                : null,
            CancellationToken.None);

        Assert.Equal(given, kept);
    }

    private sealed record Values(string? Text, long? Number, bool IsTrue, string? Bytes, DateTimeOffset? Time);
}
