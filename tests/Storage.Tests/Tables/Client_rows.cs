using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Credentials;
using Latchkey.Server.OAuth;
using Latchkey.Server.Registration;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Client_rows_on_SQLite(SqliteStore store) : Client_rows(store), IClassFixture<SqliteStore>;

public sealed class Client_rows_on_PostgreSQL(PostgresStore store) : Client_rows(store), IClassFixture<PostgresStore>;

public abstract class Client_rows(Store store)
{
    private const int Callers = 64;

    private readonly ClientStore clients = new(store.Main);
    private readonly ClientStore otherNode = new(store.OtherNode);

    [Fact]
    public async Task A_row_is_read_as_it_was_written()
    {
        var client = NewClient(ResourceId.New());
        var stored = await AuditedStores.Directory(store.Main).InsertAsync(client, AuditedStores.Tester, CancellationToken.None);

        Assert.Equivalent(client with { Revision = 1, LastSeenAt = client.CreatedAt }, stored, strict: true);
        Assert.Equivalent(stored, await otherNode.FindAsync(client.Id, CancellationToken.None), strict: true);
        Assert.Null(await clients.FindAsync(ClientId.New(), CancellationToken.None));
    }

    [Fact]
    public async Task Clients_of_a_resource_are_listed_oldest_first_up_to_the_limit()
    {
        var resource = ResourceId.New();
        foreach (var second in (int[])[3, 1, 2])
        {
            var client = NewClient(resource) with { Name = $"Client {second}", CreatedAt = LoginScenario.Begun.AddSeconds(second) };
            await AuditedStores.Directory(store.Main).InsertAsync(client, AuditedStores.Tester, CancellationToken.None);
        }

        await AuditedStores.Directory(store.Main).InsertAsync(NewClient(ResourceId.New()), AuditedStores.Tester, CancellationToken.None);
        Assert.Equal(
            ["Client 1", "Client 2", "Client 3"],
            (await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Select(c => c.Name));
        Assert.Equal(["Client 1", "Client 2"], (await clients.OfResourceAsync(resource, 2, CancellationToken.None)).Select(c => c.Name));
    }

    [Fact]
    public async Task A_client_is_deleted_once_and_every_node_is_notified()
    {
        var configuration = AuditedStores.Configuration(store.Main);
        var client = NewClient(ResourceId.New());
        client = await AuditedStores.Directory(store.Main).InsertAsync(client, AuditedStores.Tester, CancellationToken.None);
        foreach (var (other, revision)
            in new[] { (client with { ResourceId = ResourceId.New() }, (long?)null), (client, client.Revision - 1) })
        {
            Assert.IsType<ConfigurationChange.Overtaken>(await AuditedStores.Directory(store.Main)
                .DeleteAsync(other, revision, AuditedStores.Tester, client.CreatedAt, CancellationToken.None));
        }

        Assert.NotNull(await clients.FindAsync(client.Id, CancellationToken.None));
        var before = (await configuration.LoadAsync(CancellationToken.None)).Version;

        var deleted = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() =>
            AuditedStores.Directory(i % 2 == 0 ? store.Main : store.OtherNode).DeleteAsync(
                client, i % 3 == 0 ? client.Revision : null, AuditedStores.Tester, client.CreatedAt, CancellationToken.None))));
        Assert.Single(deleted, d => d is ConfigurationChange.Done);
        Assert.Null(await otherNode.FindAsync(client.Id, CancellationToken.None));
        Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
    }

    [Fact]
    public async Task Of_64_concurrent_changes_at_two_nodes_one_succeeds_and_every_node_is_notified()
    {
        var configuration = AuditedStores.Configuration(store.Main);
        var (directory, other) = (AuditedStores.Directory(store.Main), AuditedStores.Directory(store.OtherNode));
        var client = await directory.InsertAsync(NewClient(ResourceId.New()), AuditedStores.Tester, CancellationToken.None);
        var before = (await configuration.LoadAsync(CancellationToken.None)).Version;

        var changes = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => (i % 2 == 0 ? directory : other)
            .UpdateAsync(client, client with { Name = $"Client {i}" }, AuditedStores.Tester, CancellationToken.None))));
        var winner = Assert.Single(changes.Index(), c => c.Item is ConfigurationChange.Done).Index;
        var read = await otherNode.FindAsync(client.Id, CancellationToken.None);
        Assert.Equivalent(client with { Name = $"Client {winner}", Revision = client.Revision + 1 }, read, strict: true);
        Assert.True((await configuration.LoadAsync(CancellationToken.None)).Version > before);
        Assert.IsType<ConfigurationChange.Overtaken>(await directory.UpdateAsync(
            NewClient(ResourceId.New()) with { Revision = 1 }, client, AuditedStores.Tester, CancellationToken.None));
    }

    [Fact]
    public async Task Pages_omit_deleted_clients_and_order_clients_of_the_same_time()
    {
        var directory = AuditedStores.Directory(store.Main);
        var resource = ResourceId.New();
        var all = new List<Client>();
        foreach (var second in (int[])[2, 1, 1, 1, 0])
        {
            var outcome = await new RegistrationStore(store.Main, clients).RegisterSharedAsync(
                NewClient(resource) with { CreatedAt = LoginScenario.Begun.AddSeconds(second) }, FingerprintOf(ResourceId.New()),
                LoginScenario.Begun.AddYears(-1), CancellationToken.None);
            all.Add(Assert.IsType<RegistrationOutcome.Stored>(outcome).Client);
        }

        Assert.IsType<ConfigurationChange.Done>(
            await directory.DeleteAsync(all[2], revision: null, AuditedStores.Tester, LoginScenario.Begun, CancellationToken.None));
        all.RemoveAt(2);
        var seen = new List<ClientId>();
        RowPlace? after = null;
        do
        {
            var (total, page) = await directory.ListAsync(resource, organization: null, after, 1, CancellationToken.None);
            Assert.Equal(4, total);
            seen.AddRange(page.Select(c => c.Id));
            after = page.Count == 0 ? null : new(page[^1].CreatedAt, page[^1].Id.Value);
        }
        while (after is not null);

        Assert.Equal(
            all.OrderByDescending(c => c.CreatedAt).ThenByDescending(c => c.Id.Value, StringComparer.Ordinal).Select(c => c.Id), seen);
        var everywhere = (await directory.ListAsync(resource: null, organization: null, after: null, 10_000, CancellationToken.None)).Page;
        Assert.All(everywhere, c => Assert.Null(c.DeletedAt));
        Assert.Subset(everywhere.Select(c => c.Id).ToHashSet(), seen.ToHashSet());
    }

    /// <summary>A node with a clock that is behind must not set back the last use of a secret.</summary>
    [Fact]
    public async Task The_newest_use_of_a_secret_at_any_node_is_kept()
    {
        var (uses, other) =
            (new SecretUses(store.Main, NullLogger<SecretUses>.Instance), new SecretUses(store.OtherNode, NullLogger<SecretUses>.Instance));
        ClientSecret[] secrets = [
            ClientSecret.Of(Secret.New(Secret.ClientSecretPrefix), LoginScenario.Begun),
            ClientSecret.Of(Secret.New(Secret.ClientSecretPrefix), LoginScenario.Begun)];
        uses.Note(secrets[0].Id, LoginScenario.Begun.AddHours(5));
        Assert.Equal(LoginScenario.Begun.AddHours(5), (await uses.OfAsync(secrets, CancellationToken.None))[secrets[0].Id.Value]);
        other.Note(secrets[0].Id, LoginScenario.Begun.AddHours(1));

        Assert.Equal(LoginScenario.Begun.AddHours(5), Assert.Single(await other.OfAsync(secrets, CancellationToken.None)).Value);
        await uses.ForgetAsync(secrets[0].Id, CancellationToken.None);
        Assert.Empty(await other.OfAsync(secrets, CancellationToken.None));
    }

    private static byte[] FingerprintOf(ResourceId resource) => System.Text.Encoding.ASCII.GetBytes(resource.Value);

    internal static Client NewClient(ResourceId resource) => new()
    {
        Id = ClientId.New(),
        Name = "Inspector é",
        Origin = ClientOrigin.Registered,
        ResourceId = resource,
        RedirectUris = ["http://127.0.0.1/callback", "cursor://callback"],
        Class = ClientClass.Secret,
        TokenEndpointAuthMethod = "client_secret_post",
        GrantTypes = [GrantType.AuthorizationCodeName, GrantType.RefreshTokenName],
        ScopeCap = "notes:read",
        LogoUri = "https://client.example/logo.png",
        Secrets = [new(SecretId.New(), [9, 8, 7], "wxyz", LoginScenario.Begun, ExpiresAt: null)],
        CreatedAt = LoginScenario.Begun,
        UpdatedAt = LoginScenario.Begun,
        Registration = new([1, 2, 3], "native", Scope: null, InitialAccessTokenId.New()),
    };
}
