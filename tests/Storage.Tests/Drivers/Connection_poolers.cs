using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Testing;
using Npgsql;

namespace Storage.Tests.Drivers;

/// <summary>PgBouncer, which gives each transaction another backend, so that no connection has a state.</summary>
public sealed class Connection_poolers
{
    private const int Callers = 32;

    [Theory]
    [InlineData("transaction")]
    [InlineData("transaction", "ignore_startup_parameters = options,extra_float_digits")]
    [InlineData("session")]
    public async Task Writes_and_reads_work_through_a_pooler(string mode, params string[] more)
    {
        await using var pooler = await StartAsync(mode, more);
        var address = pooler.Address;
        await using IDatabase main = PostgresDatabase.Open(address, Durability.Full, MigrationSet.Main);
        await using IDatabase signIns = PostgresDatabase.Open(address, Durability.Relaxed, MigrationSet.SignIns);
        await main.MigrateAsync(CancellationToken.None);
        await signIns.MigrateAsync(CancellationToken.None);
        await TestTable.PrepareAsync(main);

        foreach (var database in (IDatabase[])[main, signIns])
        {
            // Each text runs many times, so that a prepared statement would be missing at another backend.
            var name = database == main ? "main" : "log";
            await Task.WhenAll(Enumerable.Range(0, Callers).Select(async i =>
            {
                for (var round = 0; round < 8; round++)
                {
                    Assert.True(await TestTable.AddAsync(database, $"{name} {i} {round}", i));
                    Assert.Equal(i, await TestTable.NumberAsync(database, $"{name} {i} {round}"));
                }
            }));
        }

        await main.ExpectReadyAsync();
    }

    [Fact]
    public async Task Only_sign_in_events_are_written_without_a_wait_for_the_disk()
    {
        static string Read(System.Data.Common.DbDataReader reader) => reader.Read() ? reader.GetString(0) : "";

        await using var pooler = await StartAsync("transaction");
        await using IDatabase main = PostgresDatabase.Open(pooler.Address, Durability.Full, MigrationSet.Main);
        await using IDatabase signIns = PostgresDatabase.Open(pooler.Address, Durability.Relaxed, MigrationSet.SignIns);
        for (var i = 0; i < 5; i++)
        {
            Assert.Equal("off", await signIns.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
            Assert.Equal("on", await main.WriteAsync("SHOW synchronous_commit", SqlValues.None, Read, CancellationToken.None));
        }
    }

    /// <summary>A pooler passes no notification on, so the version is polled.</summary>
    [Fact]
    public async Task A_change_of_the_configuration_is_seen_through_a_pooler()
    {
        await using var pooler = await StartAsync("transaction");
        await using IDatabase database = PostgresDatabase.Open(pooler.Address, Durability.Full, MigrationSet.Main);
        await database.MigrateAsync(CancellationToken.None);
        await using var watch = new WatchRecorder(database);

        await watch.ExpectPromptAsync(database);
    }

    [Fact]
    public async Task A_pooler_without_transactions_is_refused_with_what_to_change()
    {
        await using var pooler = await StartAsync("statement");
        await using IDatabase database = PostgresDatabase.Open(pooler.Address, Durability.Full, MigrationSet.Main);

        var refused = await Assert.ThrowsAsync<UnusableDatabase>(() => database.MigrateAsync(CancellationToken.None));
        Assert.Contains("Set its pool mode to transaction or session", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_startup_option_that_the_pooler_refuses_is_named()
    {
        await using var pooler = await StartAsync("transaction");
        await using IDatabase database = PostgresDatabase.Open(
            pooler.Address + ";Options=-c search_path=public", Durability.Full, MigrationSet.Main);

        var refused = await Assert.ThrowsAsync<UnusableDatabase>(() => database.MigrateAsync(CancellationToken.None));
        Assert.Contains("startup parameter options. Remove it from Storage", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_pooler_statements_are_prepared()
    {
        var address = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using IDatabase database = PostgresDatabase.Open(address, Durability.Full, MigrationSet.Main);
        await database.MigrateAsync(CancellationToken.None);
        await TestTable.PrepareAsync(database);
        for (var i = 0; i < 5; i++)
        {
            await TestTable.NumberAsync(database, "thing");
        }

        Assert.NotEqual(0, await database.ReadAsync(
            "SELECT COUNT(*) FROM pg_prepared_statements", SqlValues.None, static reader => reader.Read() ? reader.GetInt64(0) : 0,
            CancellationToken.None));
    }

    private static async Task<Pooled> StartAsync(string mode, params string[] more)
    {
        var address = new NpgsqlConnectionStringBuilder(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        var bouncer = await PgBouncer.StartAsync(address.Port, mode, more);
        address.Port = bouncer.Port;
        return new(bouncer, address.ConnectionString);
    }

    private sealed record Pooled(PgBouncer Bouncer, string Address) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Bouncer.DisposeAsync();
    }
}
