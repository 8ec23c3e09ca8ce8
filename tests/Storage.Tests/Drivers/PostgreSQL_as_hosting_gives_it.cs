using System.Diagnostics;
using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Testing;
using Npgsql;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>A start against a PostgreSQL that does not let the server work ends with a sentence that says what to do.</summary>
public sealed class PostgreSQL_as_hosting_gives_it
{
    private const string Secret = "s3cr3t-pw";
    private static int roles;

    /// <summary>From PostgreSQL 15 on, a role that does not own the database may not create tables in the schema public.</summary>
    [Fact]
    public async Task A_role_without_CREATE_gets_the_GRANT_and_starts_after_it()
    {
        var (address, owner, role) = await NewRoleAsync("LOGIN");
        var sentence = await RefusalAsync(address);
        var grant = $"GRANT CREATE ON SCHEMA \"public\" TO \"{role}\"";
        Assert.Contains(grant, sentence, StringComparison.Ordinal);

        await RunAsync(owner, grant);
        await using IDatabase database = Open(address);
        await database.MigrateAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_role_that_owns_none_of_the_tables_gets_the_statement_for_it()
    {
        var (address, owner, role) = await NewRoleAsync("LOGIN");
        await RunAsync(owner, $"GRANT CREATE ON SCHEMA public TO \"{role}\"; CREATE TABLE schema_versions (name TEXT PRIMARY KEY)");

        Assert.Contains($"REASSIGN OWNED BY current_user TO \"{role}\"", await RefusalAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_without_a_schema_gets_the_statement_for_one()
    {
        var (address, owner, _) = await NewRoleAsync("LOGIN");
        await RunAsync(owner, "DROP SCHEMA public");

        Assert.Contains("CREATE SCHEMA latchkey AUTHORIZATION", await RefusalAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_database_is_named()
    {
        var address = new NpgsqlConnectionStringBuilder(await CreateAsync()) { Database = "no_such_database" };

        var sentence = await RefusalAsync(address.ConnectionString);
        Assert.Contains("Database=no_such_database", sentence, StringComparison.Ordinal);
        Assert.Contains("CREATE DATABASE", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TLS_that_the_server_does_not_offer_is_a_sentence()
    {
        var sentence = await RefusalAsync(await CreateAsync() + ";SSL Mode=Require");

        Assert.Contains("does not offer it", sentence, StringComparison.Ordinal);
        Assert.Contains("SSL Mode=Prefer", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_has_no_connection_left_is_a_sentence()
    {
        var (address, _, _) = await NewRoleAsync("LOGIN CONNECTION LIMIT 0");

        Assert.Contains("has no connection left", await RefusalAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_role_that_may_not_log_in_is_a_sentence()
    {
        var (address, _, role) = await NewRoleAsync("NOLOGIN");

        Assert.Contains($"does not let the role '{role}' connect", await RefusalAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_read_only_server_is_a_sentence_although_its_tables_are_migrated()
    {
        var address = await CreateAsync();
        await using (IDatabase database = Open(address))
        {
            await database.MigrateAsync(CancellationToken.None);
        }

        await RunAsync(
            address, "DO $do$ BEGIN EXECUTE format($$ALTER DATABASE %I SET default_transaction_read_only = on$$, current_database()); "
                + "END $do$");
        Assert.Contains("is read-only", await RefusalAsync(address), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_a_sentence_without_the_password()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var address = await server.CreateDatabaseAsync();
        await RunAsync(address, "CREATE ROLE careful LOGIN PASSWORD 'right'");
        await server.RequirePasswordsAsync("careful");
        var wrong = new NpgsqlConnectionStringBuilder(address) { Username = "careful", Password = Secret };

        Assert.Contains("refuses the password of the role 'careful'", await RefusalAsync(wrong.ConnectionString), StringComparison.Ordinal);
        wrong.Password = null;
        Assert.Contains("'careful'", await RefusalAsync(wrong.ConnectionString), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_waits_for_a_server_that_comes_and_says_what_it_waits_for()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var address = await server.CreateDatabaseAsync();
        await server.StopAsync();
        await using var databases = Databases.Open(new() { Storage = "postgres:" + address });
        List<string> said = [];
        var starting = databases.MigrateAsync(TimeSpan.FromMinutes(2), said.Add, TimeProvider.System, CancellationToken.None);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(starting.IsCompleted);
        await server.StartAsync();

        await starting;
        Assert.Contains(said, reason => reason.Contains("does not accept connections at Host=127.0.0.1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_start_ends_when_the_server_does_not_come_in_time()
    {
        await using var databases = Databases.Open(new() { Storage = "postgres:Host=127.0.0.1;Port=1;Username=u;Password=" + Secret });
        List<string> said = [];
        var waited = Stopwatch.StartNew();
        var away = await Assert.ThrowsAsync<StorageUnavailable>(
            () => databases.MigrateAsync(TimeSpan.FromSeconds(2), said.Add, TimeProvider.System, CancellationToken.None));

        Assert.InRange(waited.Elapsed, TimeSpan.FromSeconds(2), Eventually.MaxWait);
        Assert.Single(said);
        Assert.DoesNotContain(Secret, away.Message, StringComparison.Ordinal);
    }

    /// <summary>Waiting cannot help, and would hide the mistake.</summary>
    [Fact]
    public async Task A_start_does_not_wait_for_a_database_that_does_not_exist()
    {
        var address = new NpgsqlConnectionStringBuilder(await CreateAsync()) { Database = "no_such_database" };
        await using var databases = Databases.Open(new() { Storage = "postgres:" + address.ConnectionString });

        await Assert.ThrowsAsync<StorageUnavailable>(
            () => databases.MigrateAsync(TimeSpan.FromHours(1), _ => Assert.Fail("it waits"), TimeProvider.System, CancellationToken.None));
    }

    private static async Task<string> RefusalAsync(string address)
    {
        await using IDatabase database = Open(address);
        var refused = await Assert.ThrowsAnyAsync<Exception>(() => database.MigrateAsync(CancellationToken.None));

        Assert.True(refused is UnusableDatabase or StorageUnavailable, refused.ToString());
        Assert.Contains("Host=127.0.0.1", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', refused.Message);
        return refused.Message;
    }

    private static PostgresDatabase Open(string address) => PostgresDatabase.Open(address, Durability.Full, MigrationSet.Main);

    private static async Task<string> CreateAsync() => await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    /// <summary>A role with a name that has to be quoted, and a database that another role owns.</summary>
    private static async Task<(string Address, string Owner, string Role)> NewRoleAsync(string options)
    {
        var (owner, role) = (await CreateAsync(), $"app-Role{Interlocked.Increment(ref roles)}");
        await RunAsync(owner, $"CREATE ROLE \"{role}\" {options}");
        return (new NpgsqlConnectionStringBuilder(owner) { Username = role }.ConnectionString, owner, role);
    }

    private static async Task RunAsync(string address, string sql)
    {
        await using var connection = new NpgsqlConnection(address + ";Pooling=false");
        await connection.OpenAsync();
        await PostgresStore.RunAsync(connection, sql);
    }
}
