using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Testing;
using Npgsql;

[assembly: AssemblyFixture(typeof(PostgresServer.EndsWithTheRun))]

namespace Storage.Tests.Stores;

/// <summary>Databases on the PostgreSQL server that this test run shares.</summary>
public sealed class PostgresStore : Store
{
    internal override string SettingOf(IDatabase database) => "postgres:" + AddressOf(database);

    internal override async Task<IAsyncDisposable> HoldAsync(IDatabase database) =>
        await ConnectAsync(database, "BEGIN; LOCK TABLE things IN EXCLUSIVE MODE");

    /// <summary>Opens another driver on the same database, with <paramref name="option"/> in its connection string.</summary>
    internal IDatabase OpenAnother(IDatabase database, string option) =>
        Keep($"{AddressOf(database)};{option}", Durability.Full, MigrationSet.Main);

    /// <summary>Opens a TCP proxy to the server and a driver that connects through it.</summary>
    internal (TcpProxy Proxy, IDatabase Database) OpenThroughProxy(IDatabase database)
    {
        var address = new NpgsqlConnectionStringBuilder(AddressOf(database));
        var proxy = new TcpProxy(address.Port);
        address.Port = proxy.Port;
        return (proxy, Keep(address.ConnectionString, Durability.Full, MigrationSet.Main));
    }

    /// <summary>Opens a connection beside the driver and runs <paramref name="sql"/> on it.
    /// What is not committed is rolled back when it is disposed.</summary>
    internal async Task<NpgsqlConnection> ConnectAsync(IDatabase database, string sql)
    {
        var connection = new NpgsqlConnection(AddressOf(database) + ";Pooling=false");
        await connection.OpenAsync();
        await RunAsync(connection, sql);
        return connection;
    }

    /// <summary>Waits until a session of this database waits for a lock.</summary>
    internal override async Task WaitForBlockedSessionAsync(IDatabase database)
    {
        await using var connection = await ConnectAsync(database, "SELECT 1");
        await WaitForBlockedSessionAsync(connection);
    }

    /// <summary>Waits until a session of the database of this connection waits for a lock.</summary>
    internal static Task WaitForBlockedSessionAsync(NpgsqlConnection connection) => Eventually.TrueAsync(
        () => IsTrueAsync(
            connection,
            "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"),
        "no session waits for a lock");

    internal static async Task<bool> IsTrueAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is true;
    }

    internal static async Task RunAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private protected override string Missing =>
        new NpgsqlConnectionStringBuilder(AddressOf(Main)) { Database = "nowhere" }.ConnectionString;

    private protected override async Task<string> CreateAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override string JourneysOf(string address) => address;

    private protected override IDatabase Open(string address, Durability durability, MigrationSet migrations) =>
        PostgresDatabase.Open(address, durability, migrations);
}
