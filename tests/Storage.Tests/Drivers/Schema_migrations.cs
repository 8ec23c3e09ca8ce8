using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.Registration;
using Latchkey.Server.Resources;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;
using Storage.Tests.Tables;

namespace Storage.Tests.Drivers;

public sealed class Schema_migrations_on_SQLite(SqliteStore store) : Schema_migrations(store), IClassFixture<SqliteStore>
{
    private protected override string Kind => "Sqlite";
}

public sealed class Schema_migrations_on_PostgreSQL(PostgresStore store) : Schema_migrations(store), IClassFixture<PostgresStore>
{
    private protected override string Kind => "Postgres";
}

public abstract class Schema_migrations(Store store)
{
    private const int Starters = 4;

    private protected abstract string Kind { get; }

    [Fact]
    public async Task A_migration_makes_an_empty_database_ready()
    {
        var database = await store.OpenEmptyAsync();
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
        await database.MigrateAsync(CancellationToken.None);

        await database.ExpectReadyAsync();
        Assert.Equal(Known(), await AppliedAsync(database));
    }

    [Fact]
    public async Task A_repeated_migration_changes_nothing()
    {
        var database = await store.OpenEmptyAsync();
        await database.MigrateAsync(CancellationToken.None);
        await TestTable.PrepareAsync(database);
        await TestTable.AddAsync(database, "kept", 1);
        await database.MigrateAsync(CancellationToken.None);

        Assert.Equal(Known(), await AppliedAsync(database));
        Assert.Equal(1, await TestTable.NumberAsync(database, "kept"));
    }

    [Fact]
    public async Task Four_concurrent_migrations_in_one_process_apply_each_step_once()
    {
        for (var round = 0; round < 3; round++)
        {
            var database = await store.OpenEmptyAsync();
            IDatabase[] starters = [database, .. Enumerable.Range(1, Starters - 1).Select(_ => store.OpenAnother(database))];
            await Task.WhenAll(starters.Select(starter => Task.Run(() => starter.MigrateAsync(CancellationToken.None))));

            Assert.Equal(Known(), await AppliedAsync(database));
            await Task.WhenAll(starters.Select(starter => starter.ExpectReadyAsync()));
        }
    }

