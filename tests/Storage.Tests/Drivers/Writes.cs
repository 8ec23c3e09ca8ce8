using System.Data.Common;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

public sealed class A_step_on_SQLite(OnSqlite store) : A_step(store), IClassFixture<OnSqlite>;

public sealed class A_step_on_PostgreSQL(OnPostgres store) : A_step(store), IClassFixture<OnPostgres>;

public abstract class A_step(Store store) : IAsyncLifetime
{
    private const int Callers = 64;

    private IDatabase Database => store.Main;

    public async ValueTask InitializeAsync() => await Things.PrepareAsync(Database);

    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Takes_effect_whole()
    {
        var (first, second) = (Things.NewId(), Things.NewId());
        await Things.AddBothAsync(Database, first, second, 2);

        Assert.Equal((1, 2), (await Things.NumberAsync(Database, first), await Things.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task Whose_second_statement_meets_a_taken_value_leaves_nothing_of_the_first()
    {
        var (first, taken) = (Things.NewId(), Things.NewId());
        await Things.AddAsync(Database, taken, 1);

        await Assert.ThrowsAsync<UniqueViolation>(() => Things.AddBothAsync(Database, first, taken, 2));
        Assert.Equal((null, 1), (await Things.NumberAsync(Database, first), await Things.NumberAsync(Database, taken)));
    }

    [Fact]
    public async Task Whose_second_statement_is_refused_leaves_nothing_of_the_first()
    {
        var (first, second) = (Things.NewId(), Things.NewId());

        var refused = await Assert.ThrowsAnyAsync<DbException>(() => Things.AddBothAsync(Database, first, second, Things.Forbidden));
        Assert.Contains("constraint", refused.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Equal((null, null), (await Things.NumberAsync(Database, first), await Things.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task Whose_second_statement_cannot_be_read_leaves_nothing_of_the_first()
    {
        var id = Things.NewId();

        await Assert.ThrowsAnyAsync<DbException>(() => Database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@id, 1); INSERT INTO nothing (id) VALUES (@id)", new() { { "id", id } }, static _ => true, CancellationToken.None));
        Assert.Null(await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Works_again_however_often_it_was_refused_before()
    {
        // More often than a driver needs to begin preparing the text.
        for (var i = 0; i < 5; i++)
        {
            var (first, second) = (Things.NewId(), Things.NewId());
            await Assert.ThrowsAnyAsync<DbException>(() => Things.AddBothAsync(Database, first, second, Things.Forbidden));
            await Things.AddBothAsync(Database, first, second, i);

            Assert.Equal((1, i), (await Things.NumberAsync(Database, first), await Things.NumberAsync(Database, second)));
        }
    }

    [Fact]
    public async Task Says_of_a_taken_value_that_it_is_taken_whichever_constraint_found_it()
    {
        var (one, other) = (Things.NewId(), Things.NewId());
        await Things.AddAsync(Database, one, 1);
        await Things.AddAsync(Database, other, 1);
        const string Name = "UPDATE things SET name = @name WHERE id = @id";
        await Database.WriteAsync(Name, new() { { "id", one }, { "name", one } }, static _ => true, CancellationToken.None);

        await Assert.ThrowsAsync<UniqueViolation>(() => Things.AddAsync(Database, one, 2));
        await Assert.ThrowsAsync<UniqueViolation>(() => Database.WriteAsync(Name, new() { { "id", other }, { "name", one } }, static _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task Gives_its_result_sets_in_order_and_skips_statements_without_one()
    {
        var (first, second) = (Things.NewId(), Things.NewId());
        var seen = await Database.WriteAsync(
            """
            INSERT INTO things (id, number) VALUES (@first, 1);
            INSERT INTO things (id, number) VALUES (@second, 2) RETURNING number;
            UPDATE things SET number = 10 WHERE id = @first;
            UPDATE things SET number = 20 WHERE id = 'nobody' RETURNING number;
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
    public async Task Runs_to_its_end_whatever_of_its_answer_is_looked_at()
    {
        var (first, second) = (Things.NewId(), Things.NewId());
        await Database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@first, 1) RETURNING id; INSERT INTO things (id, number) VALUES (@second, 2) RETURNING id",
            new() { { "first", first }, { "second", second } },
            static _ => true,
            CancellationToken.None);

        Assert.Equal((1, 2), (await Things.NumberAsync(Database, first), await Things.NumberAsync(Database, second)));
    }

    [Fact]
    public async Task Keeps_values_and_nulls_of_every_type()
    {
        await KeepsAsync(new("é 🔑 '\"\\", long.MaxValue, IsTrue: true, "0001FF", DateTimeOffset.FromUnixTimeMilliseconds(1_900_000_000_123)));
        await KeepsAsync(new("", long.MinValue, IsTrue: false, "", DateTimeOffset.UnixEpoch));
        await KeepsAsync(new(Text: null, Number: null, IsTrue: false, Bytes: null, Time: null));
    }

    [Fact]
    public async Task Compares_text_byte_for_byte()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 1);
        await Things.AddAsync(Database, id.ToUpperInvariant(), 2);
        await Things.AddAsync(Database, id + " ", 3);

        Assert.Equal((1, 2, 3), (await Things.NumberAsync(Database, id), await Things.NumberAsync(Database, id.ToUpperInvariant()), await Things.NumberAsync(Database, id + " ")));
    }

    [Fact]
    public async Task Has_one_winner_among_64_callers_at_two_nodes()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 0);

        var taken = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => Things.MoveAsync(NodeOf(i), id, from: 0, to: i))));
        var winner = Assert.Single(taken.Index(), t => t.Item).Index + 1;
        Assert.Equal(winner, await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Loses_no_update_of_another_node()
    {
        var id = Things.NewId();
        await Things.AddAsync(Database, id, 0);

        await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => NodeOf(i).WriteAsync(
            "UPDATE things SET number = number + 1 WHERE id = @id", new() { { "id", id } }, static _ => true, CancellationToken.None))));
        Assert.Equal(Callers, await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task That_fails_among_others_fails_alone()
    {
        var ids = Enumerable.Range(0, Callers).Select(_ => Things.NewId()).ToList();
        var held = await store.HoldAsync(Database);
        var steps = ids.Select((id, i) => Things.AddAsync(Database, id, i % 3 == 0 ? Things.Forbidden : i)).ToList();
        await held.DisposeAsync();

        for (var i = 0; i < Callers; i++)
        {
            if (i % 3 == 0)
            {
                await Assert.ThrowsAnyAsync<DbException>(() => steps[i]);
                Assert.Null(await Things.NumberAsync(Database, ids[i]));
            }
            else
            {
                Assert.True(await steps[i]);
                Assert.Equal(i, await Things.NumberAsync(Database, ids[i]));
            }
        }
    }

    [Fact]
    public async Task Cancelled_before_it_is_handed_over_changes_nothing()
    {
        var id = Things.NewId();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Things.AddAsync(Database, id, 1, new CancellationToken(canceled: true)));
        Assert.Null(await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Cancelled_after_it_was_handed_over_runs_to_its_end()
    {
        var id = Things.NewId();
        using var cancelled = new CancellationTokenSource();
        var held = await store.HoldAsync(Database);
        var step = Things.AddAsync(Database, id, 1, cancelled.Token);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        await cancelled.CancelAsync();
        await Task.Delay(TimeSpan.FromMilliseconds(100));
        Assert.False(step.IsCompleted);
        await held.DisposeAsync();

        Assert.True(await step);
        Assert.Equal(1, await Things.NumberAsync(Database, id));
    }

    [Fact]
    public async Task Whose_answer_cannot_be_read_tells_so_and_keeps_nothing_busy()
    {
        // More often than there are connections.
        for (var i = 0; i < Callers; i++)
        {
            await Assert.ThrowsAsync<CorruptRow>(() => Database.WriteAsync<bool>(
                "UPDATE things SET number = 1 WHERE id = 'nobody' RETURNING id; SELECT 1",
                SqlValues.None,
                static _ => throw new CorruptRow("things", "nobody", "a test"),
                CancellationToken.None));
        }

        var id = Things.NewId();
        await Things.AddAsync(Database, id, 7);
        Assert.Equal(7, await Things.NumberAsync(Database, id));
    }

    private IDatabase NodeOf(int caller) => caller % 2 == 0 ? store.Main : store.OtherNode;

    private async Task KeepsAsync(Values given)
    {
        var (id, timed) = (Things.NewId(), Things.NewId());
        await Database.WriteAsync(
            "INSERT INTO things (id, name, number, flag, bytes) VALUES (@id, @text, @number, @flag, @bytes); INSERT INTO things (id, number) VALUES (@timed, @time)",
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
