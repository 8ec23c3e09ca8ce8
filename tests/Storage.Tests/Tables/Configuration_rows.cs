using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Configuration_rows_on_SQLite(SqliteStore store) : Configuration_rows(store), IClassFixture<SqliteStore>;

public sealed class Configuration_rows_on_PostgreSQL(PostgresStore store) : Configuration_rows(store), IClassFixture<PostgresStore>;

public abstract class Configuration_rows(Store store)
{
    private const int Callers = 64;

    private readonly ConfigurationStore configuration = AuditedStores.Configuration(store.Main);
    private readonly ConfigurationStore otherNode = AuditedStores.Configuration(store.OtherNode);

    [Fact]
    public async Task A_row_is_read_as_it_was_written()
    {
        var resource = NewResource();
        var connection = NewConnection();
        var client = NewApiClient(connection.Id);
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(resource, AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(connection, AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None));
        var read = await otherNode.LoadAsync(CancellationToken.None);

        Assert.Equivalent(resource with { Revision = 1 }, read.Find(resource.Id), strict: true);
        Assert.Equal(connection with { Revision = 1 }, read.Find(connection.Id));
        Assert.Equivalent(client with { Revision = 1 }, read.Find(client.Id), strict: true);
        Assert.Same(read.Find(resource.Id), read.FindByUri(resource.CanonicalUri));
    }

    /// <summary>As rows were written before these members came.</summary>
    [Fact]
    public async Task Without_members_that_came_later_are_read_with_their_defaults()
    {
        const string Then = "2026-01-02T09:30:00+00:00";
        var (resource, connection) = (NewResource(), NewConnection());
        await InsertAsync(
            "resources",
            "id, canonical_uri, created_at, revision, document",
            "@id, @id, 1, 1, @document",
            resource.Id.Value,
            $$"""{"id":"{{resource.Id}}","name":"Old","uri":"{{resource.Uri}}","created_at":"{{Then}}","updated_at":"{{Then}}"}""");
        await InsertAsync(
            "connections",
            "id, created_at, revision, document",
            "@id, 1, 1, @document",
            connection.Id.Value,
            $$"""{"id":"{{connection.Id}}","login_url":"https://app.example/login","created_at":"{{Then}}","updated_at":"{{Then}}"}""");

        var read = await configuration.LoadAsync(CancellationToken.None);

        var old = read.Find(resource.Id)!;
        Assert.Equal(
            (ResourceFields.Table.Blank.AccessTokenLifetime, true, true, true),
            (old.AccessTokenLifetime, old.AllowsRegistration, old.AllowsMetadataDocuments, old.ScopesCanBeUnticked));
        Assert.Equal((resource.CanonicalUri, 0), (old.CanonicalUri, old.Scopes.Count));
        Assert.Equal((CallbackVerification.Required, true), (read.Find(connection.Id)!.Verification, read.Find(connection.Id)!.IsEnabled));
    }

    private Task InsertAsync(string table, string columns, string values, string id, string document) => store.Main.WriteAsync(
        $"INSERT INTO {table} ({columns}) VALUES ({values})", new() { { "id", id }, { "document", document } }, static _ => true,
        CancellationToken.None);