    [Fact]
    public async Task Four_concurrent_processes_apply_each_step_once()
    {
        var database = await store.OpenEmptyAsync();
        var folder = Directory.CreateTempSubdirectory("lkmigrate");
        try
        {
            var starters = Enumerable.Range(0, Starters).Select(_ => StartMigrate(store.SettingOf(database), folder.FullName)).ToList();
            foreach (var starter in starters)
            {
                var messages = await starter.StandardError.ReadToEndAsync();
                await starter.WaitForExitAsync();
                Assert.True(starter.ExitCode == 0, messages);
                starter.Dispose();
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Equal(Known(), await AppliedAsync(database));
        await database.ExpectReadyAsync();
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_refused()
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
    public async Task An_incomplete_migration_is_completed_by_the_next_one()
    {
        var database = await store.OpenEmptyAsync();
        var first = MigrationSet.Main.For(Kind)[0];
        await ExecuteAsync(
            database,
            $"CREATE TABLE schema_versions (name TEXT NOT NULL PRIMARY KEY); {first.Sql}; "
            + $"INSERT INTO schema_versions (name) VALUES ('{first.Name}')");
        Assert.False(await database.IsReadyAsync(CancellationToken.None));
        await database.MigrateAsync(CancellationToken.None);

        Assert.Equal(Known(), await AppliedAsync(database));
        await database.ExpectReadyAsync();
    }

    [Fact]
    public async Task A_failed_migration_is_rolled_back_and_releases_its_lock()
    {
        var database = await store.OpenEmptyAsync();
        await ExecuteAsync(database, "CREATE TABLE revoked_tokens (other TEXT)");
        await Assert.ThrowsAnyAsync<Exception>(() => database.MigrateAsync(CancellationToken.None));
        Assert.False(await database.IsReadyAsync(CancellationToken.None));

        // The driver of the failed migration is still open; another node must not wait for it.
        await ExecuteAsync(database, "DROP TABLE revoked_tokens");
        using var timeout = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        var other = store.OpenAnother(database);
        await other.MigrateAsync(timeout.Token);
        await other.ExpectReadyAsync();
    }

    /// <summary>Registrations of a schema without expiry get an expiry from their last use. Deleted ones stay deleted.</summary>
    [Fact]
    public async Task The_migration_to_expiring_registrations_keeps_existing_ones()
    {
        var database = await store.OpenEmptyAsync();
        await MigrateBeforeAsync(database, "0006");

        var resource = ResourceId.New();
        var shared = Client_rows.NewClient(resource);
        var own = Client_rows.NewClient(resource);
        var operators = Client_rows.NewClient(resource) with { Origin = ClientOrigin.Operator };
        var deleted = Client_rows.NewClient(resource) with { IsEnabled = false, DeletedAt = LoginScenario.Begun, ResourceId = null };
        await InsertAsync(database, shared, [1]);
        await InsertAsync(database, own, fingerprint: null);
        await InsertAsync(database, operators, fingerprint: null);
        await InsertAsync(database, deleted, [4]);
        await ExecuteAsync(database, $"""
            INSERT INTO grants (id, connection_id, subject, client_id, resource_id, auth_request_id, scope, client_class, issuer, login,
                                reported_at, created_at, generation, rotations, used_at, idle_by, absolute_by)
            VALUES ('grt_1', 'c', 's', '{shared.Id}', 'r', 'a', '', 'Public', 'i', '', 0, 0,
                    0, '', {LoginScenario.Begun.AddDays(50).ToUnixTimeMilliseconds()}, 0, 0)
            """);
        await database.MigrateAsync(CancellationToken.None);

        var clients = new ClientStore(database);
        Assert.Equal(LoginScenario.Begun.AddDays(50), (await clients.FindAsync(shared.Id, CancellationToken.None))!.LastSeenAt);
        Assert.Equal(
            1, await clients.ExpireAsync(LoginScenario.Begun.AddDays(10), LoginScenario.Begun.AddDays(100), CancellationToken.None));
        Assert.Equal(
            new[] { shared.Id, operators.Id }.ToHashSet(),
            (await clients.OfResourceAsync(resource, 10, CancellationToken.None)).Select(c => c.Id).ToHashSet());
        var registrations = new RegistrationStore(database, clients);
        var again = await registrations.RegisterSharedAsync(
            Client_rows.NewClient(resource), [1], LoginScenario.Begun, CancellationToken.None);
        Assert.Equal(shared.Id, Assert.IsType<RegistrationOutcome.Stored>(again).Client.Id);
        Assert.IsType<RegistrationOutcome.Blocked>(
            await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), [4], LoginScenario.Begun, CancellationToken.None));
    }

    /// <summary>A request without a known scope was offered every scope. The migration writes that down for existing resources.</summary>
    [Fact]
    public async Task The_migration_to_default_scopes_keeps_what_existing_resources_offer()
    {
        var database = await store.OpenEmptyAsync();
        await MigrateBeforeAsync(database, "0013");
        var (several, none, odd) = (ResourceOf("a:read", "b:write", "c"), ResourceOf(), ResourceOf("x\"\\/'é"));
        foreach (var resource in new[] { several, none, odd })
        {
            var document = JsonNode.Parse(JsonSerializer.Serialize(resource, DocumentJson.Of<Resource>()))!.AsObject();
            Assert.False(document.ContainsKey("default_scopes"));
            document.Remove("token_claims");
            await database.WriteAsync(
                "INSERT INTO resources (id, canonical_uri, created_at, revision, document) VALUES (@id, @uri, @now, 7, @document)",
                new() { { "id", resource.Id.Value }, { "uri", resource.CanonicalUri }, { "now", resource.CreatedAt },
                    { "document", document.ToJsonString() } },
                static _ => true,
                CancellationToken.None);
        }

        await ExecuteAsync(
            database,
            """
            INSERT INTO users (connection_id, subject, snapshot, updated_at) VALUES ('conn_1', 'ada', '{"subject":"ada","email":"a@x"}', 0);
            INSERT INTO grants (id, connection_id, subject, client_id, resource_id, auth_request_id, scope, client_class, issuer, login,
                                reported_at, created_at, generation, rotations, used_at, idle_by, absolute_by)
            VALUES ('grt_1', 'conn_1', 'ada', 'c', 'r', 'a', 'a:read', 'Public', 'i', '{}', 0, 0, 0, '', 0, 0, 0)
            """);
        await database.MigrateAsync(CancellationToken.None);

        // Tokens of grants from before carry the claims that they carried then.
        var grant = (await new GrantStore(database).FindAsync(new("grt_1"), CancellationToken.None))!.Grant;
        Assert.Equal(("a:read", TokenClaims.Default), (grant.Scope.ToString(), grant.Claims));
        var configuration = await ConfigurationStore.LoadAsync(database, CancellationToken.None);
        Resource Stored(Resource former) => configuration.Find(former.Id)!;
        Assert.Equal(["a:read", "b:write", "c"], Stored(several).DefaultScopes);
        Assert.Equal(several.Scopes, Stored(several).Scopes);
        Assert.Equal((several.Name, several.Uri, 9L), (Stored(several).Name, Stored(several).Uri, Stored(several).Revision));
        Assert.Equal([], Stored(none).DefaultScopes);
        Assert.Equal(["x\"\\/'é"], Stored(odd).DefaultScopes);
        Assert.Equal(TokenClaims.Default, Stored(several).TokenClaims);
    }

    /// <summary>The consent page ticked everything that a client asked for. An upgrade must not give existing clients less.</summary>
    [Fact]
    public async Task The_migration_to_presets_keeps_what_existing_resources_choose_at_first()
    {
        var database = await store.OpenEmptyAsync();
        await MigrateBeforeAsync(database, "0019");
        var resource = ResourceOf("a:read", "b:write");
        var document = JsonNode.Parse(JsonSerializer.Serialize(resource, DocumentJson.Of<Resource>()))!.AsObject();
        document.Remove("first_preset");
        await database.WriteAsync(
            "INSERT INTO resources (id, canonical_uri, created_at, revision, document) VALUES (@id, @uri, @now, 7, @document)",
            new() { { "id", resource.Id.Value }, { "uri", resource.CanonicalUri }, { "now", resource.CreatedAt },
                { "document", document.ToJsonString() } },
            static _ => true,
            CancellationToken.None);
        await database.MigrateAsync(CancellationToken.None);

        var stored = (await ConfigurationStore.LoadAsync(database, CancellationToken.None)).Find(resource.Id)!;
        Assert.Equal((FirstPreset.Asked, 8L), (stored.FirstPreset, stored.Revision));
        Assert.Equal(resource.Scopes, stored.Scopes);
        Assert.Equal(FirstPreset.Read, resource.FirstPreset);
    }

    /// <summary>The last rotation had a network and a program before; a migrated grant still tells a copy from its owner by them.</summary>
    [Theory]
    [InlineData("192.0.2.9 abc", "192.0.2.0/24")]
    [InlineData("2001:db8:1:2::/64 abc", "2001:db8:1::/48")]
    [InlineData(null, null)]
    public async Task The_migration_to_refresh_replays_keeps_the_network_of_the_last_rotation(string? rotatedBy, string? network)
    {
        var database = await store.OpenEmptyAsync();
        await MigrateBeforeAsync(database, "0015");
        await database.WriteAsync(
            """
            INSERT INTO users (connection_id, subject, snapshot, updated_at) VALUES ('conn_1', 'ada', '{"subject":"ada","email":"a@x"}', 0);
            INSERT INTO grants (id, connection_id, subject, client_id, resource_id, auth_request_id, scope, client_class, issuer, login,
                                reported_at, created_at, generation, rotations, rotated_by, used_at, idle_by, absolute_by)
            VALUES ('grt_1', 'conn_1', 'ada', 'c', 'r', 'a', 'a:read', 'Public', 'i', '{}', 0, 0, 10, '1,2,3,4,5,6,7,8', @by, 0, 0, 0)
            """,
            new() { { "by", rotatedBy } },
            static _ => true,
            CancellationToken.None);
        await database.MigrateAsync(CancellationToken.None);

        var grant = (await new GrantStore(database).FindAsync(new("grt_1"), CancellationToken.None))!.Grant;
        Assert.Null(grant.AnsweredAgain);
        Assert.Equal(Enumerable.Range(1, 8), grant.Rotations.Select(rotation => (int)rotation.At.ToUnixTimeMilliseconds()));
        Assert.All(grant.Rotations.SkipLast(1), rotation => Assert.Null(rotation.By));
        Assert.Equal(network is null ? null : new Presenter(network, "abc"), grant.Rotations[^1].By);
    }

    private static Resource ResourceOf(params string[] scopes) => new()
    {
        Id = ResourceId.New(),
        Name = "Notes é 1.50",
        Uri = $"https://{Ids.New("").ToLowerInvariant()}.example/mcp",
        Scopes = [.. scopes.Select((s, i) => new ResourceScope(ScopeId.New(), s, $"Do {s}", IsEnabled: i == 0))],
        CreatedAt = LoginScenario.Begun,
        UpdatedAt = LoginScenario.Begun,
    };

    /// <summary>Applies the migrations before this one.</summary>
    private async Task MigrateBeforeAsync(IDatabase database, string number)
    {
        await ExecuteAsync(database, "CREATE TABLE schema_versions (name TEXT NOT NULL PRIMARY KEY)");
        foreach (var former in MigrationSet.Main.For(Kind).TakeWhile(m => string.CompareOrdinal(m.Name, number) < 0))
        {
            await ExecuteAsync(database, $"{former.Sql}; INSERT INTO schema_versions (name) VALUES ('{former.Name}')");
        }
    }

    private static Task InsertAsync(IDatabase database, Client client, byte[]? fingerprint) => database.WriteAsync(
        "INSERT INTO clients (id, resource_id, fingerprint, created_at, last_seen_at, revision, document) VALUES (@id, @resource, "
        + "@fingerprint, @now, @now, 1, @document)",
        new() { { "id", client.Id.Value }, { "resource", client.ResourceId?.Value }, { "fingerprint", fingerprint },
            { "now", client.CreatedAt }, { "document", ClientStore.Write(client) } },
        static _ => true,
        CancellationToken.None);

    private List<string> Known() => [.. MigrationSet.Main.For(Kind).Select(migration => migration.Name)];

    private static Task<List<string>> AppliedAsync(IDatabase database) =>
        database.ReadAsync("SELECT name FROM schema_versions ORDER BY name", SqlValues.None, Migrations.Names, CancellationToken.None);

    private static Task ExecuteAsync(IDatabase database, string sql) =>
        database.WriteAsync(sql, SqlValues.None, static _ => true, CancellationToken.None);

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
