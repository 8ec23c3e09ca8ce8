using Latchkey.Server.Storage;
using Latchkey.Server.Storage.Postgres;
using Latchkey.Server.Storage.Sqlite;
using Latchkey.Testing;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Stores;

namespace Storage.Tests.Drivers;

/// <summary>The database of the sign-in log: nothing that happens to it reaches the sign-ins.</summary>
public sealed class Separate_database_on_SQLite : IAsyncLifetime
{
    private const string Insert = "INSERT INTO journeys (auth_request_id, reference, started_at) VALUES (@id, 'r', 1)";

    private readonly string folder = Directory.CreateTempSubdirectory("lklog").FullName;
    private SeparateDatabase database = null!;

    private string File => Path.Combine(folder, "log.db");

    public async ValueTask InitializeAsync()
    {
        database = Open();
        await database.MigrateAsync(CancellationToken.None);
        await InsertAsync("first");
    }

    public async ValueTask DisposeAsync()
    {
        await database.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task A_damaged_file_is_set_aside_at_the_start()
    {
        await database.DisposeAsync();
        await System.IO.File.WriteAllTextAsync(File, new string('x', 8_192));
        database = Open();
        await database.MigrateAsync(CancellationToken.None);

        await InsertAsync("second");
        Assert.Equal(1, await CountAsync());
        Assert.Single(Directory.GetFiles(folder, "log.db.damaged-*Z"));
    }

    [Fact]
    public async Task A_file_that_is_damaged_while_the_server_runs_is_set_aside()
    {
        for (var i = 0; i < 200; i++)
        {
            await InsertAsync($"row {i}");
        }

        await database.DisposeAsync();
        database = Open();
        await database.MigrateAsync(CancellationToken.None);
        await using (var file = new FileStream(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            file.Position = 4_096;
            await file.WriteAsync(Enumerable.Repeat((byte)0xA5, (int)(file.Length - 4_096)).ToArray());
        }

        // The pages that a connection has read stay in its cache, so the damage may be found later.
        for (var i = 0; i < 300; i++)
        {
            await InsertAsync($"after {i}");
        }

        Assert.Single(Directory.GetFiles(folder, "log.db.damaged-*Z"));
        Assert.InRange(await CountAsync(), 1, 300);
    }

    [Fact]
    public async Task A_file_that_is_deleted_while_the_server_runs_is_begun_anew()
    {
        foreach (var file in Directory.GetFiles(folder))
        {
            System.IO.File.Delete(file);
        }

        await InsertAsync("second");
        Assert.True(System.IO.File.Exists(File));
        Assert.Equal(1, await CountAsync());
    }

    [Fact]
    public async Task A_locked_file_does_not_stop_the_start_and_is_used_when_it_is_free()
    {
        await database.DisposeAsync();
        await using (var holder = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = File, Pooling = false }.ToString()))
        {
            await holder.OpenAsync();
            await using var begin = holder.CreateCommand();
            begin.CommandText = "BEGIN EXCLUSIVE";
            await begin.ExecuteNonQueryAsync();
            database = Open();
            await database.MigrateAsync(CancellationToken.None).WaitAsync(Eventually.MaxWait);
            await Assert.ThrowsAsync<StorageUnavailable>(() => InsertAsync("second"));
        }

        await Eventually.SucceedsAsync<StorageUnavailable, bool>(() => InsertAsync("third"));
    }

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_only_unavailable()
    {
        await database.DisposeAsync();
        foreach (var file in Directory.GetFiles(folder))
        {
            System.IO.File.Delete(file);
        }

        Directory.CreateDirectory(File);
        database = Open();
        await database.MigrateAsync(CancellationToken.None);
        await Assert.ThrowsAsync<StorageUnavailable>(() => InsertAsync("second"));
        Assert.NotNull(database.Failure);
    }

    /// <summary>The newer version may run again; its log is not damaged.</summary>
    [Fact]
    public async Task A_file_of_a_newer_version_is_left_alone()
    {
        await database.WriteAsync(
            "INSERT INTO journey_schema_versions (name) VALUES ('9999_newer')", SqlValues.None, static _ => true, CancellationToken.None);
        await database.DisposeAsync();
        database = Open();
        await database.MigrateAsync(CancellationToken.None);
        var problem = await Assert.ThrowsAsync<StorageUnavailable>(() => InsertAsync("second"));
        Assert.Contains("newer version", problem.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(folder, "*damaged*"));
    }

    private SeparateDatabase Open() => new(() => new SqliteDatabase(File, Durability.Relaxed, MigrationSet.SignIns), File)
    {
        Logger = NullLogger.Instance
    };

    private Task<bool> InsertAsync(string id) =>
        database.WriteAsync(Insert, new() { { "id", id } }, static _ => true, CancellationToken.None);

    private Task<int> CountAsync() =>
        database.ReadAsync("SELECT 1 FROM journeys", SqlValues.None, Rows.Count, CancellationToken.None);
}

public sealed class Separate_database_on_PostgreSQL(PostgresStore store) : IClassFixture<PostgresStore>
{
    private const string Sweep = "DELETE FROM journeys WHERE started_at < 0 RETURNING 1";

    /// <summary>Rights are changed, and columns renamed by a rolling upgrade, while the server runs.</summary>
    [Theory]
    [InlineData("REVOKE ALL ON journeys FROM log_user", "GRANT ALL ON journeys TO log_user")]
    [InlineData("ALTER TABLE journeys RENAME started_at TO began_at", "ALTER TABLE journeys RENAME began_at TO started_at")]
    [InlineData("ALTER TABLE journeys RENAME TO other", "ALTER TABLE other RENAME TO journeys")]
    public async Task A_refused_statement_is_only_unavailable(string breakIt, string repair)
    {
        await using var admin = await store.ConnectAsync(
            store.SignIns,
            """
            DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'log_user') THEN CREATE ROLE log_user LOGIN; END IF; END $$;
            GRANT ALL ON ALL TABLES IN SCHEMA public TO log_user
            """);
        var address =
            new Npgsql.NpgsqlConnectionStringBuilder(store.SettingOf(store.SignIns)["postgres:".Length..]) { Username = "log_user" };
        await using var database = new SeparateDatabase(
            () => PostgresDatabase.Open(address.ConnectionString, Durability.Relaxed, MigrationSet.SignIns), file: null)
        {
            Logger = NullLogger.Instance
        };
        await database.MigrateAsync(CancellationToken.None);
        Assert.Equal(0, await SweepAsync(database));

        await PostgresStore.RunAsync(admin, breakIt);
        await Assert.ThrowsAsync<StorageUnavailable>(() => SweepAsync(database));
        Assert.NotNull(database.Failure);

        await PostgresStore.RunAsync(admin, repair);
        Assert.Equal(0, await SweepAsync(database));
        Assert.Null(database.Failure);
    }

    private static Task<int> SweepAsync(SeparateDatabase database) =>
        database.WriteAsync(Sweep, SqlValues.None, Rows.Count, CancellationToken.None);
}
