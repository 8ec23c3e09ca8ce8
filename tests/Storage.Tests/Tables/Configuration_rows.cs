using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Management;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Configuration_rows_on_SQLite(OnSqlite store) : Configuration_rows(store), IClassFixture<OnSqlite>;

public sealed class Configuration_rows_on_PostgreSQL(OnPostgres store) : Configuration_rows(store), IClassFixture<OnPostgres>;

public abstract class Configuration_rows(Store store)
{
    private const int Callers = 64;

    private readonly ConfigurationStore configuration = Records.Configuration(store.Main);
    private readonly ConfigurationStore otherNode = Records.Configuration(store.OtherNode);

    [Fact]
    public async Task Are_read_as_they_were_written()
    {
        var resource = NewResource();
        var connection = NewConnection();
        var client = NewApiClient(connection.Id);
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(resource, Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(connection, Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Done>(await configuration.InsertAsync(client, Records.Tester, CancellationToken.None));
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
        var (resource, connection) = (NewResource(), NewConnection());
        await InsertAsync(
            "resources",
            "id, canonical_uri, created_at, revision, document",
            "@id, @id, 1, 1, @document",
            resource.Id.Value,
            $$"""{"id":"{{resource.Id}}","name":"Old","uri":"{{resource.Uri}}","created_at":"2026-01-02T09:30:00+00:00","updated_at":"2026-01-02T09:30:00+00:00"}""");
        await InsertAsync(
            "connections",
            "id, created_at, revision, document",
            "@id, 1, 1, @document",
            connection.Id.Value,
            $$"""{"id":"{{connection.Id}}","login_url":"https://app.example/login","created_at":"2026-01-02T09:30:00+00:00","updated_at":"2026-01-02T09:30:00+00:00"}""");

        var read = await configuration.LoadAsync(CancellationToken.None);

        var old = read.Find(resource.Id)!;
        Assert.Equal((ResourceFields.Table.Blank.AccessTokenLifetime, true, true, true), (old.AccessTokenLifetime, old.AllowsRegistration, old.AllowsMetadataDocuments, old.ScopesCanBeUnticked));
        Assert.Equal((resource.CanonicalUri, 0), (old.CanonicalUri, old.Scopes.Count));
        Assert.Equal((CallbackVerification.Required, true), (read.Find(connection.Id)!.Verification, read.Find(connection.Id)!.IsEnabled));
    }

    private Task InsertAsync(string table, string columns, string values, string id, string document) => store.Main.WriteAsync(
        $"INSERT INTO {table} ({columns}) VALUES ({values})", new() { { "id", id }, { "document", document } }, static _ => true, CancellationToken.None);

    [Fact]
    public async Task Raise_the_version_with_each_change()
    {
        var resource = NewResource();
        var connection = NewConnection();
        var client = NewApiClient(connection.Id);
        Func<Task<ConfigurationChange>>[] changes =
        [
            () => configuration.InsertAsync(resource, Records.Tester, CancellationToken.None),
            () => configuration.InsertAsync(connection, Records.Tester, CancellationToken.None),
            () => configuration.InsertAsync(client, Records.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(resource with { Revision = 1 }, resource, Records.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(connection with { Revision = 1 }, connection, Records.Tester, CancellationToken.None),
            () => configuration.UpdateAsync(client with { Revision = 1 }, client, Records.Tester, CancellationToken.None),
            () => configuration.DeleteAsync(resource, 2, Records.Tester, CancellationToken.None),
            () => configuration.DeleteAsync(client, revision: null, Records.Tester, CancellationToken.None),
        ];
        foreach (var change in changes)
        {
            var before = (await configuration.LoadAsync(CancellationToken.None)).Version;
            Assert.IsType<ConfigurationChange.Done>(await change());
            Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
        }
    }

    [Fact]
    public async Task Change_from_the_revision_that_was_read_and_from_no_other()
    {
        var resource = NewResource();
        await configuration.InsertAsync(resource, Records.Tester, CancellationToken.None);
        Assert.IsType<ConfigurationChange.Done>(await configuration.UpdateAsync(resource with { Revision = 1 }, resource with { Name = "Second" }, Records.Tester, CancellationToken.None));

        Assert.IsType<ConfigurationChange.Overtaken>(await otherNode.UpdateAsync(resource with { Revision = 1 }, resource with { Name = "Late" }, Records.Tester, CancellationToken.None));
        var read = (await configuration.LoadAsync(CancellationToken.None)).Find(resource.Id)!;
        Assert.Equal(("Second", 2), (read.Name, read.Revision));
    }

    [Fact]
    public async Task Changed_by_64_at_two_nodes_have_one_winner()
    {
        var (resource, connection) = (NewResource(), NewConnection());
        var client = NewApiClient(connection.Id);
        await configuration.InsertAsync(resource, Records.Tester, CancellationToken.None);
        await configuration.InsertAsync(connection, Records.Tester, CancellationToken.None);
        await configuration.InsertAsync(client, Records.Tester, CancellationToken.None);

        var resources = await RaceAsync((node, i) => node.UpdateAsync(resource with { Revision = 1 }, resource with { Name = $"Notes {i}" }, Records.Tester, CancellationToken.None));
        var connections = await RaceAsync((node, i) => node.UpdateAsync(connection with { Revision = 1 }, connection with { LoginUrl = $"https://app.example/{i}" }, Records.Tester, CancellationToken.None));
        var clients = await RaceAsync((node, i) => node.UpdateAsync(client with { Revision = 1 }, client with { Name = $"Backend {i}" }, Records.Tester, CancellationToken.None));
        var read = await configuration.LoadAsync(CancellationToken.None);
        Assert.Equal(($"Notes {resources}", 2), (read.Find(resource.Id)!.Name, read.Find(resource.Id)!.Revision));
        Assert.Equal(($"https://app.example/{connections}", 2), (read.Find(connection.Id)!.LoginUrl, read.Find(connection.Id)!.Revision));
        Assert.Equal(($"Backend {clients}", 2), (read.Find(client.Id)!.Name, read.Find(client.Id)!.Revision));
    }

    [Fact]
    public async Task Do_not_share_an_id_or_a_resource_uri()
    {
        var (one, other) = (NewResource(), NewResource());
        await configuration.InsertAsync(one, Records.Tester, CancellationToken.None);
        await configuration.InsertAsync(other, Records.Tester, CancellationToken.None);
        var connection = NewConnection();
        await configuration.InsertAsync(connection, Records.Tester, CancellationToken.None);
        var client = NewApiClient(connection.Id);
        await configuration.InsertAsync(client, Records.Tester, CancellationToken.None);

        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(NewResource(id: one.Id), Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(NewResource(one.Uri + "/"), Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.UpdateAsync(other with { Revision = 1 }, NewResource(one.Uri, other.Id), Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(connection, Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Taken>(await configuration.InsertAsync(client, Records.Tester, CancellationToken.None));
        Assert.Equal(other.Uri, (await configuration.LoadAsync(CancellationToken.None)).Find(other.Id)!.Uri);
    }

    [Fact]
    public async Task Made_by_64_at_once_with_one_resource_uri_are_one()
    {
        var uri = NewResource().Uri;

        await RaceAsync((node, _) => node.InsertAsync(NewResource(uri), Records.Tester, CancellationToken.None));
        Assert.Single((await configuration.LoadAsync(CancellationToken.None)).Resources, r => r.Uri == uri);
    }

    [Fact]
    public async Task Are_gone_once_deleted()
    {
        var resource = NewResource();
        var client = NewApiClient(ConnectionId.New());
        await configuration.InsertAsync(resource, Records.Tester, CancellationToken.None);
        await configuration.InsertAsync(client, Records.Tester, CancellationToken.None);

        Assert.IsType<ConfigurationChange.Overtaken>(await configuration.DeleteAsync(resource, 2, Records.Tester, CancellationToken.None));
        Assert.IsType<ConfigurationChange.Overtaken>(await configuration.DeleteAsync(client, 2, Records.Tester, CancellationToken.None));
        await RaceAsync((node, _) => node.DeleteAsync(resource, 1, Records.Tester, CancellationToken.None));
        await RaceAsync((node, _) => node.DeleteAsync(client, revision: null, Records.Tester, CancellationToken.None));
        var read = await configuration.LoadAsync(CancellationToken.None);
        Assert.Null(read.Find(resource.Id));
        Assert.Null(read.Find(client.Id));
        Assert.IsType<ConfigurationChange.Overtaken>(await configuration.UpdateAsync(resource with { Revision = 1 }, resource, Records.Tester, CancellationToken.None));
    }

    /// <summary>Who of 64 callers at two nodes was the one whose change was done.</summary>
    private async Task<int> RaceAsync(Func<ConfigurationStore, int, Task<ConfigurationChange>> change)
    {
        var changes = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => change(i % 2 == 0 ? configuration : otherNode, i))));
        return Assert.Single(changes.Index(), c => c.Item is ConfigurationChange.Done).Index;
    }

    private static Resource NewResource(string? uri = null, ResourceId? id = null) => new()
    {
        Id = id ?? ResourceId.New(),
        Name = "Notes é",
        Uri = uri ?? $"https://{Ids.New("").ToLowerInvariant()}.example/mcp",
        LogoUri = "https://acme.example/logo.png",
        Scopes = [new(ScopeId.New(), "notes:read", "Read your notes", IsEnabled: true), new(ScopeId.New(), "notes:write", "Change your notes", IsEnabled: false)],
        AccessTokenLifetime = TimeSpan.FromMinutes(5),
        RefreshTokenLifetime = TimeSpan.FromDays(30),
        GrantLifetime = TimeSpan.FromDays(365),
        AllowsMetadataDocuments = false,
        Algorithm = SigningAlgorithm.ES256,
        TokenIssuer = TokenIssuerChoice.Environment,
        RequiresFreshLogin = true,
        ConnectionId = ConnectionId.New(),
        CreatedAt = Login.Begun,
        UpdatedAt = Login.Begun.AddSeconds(1),
    };

    internal static Connection NewConnection() => new()
    {
        Id = ConnectionId.New(),
        LoginUrl = "https://app.example/login?from=mcp",
        Verification = CallbackVerification.DangerousStateOnly,
        CreatedAt = Login.Begun,
        UpdatedAt = Login.Begun.AddSeconds(1),
    };

    private static ApiClient NewApiClient(ConnectionId connection) => new()
    {
        Id = ApiClientId.New(),
        Name = "Backend",
        Role = ApiRole.Login,
        ConnectionIds = [connection],
        Secrets = [new(SecretId.New(), [1, 2, 3], "wxyz", Login.Begun, Login.Begun.AddDays(1))],
        CreatedAt = Login.Begun,
        UpdatedAt = Login.Begun,
    };
}
