using Latchkey.Server;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Registration;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Client_cache_on_SQLite(SqliteStore store) : Client_cache(store), IClassFixture<SqliteStore>;

public sealed class Client_cache_on_PostgreSQL(PostgresStore store) : Client_cache(store), IClassFixture<PostgresStore>;

/// <summary>Registrations in the caches of two nodes. The configuration version does not change,
/// so no node is notified of a change.</summary>
public abstract class Client_cache(Store store)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private readonly OffsetTimeProvider clock = new();

    [Fact]
    public async Task A_use_at_another_node_extends_a_cached_registration()
    {
        var (one, other) = (NodeAt(store.Main), NodeAt(store.OtherNode));
        var client = await RegisterAsync(ResourceId.New());
        Assert.NotNull(await one.FindAsync(client.Id, CancellationToken.None));
        clock.Advance(Lifetime / 2);
        await other.NoteUseAsync((await other.FindAsync(client.Id, CancellationToken.None))!, CancellationToken.None);
        clock.Advance(Lifetime * 0.7);

        Assert.NotNull(await one.FindAsync(client.Id, CancellationToken.None));
        Assert.NotNull(await other.FindAsync(client.Id, CancellationToken.None));
        clock.Advance(Lifetime * 0.4);
        Assert.Null(await one.FindAsync(client.Id, CancellationToken.None));
        Assert.Null(await other.FindAsync(client.Id, CancellationToken.None));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_expired_registration_is_gone_at_every_node_and_returns_at_every_node(bool askedMeanwhile)
    {
        var (one, other) = (NodeAt(store.Main), NodeAt(store.OtherNode));
        var resource = ResourceId.New();
        var client = await RegisterAsync(resource);
        Assert.NotNull(await one.FindAsync(client.Id, CancellationToken.None));
        clock.Advance(Lifetime + TimeSpan.FromSeconds(1));
        Assert.Null(await other.FindAsync(client.Id, CancellationToken.None));
        if (askedMeanwhile)
        {
            Assert.Null(await one.FindAsync(client.Id, CancellationToken.None));
        }

        Assert.Equal(client.Id, (await RegisterAsync(resource)).Id);
        foreach (var node in new[] { one, other })
        {
            Assert.Equal(clock.GetUtcNow(), (await node.FindAsync(client.Id, CancellationToken.None))!.LastSeenAt, TimeSpan.FromMinutes(1));
        }
    }

    /// <summary>A recorded use must not restore a client to the cache that is gone from the database.</summary>
    [Fact]
    public async Task A_client_that_is_gone_at_its_use_is_removed_from_the_cache()
    {
        var node = NodeAt(store.Main);
        var client = await RegisterAsync(ResourceId.New());
        var used = (await node.FindAsync(client.Id, CancellationToken.None))!;
        clock.Advance(Lifetime / 2);
        var now = clock.GetUtcNow();
        Assert.True(await new ClientStore(store.OtherNode).ExpireAsync(client.Id, now, now, CancellationToken.None));
        await node.NoteUseAsync(used, CancellationToken.None);

        Assert.Null(await node.FindAsync(client.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_client_that_can_change_itself_is_not_cached()
    {
        var node = NodeAt(store.Main);
        var client = Client_rows.NewClient(ResourceId.New()) with { CreatedAt = clock.GetUtcNow() };
        var registrations = new RegistrationStore(store.OtherNode, new(store.OtherNode));
        await registrations.RegisterOwnAsync(client, [1], CancellationToken.None);
        var read = (await node.FindAsync(client.Id, CancellationToken.None))!;
        Assert.IsType<RegistrationOutcome.Stored>(
            await registrations.ChangeAsync(read with { Name = "Changed" }, [2], change: null, CancellationToken.None));

        Assert.Equal("Changed", (await node.FindAsync(client.Id, CancellationToken.None))!.Name);
        await registrations.WithdrawAsync(client.Id, clock.GetUtcNow(), CancellationToken.None);
        Assert.Null(await node.FindAsync(client.Id, CancellationToken.None));
    }

    /// <summary>A node writes a client, another node blocks it, and the first node learns of that before it caches what it wrote.</summary>
    [Fact]
    public async Task A_client_blocked_between_its_write_and_its_caching_is_found_blocked()
    {
        var configuration = ConfigurationAt(store.Main);
        await configuration.ReloadAsync(CancellationToken.None);
        var node = new ClientCache(
            new ClientStore(store.Main), new ClientUses(store.Main, NullLogger<ClientUses>.Instance), configuration,
            new Settings { RegistrationLifetime = Lifetime }, clock);
        var version = node.Version;
        var written = await RegisterAsync(ResourceId.New());
        Assert.True(await AuditedStores.SetEnabledAsync(store.OtherNode, written, isEnabled: false, clock.GetUtcNow()));
        await configuration.ReloadAsync(CancellationToken.None);
        node.Remember(written, version);

        Assert.False((await node.FindAsync(written.Id, CancellationToken.None))!.IsEnabled);
    }

    private static ConfigurationCache ConfigurationAt(IDatabase database) => new(
        database, AuditedStores.Configuration(database),
        new KeyRing(AuditedStores.Keys(database), new Seal(new byte[Seal.KeyLength]), TimeProvider.System),
        Supervisors.New());

    private ClientCache NodeAt(IDatabase database) => new(
        new ClientStore(database),
        new ClientUses(database, NullLogger<ClientUses>.Instance),
        ConfigurationAt(database),
        new Settings { RegistrationLifetime = Lifetime },
        clock);

    /// <summary>A registration without management access, which nodes cache.</summary>
    private async Task<Client> RegisterAsync(ResourceId resource)
    {
        var now = clock.GetUtcNow();
        var client = Client_rows.NewClient(resource) with { CreatedAt = now, Registration = null };
        var fingerprint = System.Text.Encoding.ASCII.GetBytes(resource.Value);
        return Assert.IsType<RegistrationOutcome.Stored>(
            await new RegistrationStore(store.Main, new(store.Main))
                .RegisterSharedAsync(client, fingerprint, now - Lifetime, CancellationToken.None)).Client;
    }
}
