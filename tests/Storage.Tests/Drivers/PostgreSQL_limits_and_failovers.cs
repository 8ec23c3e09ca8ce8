using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Testing;
using Npgsql;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>How an operator's limits, a failover or another session affect a write.</summary>
public sealed class PostgreSQL_limits_and_failovers(PostgresStore store) : IClassFixture<PostgresStore>
{
    /// <summary>Statements that wait for nothing take less, also on a busy machine.</summary>
    private const int CommandSeconds = 5;

    [Theory]
    [InlineData("lock_timeout")]
    [InlineData("statement_timeout")]
    public async Task A_lock_or_statement_timeout_makes_a_write_unavailable(string setting)
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        var limited = await SetAsync(database, $"{setting} = '100ms'");
        await using (await store.HoldAsync(database))
        {
            await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.AddAsync(limited, "held", 1));
        }

        // On a busy machine the limit may also end a write that waits for nothing.
        Assert.True(await Eventually.SucceedsAsync<StorageUnavailable, bool>(() => TestTable.AddAsync(limited, "held", 2)));
    }

    [Fact]
    public async Task An_idle_session_timeout_fails_at_most_one_call()
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        var limited = await SetAsync(database, "idle_session_timeout = '500ms'");
        await using var other = await store.ConnectAsync(database, "SET idle_session_timeout = 0");
        var session = await Eventually.SucceedsAsync<StorageUnavailable, long>(() => limited.WriteAsync(
            "INSERT INTO things (id, number) VALUES ('thing', 1) ON CONFLICT DO NOTHING; SELECT pg_backend_pid()::bigint",
            SqlValues.None,
            static reader => reader.Read() ? reader.GetInt64(0) : 0,
            CancellationToken.None));
        await Eventually.TrueAsync(
            async () => !await PostgresStore.IsTrueAsync(other, $"SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE pid = {session})"),
            "the idle session does not end");

        // Sessions that begin now have no limit.
        _ = await SetAsync(database, "idle_session_timeout = 0");
        Assert.True(await Record.ExceptionAsync(() => TestTable.NumberAsync(limited, "thing")) is null or StorageUnavailable);
        Assert.Equal(1, await TestTable.NumberAsync(limited, "thing"));
    }

    [Fact]
    public async Task A_server_that_became_a_standby_refuses_writes_as_unavailable()
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        await TestTable.AddAsync(database, "kept", 1);
        var standby = await SetAsync(database, "default_transaction_read_only = on");

        await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.AddAsync(standby, "new", 1));
        Assert.Equal(1, await TestTable.NumberAsync(standby, "kept"));
    }

    /// <summary>A statement is prepared at its second use on a connection, and this use may fail.</summary>
    [Theory]
    [InlineData("first", "a\0b", 1, 0)]
    [InlineData("first", "a\0b", 1, 1)]
    [InlineData("first", "a\0b", 1, 2)]
    [InlineData("first", "second", TestTable.Forbidden, 0)]
    [InlineData("first", "second", TestTable.Forbidden, 1)]
    [InlineData("first", "second", TestTable.Forbidden, 2)]
    [InlineData("twice", "twice", 1, 1)]
    [InlineData("a\0b", "second", 1, 1)]
    public async Task A_failed_call_does_not_affect_later_calls_of_the_same_statement(
        string first, string second, long number, int usesBefore)
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        Task<string?> AddBothAsync(string first, string second, long number) => database.WriteAsync(
            "INSERT INTO things (id, number) VALUES (@first, 1) RETURNING id; INSERT INTO things (id, number) "
            + "VALUES (@second, @number) RETURNING id",
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
    public async Task A_write_is_retried_after_a_deadlock()
    {
        var database = await store.OpenEmptyAsync();
        await TestTable.PrepareAsync(database);
        await TestTable.AddAsync(database, "first", 0);
        await TestTable.AddAsync(database, "second", 0);
        await using var other = await store.ConnectAsync(
            database, "SET deadlock_timeout = '1min'; BEGIN; UPDATE things SET number = 1 WHERE id = 'second'");
        var step = database.WriteAsync(
            "UPDATE things SET number = number + 10 WHERE id = 'first'; UPDATE things SET number = number + 10 WHERE id = 'second'",
            SqlValues.None,
            static _ => true,
            CancellationToken.None);
        await store.WaitForBlockedSessionAsync(database);
        await PostgresStore.RunAsync(other, "UPDATE things SET number = 1 WHERE id = 'first'");
        await PostgresStore.RunAsync(other, "COMMIT");

        Assert.True(await step);
        Assert.Equal((11, 11), (await TestTable.NumberAsync(database, "first"), await TestTable.NumberAsync(database, "second")));
    }

    [Fact]
    public async Task A_migration_waits_for_another_one_beyond_the_command_timeout()
    {
        var database = await store.OpenEmptyAsync();
        var impatient = store.OpenAnother(database, $"Command Timeout={CommandSeconds}");
        await using var other = await store.ConnectAsync(database, "SELECT pg_advisory_lock(hashtext('latchkey migrations'))");
        var waiting = impatient.MigrateAsync(CancellationToken.None);
        await store.WaitForBlockedSessionAsync(database);
        await Task.Delay(TimeSpan.FromSeconds(CommandSeconds + 1));
        Assert.False(waiting.IsCompleted);
        await other.DisposeAsync();

        await waiting;
        await impatient.ExpectReadyAsync();
    }

    [Fact]
    public async Task Only_sign_in_events_are_written_without_a_wait_for_the_disk()
    {
        static string Read(System.Data.Common.DbDataReader reader) => reader.Read() ? reader.GetString(0) : "";

        Assert.Equal("on", await store.Main.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
        Assert.Equal("off", await store.SignIns.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
    }

    // A router drops an idle connection without notice: the listener would otherwise never receive a change again.
    [Fact]
    public async Task The_watch_detects_a_connection_that_was_dropped_without_notice()
    {
        var (proxy, database) = store.OpenThroughProxy(store.Main);
        await using var disposing = proxy;
        await using var watch = new WatchRecorder(database);
        await watch.WaitForVersionAsync(await Configuration_watch.RaiseAsync(store.Main), TimeSpan.FromMinutes(2));
        await proxy.StopForwardingAsync();

        await watch.WaitForVersionAsync(await Configuration_watch.RaiseAsync(store.Main), TimeSpan.FromMinutes(2));
    }

    /// <summary>Changes a setting of the database for new sessions, and returns a driver with new sessions.</summary>
    private async Task<IDatabase> SetAsync(IDatabase database, string setting)
    {
        await using var connection = await store.ConnectAsync(
            database, $"DO $do$ BEGIN EXECUTE format($$ALTER DATABASE %I SET {setting}$$, current_database()); END $do$");
        return store.OpenAnother(database);
    }
}

/// <summary>The PostgreSQL server stops and starts again while the program runs.</summary>
public sealed class PostgreSQL_restarts
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Calls_are_unavailable_until_the_server_is_back_and_no_confirmed_write_is_lost()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using IDatabase database = PostgresDatabase.Open(await server.CreateDatabaseAsync(), Durability.Full, MigrationSet.Main);
        await database.MigrateAsync(CancellationToken.None);
        await TestTable.PrepareAsync(database);
        await using var watch = new WatchRecorder(database);

        // Opens many connections, all of which the stop breaks.
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => TestTable.AddAsync(database, $"thing {i}", i)));
        await server.StopAsync();
        await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.AddAsync(database, "away", 1));
        await Assert.ThrowsAsync<StorageUnavailable>(() => TestTable.NumberAsync(database, "thing 1"));
        await Assert.ThrowsAsync<StorageUnavailable>(() => database.MigrateAsync(CancellationToken.None));
        Assert.False(await database.IsReadyAsync(CancellationToken.None));

        await server.StartAsync();
        await database.ExpectReadyAsync();
        for (var i = 0; i < 30; i++)
        {
            Assert.Equal(i, await TestTable.NumberAsync(database, $"thing {i}"));
        }

        Assert.True(await TestTable.AddAsync(database, "back", 1));
        await watch.WaitForVersionAsync(await Configuration_watch.RaiseAsync(database), MaxWait);
    }

    [Fact]
    public async Task A_waiting_write_fails_as_unavailable_when_the_server_stops()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var address = await server.CreateDatabaseAsync();
        await using IDatabase database = PostgresDatabase.Open(address, Durability.Full, MigrationSet.Main);
        await TestTable.PrepareAsync(database);
        await using var other = new NpgsqlConnection(address + ";Pooling=false");
        await other.OpenAsync();
        await PostgresStore.RunAsync(other, "BEGIN; LOCK TABLE things IN EXCLUSIVE MODE");
        var waiting = TestTable.AddAsync(database, "waiting", 1);
        await PostgresStore.WaitForBlockedSessionAsync(other);
        await server.StopAsync();

        await Assert.ThrowsAsync<StorageUnavailable>(() => waiting);
        await server.StartAsync();
        Assert.Null(await TestTable.NumberAsync(database, "waiting"));
    }

    // After an unnoticed restart every pooled connection is broken; not every one of them may fail a call.
    [Fact]
    public async Task A_restart_between_calls_fails_at_most_two_calls()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using IDatabase database = PostgresDatabase.Open(await server.CreateDatabaseAsync(), Durability.Full, MigrationSet.Main);
        await TestTable.PrepareAsync(database);
        await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => TestTable.AddAsync(database, $"thing {i}", i))));
        await server.StopAsync();
        await server.StartAsync();

        var failed = 0;
        for (var i = 0; i < 100; i++)
        {
            try
            {
                await TestTable.NumberAsync(database, $"thing {i}");
            }
            catch (StorageUnavailable)
            {
                failed++;
            }
        }

        Assert.InRange(failed, 0, 2);
    }
}
