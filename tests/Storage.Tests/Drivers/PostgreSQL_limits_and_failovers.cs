using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Testing;
using Npgsql;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>What an operator, a failover or another session can put in the way of a step.</summary>
public sealed class PostgreSQL_in_trouble(OnPostgres store) : IClassFixture<OnPostgres>
{
    [Theory]
    [InlineData("lock_timeout")]
    [InlineData("statement_timeout")]
    public async Task An_operators_limit_on_waiting_makes_a_step_unavailable(string setting)
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        var limited = await SetAsync(database, $"{setting} = '100ms'");
        await using (await store.HoldAsync(database))
        {
            await Assert.ThrowsAsync<StorageUnavailable>(() => Things.AddAsync(limited, "held", 1));
        }

        Assert.True(await Things.AddAsync(limited, "held", 2));
    }

    [Fact]
    public async Task An_operators_limit_on_idle_sessions_costs_at_most_one_call()
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        var limited = await SetAsync(database, "idle_session_timeout = '100ms'");
        await Things.AddAsync(limited, "thing", 1);
        await Task.Delay(TimeSpan.FromMilliseconds(500));

        Assert.True(await Record.ExceptionAsync(() => Things.NumberAsync(limited, "thing")) is null or StorageUnavailable);
        Assert.Equal(1, await Things.NumberAsync(limited, "thing"));
    }

    [Fact]
    public async Task A_server_that_became_a_standby_is_unavailable_to_writes()
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        await Things.AddAsync(database, "kept", 1);
        var standby = await SetAsync(database, "default_transaction_read_only = on");

        await Assert.ThrowsAsync<StorageUnavailable>(() => Things.AddAsync(standby, "new", 1));
        Assert.Equal(1, await Things.NumberAsync(standby, "kept"));
    }

    /// <summary>A statement is prepared at its second use on a connection, and that very use may be the one that fails.</summary>
    [Theory]
    [InlineData("first", "a\0b", 1, 0)]
    [InlineData("first", "a\0b", 1, 1)]
    [InlineData("first", "a\0b", 1, 2)]
    [InlineData("first", "second", Things.Forbidden, 0)]
    [InlineData("first", "second", Things.Forbidden, 1)]
    [InlineData("first", "second", Things.Forbidden, 2)]
    [InlineData("twice", "twice", 1, 1)]
    [InlineData("a\0b", "second", 1, 1)]
    public async Task A_call_that_is_refused_spoils_no_later_one(string first, string second, long number, int usesBefore)
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        Task<string?> AddBothAsync(string first, string second, long number) => database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@first, 1) RETURNING id; INSERT INTO things (id, number) VALUES (@second, @number) RETURNING id",
            new() { { "first", first }, { "second", second }, { "number", number } },
            static reader => reader.Read() && reader.NextResult() && reader.Read() ? reader.GetString(0) : null,
            CancellationToken.None);
        for (var i = 0; i < usesBefore; i++)
        {
            Assert.Equal($"before {i}", await AddBothAsync($"first before {i}", $"before {i}", 1));
        }

        await Assert.ThrowsAnyAsync<Exception>(() => AddBothAsync(first, second, number));

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal($"after {i}", await AddBothAsync($"first after {i}", $"after {i}", 1));
        }
    }

    [Fact]
    public async Task A_deadlock_is_nobodys_error_and_the_step_is_taken_again()
    {
        var database = await store.OpenEmptyAsync();
        await Things.PrepareAsync(database);
        await Things.AddAsync(database, "first", 0);
        await Things.AddAsync(database, "second", 0);
        await using var other = await store.ConnectAsync(database, "SET deadlock_timeout = '1min'; BEGIN; UPDATE things SET number = 1 WHERE id = 'second'");
        var step = database.WriteAsync(
            "UPDATE things SET number = number + 10 WHERE id = 'first'; UPDATE things SET number = number + 10 WHERE id = 'second'",
            SqlValues.None,
            static _ => true,
            CancellationToken.None);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        await OnPostgres.RunAsync(other, "UPDATE things SET number = 1 WHERE id = 'first'");
        await OnPostgres.RunAsync(other, "COMMIT");

        Assert.True(await step);
        Assert.Equal((11, 11), (await Things.NumberAsync(database, "first"), await Things.NumberAsync(database, "second")));
    }

    [Fact]
    public async Task Another_starter_may_migrate_for_longer_than_a_command_may_take()
    {
        var database = await store.OpenEmptyAsync();
        var impatient = store.OpenAnother(database, "Command Timeout=1");
        await using var other = await store.ConnectAsync(database, "SELECT pg_advisory_lock(hashtext('latchkey migrations'))");
        var waiting = impatient.MigrateAsync(CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(2.5));
        await other.DisposeAsync();

        await waiting;
        Assert.True(await impatient.IsReadyAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Journeys_do_not_wait_for_the_disk_and_everything_else_does()
    {
        static string Read(System.Data.Common.DbDataReader reader) => reader.Read() ? reader.GetString(0) : "";

        Assert.Equal("on", await store.Main.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
        Assert.Equal("off", await store.Journeys.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
    }

    // Idle longer than a router remembers it, a listener's link carries nothing more, and nobody is told: changes would never be heard of again.
    [Fact]
    public async Task A_link_that_went_dead_without_a_word_is_noticed_by_the_watch()
    {
        var (link, database) = store.OpenThroughLink(store.Main);
        await using var disposing = link;
        await using var watch = new Watching(database);
        await watch.HeardAsync(await A_watch.RaiseAsync(store.Main), TimeSpan.FromSeconds(10));
        await link.GoSilentAsync();

        await watch.HeardAsync(await A_watch.RaiseAsync(store.Main), TimeSpan.FromSeconds(20));
    }

    /// <summary>Changes a setting of the database; sessions that begin afterwards, those of the answer among them, have it.</summary>
    private async Task<IDatabase> SetAsync(IDatabase database, string setting)
    {
        await using var connection = await store.ConnectAsync(
            database, $"DO $do$ BEGIN EXECUTE format($$ALTER DATABASE %I SET {setting}$$, current_database()); END $do$");
        return store.OpenAnother(database);
    }
}

/// <summary>The server goes away and comes back; the program stays.</summary>
public sealed class PostgreSQL_that_is_taken_away
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Is_unavailable_until_it_is_back_and_has_lost_nothing_that_was_answered()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using IDatabase database = PostgresDatabase.Open(await server.CreateDatabaseAsync(), Durability.Full, MigrationSet.Main);
        await database.MigrateAsync(CancellationToken.None);
        await Things.PrepareAsync(database);
        await using var watch = new Watching(database);

        // Many idle connections, all of which the stop will break.
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Things.AddAsync(database, $"thing {i}", i)));
        await server.StopAsync();
        await Assert.ThrowsAsync<StorageUnavailable>(() => Things.AddAsync(database, "away", 1));
        await Assert.ThrowsAsync<StorageUnavailable>(() => Things.NumberAsync(database, "thing 1"));
        await Assert.ThrowsAsync<StorageUnavailable>(() => database.MigrateAsync(CancellationToken.None));
        Assert.False(await database.IsReadyAsync(CancellationToken.None));

        await server.StartAsync();
        Assert.True(await database.IsReadyAsync(CancellationToken.None));
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(i, await Things.NumberAsync(database, $"thing {i}"));
        }

        Assert.True(await Things.AddAsync(database, "back", 1));
        await watch.HeardAsync(await A_watch.RaiseAsync(database), Patience);
    }

    [Fact]
    public async Task Breaks_a_waiting_step_as_unavailable()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var address = await server.CreateDatabaseAsync();
        await using IDatabase database = PostgresDatabase.Open(address, Durability.Full, MigrationSet.Main);
        await Things.PrepareAsync(database);
        await using var other = new NpgsqlConnection(address + ";Pooling=false");
        await other.OpenAsync();
        await OnPostgres.RunAsync(other, "BEGIN; LOCK TABLE things IN EXCLUSIVE MODE");
        var waiting = Things.AddAsync(database, "waiting", 1);
        await Task.Delay(TimeSpan.FromMilliseconds(200));
        await server.StopAsync();

        await Assert.ThrowsAsync<StorageUnavailable>(() => waiting);
        await server.StartAsync();
        Assert.Null(await Things.NumberAsync(database, "waiting"));
    }

    // A restart that nobody noticed leaves a pool full of dead connections: they must not cost a call each.
    [Fact]
    public async Task Costs_hardly_a_call_when_it_was_restarted_while_nobody_called()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using IDatabase database = PostgresDatabase.Open(await server.CreateDatabaseAsync(), Durability.Full, MigrationSet.Main);
        await Things.PrepareAsync(database);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => Things.AddAsync(database, $"thing {i}", i))));
        await server.StopAsync();
        await server.StartAsync();

        var failed = 0;
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await Things.NumberAsync(database, $"thing {i}");
            }
            catch (StorageUnavailable)
            {
                failed++;
            }
        }

        Assert.InRange(failed, 0, 2);
    }
}
