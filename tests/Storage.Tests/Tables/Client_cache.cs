using Latchkey.Server;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Register;
using Latchkey.Server.Storage;
using Latchkey.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Clients_in_memory_on_SQLite(OnSqlite store) : Clients_in_memory(store), IClassFixture<OnSqlite>;

public sealed class Clients_in_memory_on_PostgreSQL(OnPostgres store) : Clients_in_memory(store), IClassFixture<OnPostgres>;

/// <summary>Registrations as two nodes remember them, while nothing changes in the configuration: nobody tells either what became of one.</summary>
public abstract class Clients_in_memory(Store store)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromDays(90);
    private readonly OffsetTimeProvider clock = new();

    [Fact]
    public async Task Live_by_a_use_that_another_node_saw()
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
    public async Task Are_gone_at_every_node_when_they_expired_at_one_and_back_at_every_node_when_they_came_back(bool askedMeanwhile)
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

    /// <summary>A note of a use must not bring back to memory what is gone from the database.</summary>
    [Fact]
    public async Task Are_forgotten_when_they_turn_out_to_be_gone_as_they_are_used()
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
    public async Task Are_never_those_that_may_change_themselves()
    {
        var node = NodeAt(store.Main);
        var client = Client_rows.NewClient(ResourceId.New()) with { CreatedAt = clock.GetUtcNow() };
        var registrations = new RegistrationStore(store.OtherNode, new(store.OtherNode));
        await registrations.RegisterOwnAsync(client, [1], CancellationToken.None);
        var read = (await node.FindAsync(client.Id, CancellationToken.None))!;
        Assert.IsType<RegistrationOutcome.Stored>(await registrations.ChangeAsync(read with { Name = "Changed" }, [2], change: null, CancellationToken.None));

        Assert.Equal("Changed", (await node.FindAsync(client.Id, CancellationToken.None))!.Name);
        await registrations.WithdrawAsync(client.Id, clock.GetUtcNow(), CancellationToken.None);
        Assert.Null(await node.FindAsync(client.Id, CancellationToken.None));
    }

    private ClientCache NodeAt(IDatabase database) => new(
        new ClientStore(database),
        new ConfigurationCache(
            database, Records.Configuration(database), new KeyRing(Records.Keys(database), new Seal(new byte[Seal.KeyLength]), TimeProvider.System), NullLogger<ConfigurationCache>.Instance),
        new Settings { RegistrationLifetime = Lifetime },
        clock);

    /// <summary>A registration that may be shared, so that nodes remember it.</summary>
    private async Task<Client> RegisterAsync(ResourceId resource)
    {
        var now = clock.GetUtcNow();
        var client = Client_rows.NewClient(resource) with { CreatedAt = now, Registration = null };
        var fingerprint = System.Text.Encoding.ASCII.GetBytes(resource.Value);
        return Assert.IsType<RegistrationOutcome.Stored>(
            await new RegistrationStore(store.Main, new(store.Main)).RegisterSharedAsync(client, fingerprint, now - Lifetime, CancellationToken.None)).Client;
    }
}
