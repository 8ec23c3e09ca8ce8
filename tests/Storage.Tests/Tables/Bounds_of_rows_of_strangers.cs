using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Registration;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Bounds_of_rows_of_strangers_on_SQLite(SqliteStore store)
    : Bounds_of_rows_of_strangers(store), IClassFixture<SqliteStore>;

public sealed class Bounds_of_rows_of_strangers_on_PostgreSQL(PostgresStore store)
    : Bounds_of_rows_of_strangers(store), IClassFixture<PostgresStore>;

/// <summary>Rows that any caller can cause are deleted after a time, or beyond a number.</summary>
public abstract class Bounds_of_rows_of_strangers(Store store)
{
    private static readonly DateTimeOffset Now = LoginScenario.Begun.AddYears(-2);

    private readonly ClientStore clients = new(store.Main);
    private readonly RegistrationStore registrations = new(store.Main, new ClientStore(store.Main));

    [Fact]
    public async Task Tombstones_of_registrations_are_deleted_after_their_time_and_beyond_their_number()
    {
        var tombstones = new List<Client>();
        for (var i = 0; i < 8; i++)
        {
            var client = Client_rows.NewClient(ResourceId.New()) with { CreatedAt = Now.AddDays(-100), Registration = null };
            await registrations.RegisterSharedAsync(client, FingerprintOf(client), Now.AddYears(-1), CancellationToken.None);
            Assert.True(await clients.ExpireAsync(client.Id, Now.AddDays(-1), Now.AddHours(i), CancellationToken.None));
            tombstones.Add(client);
        }

        // At the limit of the time, a tombstone stays.
        Assert.Equal(2, await clients.SweepTombstonesAsync(Now.AddHours(2), 1_000, CancellationToken.None));
        Assert.Equal(0, await clients.SweepTombstonesAsync(Now.AddHours(2), 6, CancellationToken.None));
        Assert.Equal(2, await clients.SweepTombstonesAsync(Now.AddHours(2), 4, CancellationToken.None));

        // The newest four return with their ids, the others with new ones.
        foreach (var (number, tombstone) in tombstones.Index())
        {
            var again = Client_rows.NewClient(tombstone.ResourceId!.Value) with { CreatedAt = Now.AddDays(1), Registration = null };
            var outcome = await registrations.RegisterSharedAsync(again, FingerprintOf(again), Now.AddYears(-1), CancellationToken.None);
            Assert.Equal(
                number < 4 ? again.Id : tombstone.Id, Assert.IsType<RegistrationOutcome.Stored>(outcome).Client.Id);
        }
    }

    [Fact]
    public async Task The_newest_20_changes_of_a_client_are_kept_and_old_ones_are_deleted()
    {
        var document = DocumentOf("changes", Now);
        Assert.True(await clients.KeepDocumentAsync(document, change: null, CancellationToken.None));
        for (var i = 1; i <= 30; i++)
        {
            var next = document with { Revision = i, Document = document.Document! with { FetchedAt = Now.AddMinutes(i) } };
            Assert.True(await clients.KeepDocumentAsync(next, $"Change {i}.", CancellationToken.None));
        }

        var kept = await clients.ChangesAsync(document.Id, CancellationToken.None);
        Assert.Equal(Enumerable.Range(11, 20).Select(i => $"Change {i}."), kept.Select(change => change.What));

        await clients.SweepChangesAsync(Now.AddMinutes(21), CancellationToken.None);
        Assert.Equal("Change 21.", (await clients.ChangesAsync(document.Id, CancellationToken.None))[0].What);
    }

    [Fact]
    public async Task An_unused_metadata_document_is_deleted_unless_it_is_blocked_or_has_a_live_grant()
    {
        var (unused, young, blocked, granted) = (
            DocumentOf("unused", Now.AddYears(-1)), DocumentOf("young", Now), DocumentOf("blocked", Now.AddYears(-1)),
            DocumentOf("granted", Now.AddYears(-1)));
        foreach (var client in new[] { unused, young, blocked, granted })
        {
            Assert.True(await clients.KeepDocumentAsync(client, change: null, CancellationToken.None));
        }

        await AuditedStores.SetEnabledAsync(
            store.Main, (await clients.FindAsync(blocked.Id, CancellationToken.None))!, isEnabled: false, Now);
        await new LoginScenario(store.Main)
        {
            Details = LoginScenario.With(LoginScenario.NewDetails(ConnectionId.New()), client: granted.Id)
        }
            .LeadToAsync(Stage.Exchanged);

        Assert.Equal(1, await clients.SweepDocumentsAsync(Now, CancellationToken.None));
        Assert.Null(await clients.FindAsync(unused.Id, CancellationToken.None));
        Assert.All(
            await Task.WhenAll(new[] { young, blocked, granted }.Select(c => clients.FindAsync(c.Id, CancellationToken.None))),
            Assert.NotNull);
    }

    private static byte[] FingerprintOf(Client client) => System.Text.Encoding.ASCII.GetBytes(client.ResourceId!.Value.Value);

    private static Client DocumentOf(string name, DateTimeOffset fetchedAt)
    {
        var id = ClientId.Parse($"https://client.example/{name}.json")!.Value;
        return Client_rows.NewClient(ResourceId.New()) with
        {
            Id = id,
            ResourceId = null,
            Origin = ClientOrigin.Document,
            Registration = null,
            Document = new(fetchedAt, fetchedAt.AddHours(1), [1]),
        };
    }
}