    [Fact]
    public async Task Each_change_raises_the_configuration_version()
    {
        var resource = NewResource();
        var connection = NewConnection();
        var client = NewApiClient(connection.Id);
        Func<Task<ConfigurationChange>>[] changes =
        [
            () => configuration.InsertAsync(resource, AuditedStores.Tester, CancellationToken.None),
            () => configuration.InsertAsync(connection, AuditedStores.Tester, CancellationToken.None),
            () => configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(resource with { Revision = 1 }, resource, AuditedStores.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(connection with { Revision = 1 }, connection, AuditedStores.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(client with { Revision = 1 }, client, AuditedStores.Tester, CancellationToken.None),
            () => configuration.DeleteAsync(resource, 2, AuditedStores.Tester, CancellationToken.None),
            () => configuration.DeleteAsync(client, revision: null, AuditedStores.Tester, CancellationToken.None),
        ];
        foreach (var change in changes)
        {
            var before = (await configuration.LoadAsync(CancellationToken.None)).Version;
            Assert.IsType<ConfigurationChange.Done>(await change());
            Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
        }
    }

    [Fact]
    public async Task A_change_is_accepted_for_the_current_revision_only()
    {
        var resource = NewResource();
        await configuration.InsertAsync(resource, AuditedStores.Tester, CancellationToken.None);
        Assert.IsType<ConfigurationChange.Done>(await configuration.UpdateAsync(
            resource with { Revision = 1 }, resource with { Name = "Second" }, AuditedStores.Tester, CancellationToken.None));

        Assert.IsType<ConfigurationChange.Overtaken>(await otherNode.UpdateAsync(
            resource with { Revision = 1 }, resource with { Name = "Late" }, AuditedStores.Tester, CancellationToken.None));
        var read = (await configuration.LoadAsync(CancellationToken.None)).Find(resource.Id)!;
        Assert.Equal(("Second", 2), (read.Name, read.Revision));
    }

    [Fact]
    public async Task Of_64_concurrent_changes_at_two_nodes_one_succeeds()
    {
        var (resource, connection) = (NewResource(), NewConnection());
        var client = NewApiClient(connection.Id);
        await configuration.InsertAsync(resource, AuditedStores.Tester, CancellationToken.None);
        await configuration.InsertAsync(connection, AuditedStores.Tester, CancellationToken.None);
        await configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None);

        var resources = await RaceAsync((node, i) => node.UpdateAsync(
            resource with { Revision = 1 }, resource with { Name = $"Notes {i}" }, AuditedStores.Tester, CancellationToken.None));
        var connections = await RaceAsync((node, i) => node.UpdateAsync(
            connection with { Revision = 1 }, connection with { LoginUrl = $"https://app.example/{i}" }, AuditedStores.Tester,
            CancellationToken.None));
        var clients = await RaceAsync((node, i) => node.UpdateAsync(
            client with { Revision = 1 }, client with { Name = $"Backend {i}" }, AuditedStores.Tester, CancellationToken.None));
        var read = await configuration.LoadAsync(CancellationToken.None);
        Assert.Equal(($"Notes {resources}", 2), (read.Find(resource.Id)!.Name, read.Find(resource.Id)!.Revision));
        Assert.Equal(($"https://app.example/{connections}", 2), (read.Find(connection.Id)!.LoginUrl, read.Find(connection.Id)!.Revision));
        Assert.Equal(($"Backend {clients}", 2), (read.Find(client.Id)!.Name, read.Find(client.Id)!.Revision));
    }

    [Fact]
    public async Task A_used_id_or_resource_URI_is_refused()
    {
        var (one, other) = (NewResource(), NewResource());
        await configuration.InsertAsync(one, AuditedStores.Tester, CancellationToken.None);
        await configuration.InsertAsync(other, AuditedStores.Tester, CancellationToken.None);
        var connection = NewConnection();
        await configuration.InsertAsync(connection, AuditedStores.Tester, CancellationToken.None);
        var client = NewApiClient(connection.Id);
        await configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None);

        Assert.IsType<ConfigurationChange.Taken>(
            await configuration.InsertAsync(NewResource(id: one.Id), AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(
            await configuration.InsertAsync(NewResource(one.Uri + "/"), AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.UpdateAsync(
            other with { Revision = 1 }, NewResource(one.Uri, other.Id), AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(connection, AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None));
        Assert.Equal(other.Uri, (await configuration.LoadAsync(CancellationToken.None)).Find(other.Id)!.Uri);
    }

    [Fact]
    public async Task Of_64_concurrent_creates_with_one_resource_URI_one_succeeds()
    {
        var uri = NewResource().Uri;

        await RaceAsync((node, _) => node.InsertAsync(NewResource(uri), AuditedStores.Tester, CancellationToken.None));
        Assert.Single((await configuration.LoadAsync(CancellationToken.None)).Resources, r => r.Uri == uri);
    }

    [Fact]
    public async Task A_deleted_row_is_gone()
    {
        var resource = NewResource();
        var client = NewApiClient(ConnectionId.New());
        await configuration.InsertAsync(resource, AuditedStores.Tester, CancellationToken.None);
        await configuration.InsertAsync(client, AuditedStores.Tester, CancellationToken.None);

        Assert.IsType<ConfigurationChange.Overtaken>(
            await configuration.DeleteAsync(resource, 2, AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Overtaken>(
            await configuration.DeleteAsync(client, 2, AuditedStores.Tester, CancellationToken.None));
        await RaceAsync((node, _) => node.DeleteAsync(resource, 1, AuditedStores.Tester, CancellationToken.None));
        await RaceAsync((node, _) => node.DeleteAsync(client, revision: null, AuditedStores.Tester, CancellationToken.None));
        var read = await configuration.LoadAsync(CancellationToken.None);
        Assert.Null(read.Find(resource.Id));
        Assert.Null(read.Find(client.Id));
        Assert.IsType<ConfigurationChange.Overtaken>(
            await configuration.UpdateAsync(resource with { Revision = 1 }, resource, AuditedStores.Tester, CancellationToken.None));
    }

    /// <summary>Runs a change by 64 callers at two nodes and returns the number of the one that succeeded.</summary>
    private async Task<int> RaceAsync(Func<ConfigurationStore, int, Task<ConfigurationChange>> change)
    {
        var changes = await Task.WhenAll(
            Enumerable.Range(0, Callers).Select(i => Task.Run(() => change(i % 2 == 0 ? configuration : otherNode, i))));
        return Assert.Single(changes.Index(), c => c.Item is ConfigurationChange.Done).Index;
    }

    private static Resource NewResource(string? uri = null, ResourceId? id = null) => new()
    {
        Id = id ?? ResourceId.New(),
        Name = "Notes é",
        Uri = uri ?? $"https://{Ids.New("").ToLowerInvariant()}.example/mcp",
        LogoUri = "https://acme.example/logo.png",
        Scopes = [
            new(ScopeId.New(), "notes:read", "Read your notes", IsEnabled: true),
            new(ScopeId.New(), "notes:write", "Change your notes", IsEnabled: false)],
        AccessTokenLifetime = TimeSpan.FromMinutes(5),
        RefreshTokenLifetime = TimeSpan.FromDays(30),
        GrantLifetime = TimeSpan.FromDays(365),
        AllowsMetadataDocuments = false,
        Algorithm = SigningAlgorithm.ES256,
        TokenIssuer = TokenIssuerChoice.Environment,
        RequiresFreshLogin = true,
        ConnectionId = ConnectionId.New(),
        CreatedAt = LoginScenario.Begun,
        UpdatedAt = LoginScenario.Begun.AddSeconds(1),
    };

    internal static Connection NewConnection() => new()
    {
        Id = ConnectionId.New(),
        LoginUrl = "https://app.example/login?from=mcp",
        Verification = CallbackVerification.DangerousStateOnly,
        CreatedAt = LoginScenario.Begun,
        UpdatedAt = LoginScenario.Begun.AddSeconds(1),
    };

    private static ApiClient NewApiClient(ConnectionId connection) => new()
    {
        Id = ApiClientId.New(),
        Name = "Backend",
        Role = ApiRole.Login,
        ConnectionIds = [connection],
        Secrets = [new(SecretId.New(), [1, 2, 3], "wxyz", LoginScenario.Begun, LoginScenario.Begun.AddDays(1))],
        CreatedAt = LoginScenario.Begun,
        UpdatedAt = LoginScenario.Begun,
    };
}
