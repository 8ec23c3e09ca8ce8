using System.Diagnostics;
using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Register;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;
using Storage.Tests.Tables;

namespace Storage.Tests.Drivers;

public sealed class A_migration_on_SQLite(OnSqlite store) : A_migration(store), IClassFixture<OnSqlite>
{
    private protected override string Kind => "Sqlite";
}

public sealed class A_migration_on_PostgreSQL(OnPostgres store) : A_migration(store), IClassFixture<OnPostgres>
{
    private protected override string Kind => "Postgres";
}

public abstract class A_migration(Store store)
{
    private const int Starters = 4;

    private protected abstract string Kind { get; }

    [Fact]
    public async Task Makes_an_empty_database_ready()
    {
        var database = await store.OpenEmptyAsync();
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
        await database.MigrateAsync(CancellationToken.None);

        Assert.True(await database.IsReadyAsync(CancellationToken.None));
        Assert.Equal(Known(), await AppliedAsync(database));
    }

    [Fact]
    public async Task Once_more_changes_nothing()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        await Things.PrepareAsync(database);
        await Things.AddAsync(database, "kept", 1);
        await database.MigrateAsync(CancellationToken.None);

        Assert.Equal(Known(), await AppliedAsync(database));
        Assert.Equal(1, await Things.NumberAsync(database, "kept"));
    }

    [Fact]
    public async Task By_four_instances_at_once_is_done_once()
    {
        for (var round = 0; round < 3; round++)
        {
            var database = await store.OpenEmptyAsync();
            IDatabase[] starters = [database, .. Enumerable.Range(1, Starters - 1).Select(_ => store.OpenAnother(database))];
            await Task.WhenAll(starters.Select(starter => Task.Run(() => starter.MigrateAsync(CancellationToken.None))));

            Assert.Equal(Known(), await AppliedAsync(database));
            Assert.All(await Task.WhenAll(starters.Select(starter => starter.IsReadyAsync(CancellationToken.None))), Assert.True);
        }
    }

    [Fact]
    public async Task By_four_processes_at_once_is_done_once()
    {
        var database = await store.OpenEmptyAsync();
        var folder = Directory.CreateTempSubdirectory("lkmigrate");
        try
        {
            var starters = Enumerable.Range(0, Starters).Select(_ => StartMigrate(store.SettingOf(database), folder.FullName)).ToList();
            foreach (var starter in starters)
            {
                var said = await starter.StandardError.ReadToEndAsync();
                await starter.WaitForExitAsync();
                Assert.True(starter.ExitCode == 0, said);
                starter.Dispose();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Equal(Known(), await AppliedAsync(database));
        Assert.True(await database.IsReadyAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Refuses_a_database_that_a_newer_version_wrote_and_says_so()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        await ExecuteAsync(database, "INSERT INTO schema_versions (name) VALUES ('9999_from_the_future')");

        var refused = await Assert.ThrowsAsync<UnusableDatabase>(() => database.MigrateAsync(CancellationToken.None));
        Assert.Contains("newer version", refused.Message, StringComparison.Ordinal);
        Assert.Contains("9999_from_the_future", refused.Message, StringComparison.Ordinal);
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
    }

    [Fact]
    public async Task That_was_only_begun_leaves_the_database_not_ready_and_is_finished_by_the_next()
    {
        var database = await store.OpenEmptyAsync();
        var first = MigrationSet.Main.For(Kind)[0];
        await ExecuteAsync(database, $"CREATE TABLE schema_versions (name TEXT NOT NULL PRIMARY KEY); {first.Sql}; INSERT INTO schema_versions (name) VALUES ('{first.Name}')");
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
        await database.MigrateAsync(CancellationToken.None);

        Assert.Equal(Known(), await AppliedAsync(database));
        Assert.True(await database.IsReadyAsync(CancellationToken.None));
    }

    [Fact]
    public async Task That_fails_leaves_nothing_behind_and_nobody_waiting()
    {
        var database = await store.OpenEmptyAsync();
        await ExecuteAsync(database, "CREATE TABLE revoked_tokens (somebody TEXT)");
        await Assert.ThrowsAnyAsync<Exception>(() => database.MigrateAsync(CancellationToken.None));
        Assert.False(await database.IsReadyAsync(CancellationToken.None));

        // The one that failed still lives; another node must not wait for it.
        await ExecuteAsync(database, "DROP TABLE revoked_tokens");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var other = store.OpenAnother(database);
        await other.MigrateAsync(patience.Token);
        Assert.True(await other.IsReadyAsync(CancellationToken.None));
    }

    /// <summary>Registrations from before they could expire: they live on from their last use, and what was deleted stays deleted.</summary>
    [Fact]
    public async Task That_lets_registrations_expire_knows_those_of_before()
    {
        var database = await store.OpenEmptyAsync();
        await ExecuteAsync(database, "CREATE TABLE schema_versions (name TEXT NOT NULL PRIMARY KEY)");
        foreach (var former in MigrationSet.Main.For(Kind).TakeWhile(m => !m.Name.StartsWith("0006", StringComparison.Ordinal)))
        {
            await ExecuteAsync(database, $"{former.Sql}; INSERT INTO schema_versions (name) VALUES ('{former.Name}')");
        }

        var resource = ResourceId.New();
        var shared = Client_rows.NewClient(resource);
        var own = Client_rows.NewClient(resource);
        var operators = Client_rows.NewClient(resource) with { Origin = ClientOrigin.Operator };
        var deleted = Client.Tombstone(ClientId.New(), Login.Begun);
        await InsertAsync(database, shared, [1]);
        await InsertAsync(database, own, fingerprint: null);
        await InsertAsync(database, operators, fingerprint: null);
        await InsertAsync(database, deleted, [4]);
        await ExecuteAsync(database, $"""
            INSERT INTO grants (id, connection_id, subject, client_id, resource_id, auth_request_id, scope, client_class, issuer, login, reported_at, created_at, generation, rotations, used_at, idle_by, absolute_by)
            VALUES ('grt_1', 'c', 's', '{shared.Id}', 'r', 'a', '', 'Public', 'i', '', 0, 0, 0, '', {Login.Begun.AddDays(50).ToUnixTimeMilliseconds()}, 0, 0)
            """);
        await database.MigrateAsync(CancellationToken.None);

        var clients = new ClientStore(database);
        Assert.Equal(Login.Begun.AddDays(50), (await clients.FindAsync(shared.Id, CancellationToken.None))!.LastSeenAt);
        Assert.Equal(1, await clients.ExpireAsync(Login.Begun.AddDays(10), Login.Begun.AddDays(100), CancellationToken.None));
        Assert.Equal(new[] { shared.Id, operators.Id }.ToHashSet(), (await clients.OfResourceAsync(resource, 10, CancellationToken.None)).Select(c => c.Id).ToHashSet());
        var registrations = new RegistrationStore(database, clients);
        var again = await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), [1], Login.Begun, CancellationToken.None);
        Assert.Equal(shared.Id, Assert.IsType<RegistrationOutcome.Stored>(again).Client.Id);
        Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), [4], Login.Begun, CancellationToken.None));
    }

    private static Task InsertAsync(IDatabase database, Client client, byte[]? fingerprint) => database.WriteAsync(
        "INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document) VALUES (@id, @resource, @fingerprint, @now, @now, 1, @document)",
        new() { { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "fingerprint", fingerprint }, { "now", client.CreatedAt }, { "document", ClientStore.Write(client) } },
        static _ => true,
        CancellationToken.None);

    private List<string> Known() => [.. MigrationSet.Main.For(Kind).Select(migration => migration.Name)];

    private static Task<List<string>> AppliedAsync(IDatabase database) =>
        database.ReadAsync("SELECT name FROM schema_versions ORDER BY name", SqlValues.None, Migrations.Names, CancellationToken.None);

    private static Task ExecuteAsync(IDatabase database, string sql) => database.WriteAsync(sql, SqlValues.None, static _ => true, CancellationToken.None);

    private static Process StartMigrate(string storage, string folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MigrationSet).Assembly.Location, "migrate"])
        {
            UseShellExecute = false,
            RedirectStandardError = true,
            WorkingDirectory = folder,
        };
        start.Environment["Latchkey__Storage"] = storage;
        start.Environment["Latchkey__DataDirectory"] = folder;
        start.Environment["Latchkey__KeyEncryptionKey"] = Convert.ToBase64String(new byte[32]);
        return Process.Start(start)!;
    }
}
