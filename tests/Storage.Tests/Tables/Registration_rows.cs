using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Registration;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Registration_rows_on_SQLite(SqliteStore store) : Registration_rows(store), IClassFixture<SqliteStore>;

public sealed class Registration_rows_on_PostgreSQL(PostgresStore store) : Registration_rows(store), IClassFixture<PostgresStore>;

public abstract class Registration_rows(Store store)
{
    private const int Callers = 64;
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    private readonly ClientStore clients = new(store.Main);
    private readonly RegistrationStore registrations = new(store.Main, new(store.Main));
    private readonly RegistrationStore otherNode = new(store.OtherNode, new(store.OtherNode));
    private readonly InitialAccessTokenStore initialTokens = new(store.Main, AuditedStores.Of(store.Main));

    [Fact]
    public async Task Concurrent_registrations_with_one_fingerprint_share_one_client()
    {
        var resource = ResourceId.New();
        var fingerprint = FingerprintOf(resource);

        var stored = await RaceAsync(
            node => node.RegisterSharedAsync(Client_rows.NewClient(resource), fingerprint, Never, CancellationToken.None));
        var one = Assert.Single(stored.Select(s => Assert.IsType<RegistrationOutcome.Stored>(s).Client.Id).Distinct());
        Assert.Equal(one, Assert.Single(await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Id);
    }

    /// <summary>A client cannot prevent its deletion by constant changes, and a deletion that did not happen is
    /// not in the audit log.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_constantly_changing_client_is_deleted_as_the_audit_log_says(bool onlyAsRead)
    {
        for (var i = 0; i < 20; i++)
        {
            var client = Client_rows.NewClient(ResourceId.New());
            await registrations.RegisterOwnAsync(client, FingerprintOf(client.ResourceId!.Value), CancellationToken.None);
            using var over = new CancellationTokenSource();
            var changing = Task.Run(async () =>
            {
                while (!over.IsCancellationRequested && await clients.FindAsync(client.Id, CancellationToken.None) is { } now)
                {
                    await otherNode.ChangeAsync(
                        now with { Name = $"Renamed {now.Revision}" }, FingerprintOf(client.ResourceId.Value), "name",
                        CancellationToken.None);
                }
            });

            var read = (await clients.FindAsync(client.Id, CancellationToken.None))!;
            var outcome = await AuditedStores.Directory(store.Main)
                .DeleteAsync(read, onlyAsRead ? read.Revision : null, AuditedStores.Tester, LoginScenario.Begun, CancellationToken.None);
            var isGone = await clients.FindAsync(client.Id, CancellationToken.None) is null;
            await over.CancelAsync();
            await changing;

            Assert.True(onlyAsRead || isGone);
            Assert.Equal(outcome is ConfigurationChange.Done, isGone);
            Assert.Equal(
                isGone ? 1 : 0,
                (await AuditedStores.Of(store.Main)
                    .NewestAsync(long.MaxValue, 10, client.Id.Value, actor: null, CancellationToken.None)).Count);
        }
    }

    [Fact]
    public async Task A_repeated_registration_updates_the_last_use()
    {
        var first = await SharedAsync();
        var again = Client_rows.NewClient(first.ResourceId!.Value) with { CreatedAt = LoginScenario.Begun.AddDays(1) };
        var seen = Assert.IsType<RegistrationOutcome.Stored>(
            await registrations.RegisterSharedAsync(again, FingerprintOf(first.ResourceId.Value), Never, CancellationToken.None)).Client;

        Assert.Equal((first.Id, LoginScenario.Begun.AddDays(1)), (seen.Id, seen.LastSeenAt));
        Assert.Null(await clients.FindAsync(again.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Another_fingerprint_or_a_managed_registration_creates_another_client()
    {
        var resource = ResourceId.New();
        await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), FingerprintOf(resource), Never, CancellationToken.None);
        await registrations.RegisterSharedAsync(
            Client_rows.NewClient(resource), FingerprintOf(ResourceId.New()), Never, CancellationToken.None);
        await registrations.RegisterOwnAsync(Client_rows.NewClient(resource), FingerprintOf(resource), CancellationToken.None);
        await registrations.RegisterOwnAsync(Client_rows.NewClient(resource), FingerprintOf(resource), CancellationToken.None);

        Assert.Equal(4, (await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Concurrent_uses_are_recorded_once()
    {
        var client = await SharedAsync();
        var later = LoginScenario.Begun.AddDays(2);
        var noted = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() =>
            new ClientStore(i % 2 == 0 ? store.Main : store.OtherNode)
                .NoteUseAsync(client.Id, later.AddDays(-1), later, CancellationToken.None))));

        Assert.Single(noted, n => n);
        Assert.Equal(later, (await clients.FindAsync(client.Id, CancellationToken.None))!.LastSeenAt);
    }

    [Fact]
    public async Task Unused_registrations_expire_oldest_first_in_batches_and_used_blocked_or_operator_created_ones_stay()
    {
        var since = LoginScenario.Begun.AddYears(-10);
        var unused = new List<Client>();
        for (var i = 0; i < 120; i++)
        {
            unused.Add(await SharedAsync(since.AddDays(-200 + i)));
        }

        var (used, blocked, own) = (await SharedAsync(since), await SharedAsync(since.AddDays(-500)),
            Client_rows.NewClient(ResourceId.New()) with { CreatedAt = since.AddDays(-500) });
        await AuditedStores.SetEnabledAsync(store.Main, blocked, isEnabled: false, since);
        var operators = await AuditedStores.Directory(store.Main).InsertAsync(
            Client_rows.NewClient(ResourceId.New()) with { CreatedAt = since.AddDays(-500) }, AuditedStores.Tester, CancellationToken.None);
        await registrations.RegisterOwnAsync(own, FingerprintOf(own.ResourceId!.Value), CancellationToken.None);

        Assert.Equal(100, await clients.ExpireAsync(since, LoginScenario.Begun, CancellationToken.None));
        Assert.NotNull(await clients.FindAsync(unused[119].Id, CancellationToken.None));
        Assert.Equal(21, await clients.ExpireAsync(since, LoginScenario.Begun.AddSeconds(1), CancellationToken.None));
        Assert.Equal(0, await clients.ExpireAsync(since, LoginScenario.Begun.AddSeconds(2), CancellationToken.None));
        foreach (var gone in unused.Append(own))
        {
            Assert.Null(await clients.FindAsync(gone.Id, CancellationToken.None));
        }

        foreach (var left in new[] { used, blocked, operators })
        {
            Assert.NotNull(await clients.FindAsync(left.Id, CancellationToken.None));
        }

        Assert.Equal(0, await CountAsync("SELECT 1 FROM clients WHERE id = @id", own.Id));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_expired_registration_returns_with_its_id_and_without_its_grants_and_consents(bool sweptBefore)
    {
        var client = await SharedAsync();
        var other = await SharedAsync();
        var (ended, living) = (await GrantOfAsync(client), await GrantOfAsync(other));
        var later = LoginScenario.Redeemed.AddDays(90);
        if (sweptBefore)
        {
            Assert.True(await clients.ExpireAsync(client.Id, later, later, CancellationToken.None));
            Assert.Null(await clients.FindAsync(client.Id, CancellationToken.None));
        }

        var again = Client_rows.NewClient(client.ResourceId!.Value) with { CreatedAt = later };
        var stored = await RaceAsync(node => node.RegisterSharedAsync(
            again with { Id = ClientId.New() }, FingerprintOf(client.ResourceId.Value), later, CancellationToken.None));
        Assert.All(stored, s => Assert.Equal(client.Id, Assert.IsType<RegistrationOutcome.Stored>(s).Client.Id));
        Assert.NotNull(await clients.FindAsync(client.Id, CancellationToken.None));
        Assert.False((await ended.Grants.FindAsync(ended.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(0, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", client.Id));
        Assert.True((await living.Grants.FindAsync(living.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(1, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", other.Id));
    }

    [Fact]
    public async Task A_registration_used_at_the_last_moment_does_not_expire()
    {
        var client = await SharedAsync();
        var grant = await GrantOfAsync(client);
        var since = LoginScenario.Begun.AddDays(1);
        await clients.NoteUseAsync(client.Id, since, since, CancellationToken.None);

        Assert.False(await clients.ExpireAsync(client.Id, since, since.AddDays(1), CancellationToken.None));
        Assert.True((await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
    }

    [Fact]
    public async Task A_blocked_client_cannot_register_again_until_it_is_deleted()
    {
        var (shared, own) = (await SharedAsync(), Client_rows.NewClient(ResourceId.New()));
        await registrations.RegisterOwnAsync(own, FingerprintOf(own.ResourceId!.Value), CancellationToken.None);
        await initialTokens.AddAsync(NewToken(own.ResourceId.Value, uses: 5), [5], AuditedStores.Tester, CancellationToken.None);
        foreach (var id in new[] { shared.Id, own.Id })
        {
            var client = (await clients.FindAsync(id, CancellationToken.None))!;
            Assert.True(await AuditedStores.SetEnabledAsync(store.Main, client, isEnabled: false, LoginScenario.Begun));
            var fingerprint = FingerprintOf(client.ResourceId!.Value);
            var again = Client_rows.NewClient(client.ResourceId.Value);
            Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterOwnAsync(again, fingerprint, CancellationToken.None));
            Assert.IsType<RegistrationOutcome.Blocked>(
                await registrations.RegisterSharedAsync(again, fingerprint, LoginScenario.Begun.AddYears(1), CancellationToken.None));
            Assert.IsType<RegistrationOutcome.Blocked>(
                await registrations.RegisterWithTokenAsync(again, fingerprint, [5], CancellationToken.None));

            Assert.IsType<ConfigurationChange.Done>(await AuditedStores.Directory(store.Main).DeleteAsync(
                client, revision: null, AuditedStores.Tester, LoginScenario.Begun, CancellationToken.None));
            Assert.Null(await clients.FindAsync(id, CancellationToken.None));
            Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterOwnAsync(again, fingerprint, CancellationToken.None));
        }

        Assert.Equal(0, Assert.Single(await initialTokens.OfResourceAsync(own.ResourceId.Value, 10, CancellationToken.None)).Uses);
        await store.Main.WriteAsync(
            "DELETE FROM initial_access_tokens WHERE hash = @hash", new() { { "hash", [5] } }, static _ => true, CancellationToken.None);
    }

    /// <summary>An earlier version kept a deleted registration and the block of its metadata for ever.</summary>
    [Fact]
    public async Task What_an_earlier_version_left_of_deleted_registrations_is_swept_and_blocks_of_clients_stay()
    {
        var (deleted, blocked) = (await SharedAsync(), await SharedAsync());
        Assert.True(await AuditedStores.SetEnabledAsync(store.Main, deleted, isEnabled: false, LoginScenario.Begun));
        Assert.True(await AuditedStores.SetEnabledAsync(store.Main, blocked, isEnabled: false, LoginScenario.Begun));
        await store.Main.WriteAsync(
            "UPDATE clients SET document = @document WHERE id = @id",
            new()
            {
                { "id", deleted.Id.Value },
                { "document", ClientStore.Write(deleted with { IsEnabled = false, DeletedAt = LoginScenario.Begun }) },
            },
            static _ => true, CancellationToken.None);

        Assert.True(await clients.SweepDeletedAsync(CancellationToken.None) >= 1);
        Assert.Equal(0, await clients.SweepDeletedAsync(CancellationToken.None));
        Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterSharedAsync(
            Client_rows.NewClient(deleted.ResourceId!.Value), FingerprintOf(deleted.ResourceId.Value), Never, CancellationToken.None));
        Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterSharedAsync(
            Client_rows.NewClient(blocked.ResourceId!.Value), FingerprintOf(blocked.ResourceId.Value), Never, CancellationToken.None));
    }

    [Fact]
    public async Task An_unblocked_client_can_register_again()
    {
        var client = await SharedAsync();
        Assert.True(await AuditedStores.SetEnabledAsync(store.Main, client, isEnabled: false, LoginScenario.Begun));
        Assert.False(await AuditedStores.SetEnabledAsync(store.Main, client, isEnabled: true, LoginScenario.Begun.AddHours(1)));
        Assert.True(await AuditedStores.SetEnabledAsync(
            store.Main, (await clients.FindAsync(client.Id, CancellationToken.None))!, isEnabled: true, LoginScenario.Begun.AddHours(2)));

        var again = await registrations.RegisterSharedAsync(
            Client_rows.NewClient(client.ResourceId!.Value), FingerprintOf(client.ResourceId.Value), Never, CancellationToken.None);
        Assert.Equal(client.Id, Assert.IsType<RegistrationOutcome.Stored>(again).Client.Id);
    }

    [Fact]
    public async Task An_initial_access_token_permits_as_many_registrations_as_it_has_uses()
    {
        var resource = ResourceId.New();
        var token = NewToken(resource, uses: 3);
        await initialTokens.AddAsync(token, [7], AuditedStores.Tester, CancellationToken.None);
        var outcomes = await RaceAsync(
            node => node.RegisterWithTokenAsync(Client_rows.NewClient(resource), FingerprintOf(resource), [7], CancellationToken.None));

        Assert.Equal(3, outcomes.Count(o => o is RegistrationOutcome.Stored));
        Assert.Equal(Callers - 3, outcomes.Count(o => o is RegistrationOutcome.TokenSpent));
        Assert.Equal(3, (await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Count);
        Assert.Equal(token with { Uses = 3 }, await initialTokens.FindAsync([7], CancellationToken.None));
    }

    [Fact]
    public async Task An_expired_deleted_or_foreign_initial_access_token_permits_no_registration()
    {
        var (resource, other) = (ResourceId.New(), ResourceId.New());
        var token = NewToken(resource, uses: 9);
        await initialTokens.AddAsync(token, [8], AuditedStores.Tester, CancellationToken.None);
        Task<RegistrationOutcome> RegisterAsync(ResourceId at, DateTimeOffset now) =>
            registrations.RegisterWithTokenAsync(
                Client_rows.NewClient(at) with { CreatedAt = now }, FingerprintOf(at), [8], CancellationToken.None);

        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(other, LoginScenario.Begun));
        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(resource, token.ExpiresAt));
        Assert.IsType<RegistrationOutcome.Stored>(await RegisterAsync(resource, token.ExpiresAt.AddMilliseconds(-1)));
        Assert.False(await initialTokens.DeleteAsync(other, token.Id, AuditedStores.Tester, CancellationToken.None));
        Assert.True(await initialTokens.DeleteAsync(resource, token.Id, AuditedStores.Tester, CancellationToken.None));
        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(resource, LoginScenario.Begun));
        Assert.Single(await clients.OfResourceAsync(resource, 100, CancellationToken.None));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("the name changed.")]
    public async Task A_changed_registration_loses_its_grants_and_consents_when_users_would_see_another_client(string? change)
    {
        var client = await OwnAsync();
        var grant = await GrantOfAsync(client);
        var changed = client with { Name = "Renamed", UpdatedAt = LoginScenario.Redeemed };
        var outcomes = await RaceAsync(
            node => node.ChangeAsync(changed with { Name = $"Renamed {ClientId.New()}" }, [1, 2], change, CancellationToken.None));

        var stored = Assert.IsType<RegistrationOutcome.Stored>(Assert.Single(outcomes, o => o is RegistrationOutcome.Stored)).Client;
        Assert.Equal(Callers - 1, outcomes.Count(o => o is RegistrationOutcome.Overtaken));
        Assert.Equal(
            (stored.Name, stored.Revision),
            (await clients.FindAsync(client.Id, CancellationToken.None)) is { } now ? (now.Name, now.Revision) : default);
        Assert.Equal(change is null, (await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(change is null ? 1 : 0, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", client.Id));
        Assert.Equal(change is null ? [] : [change], (await clients.ChangesAsync(client.Id, CancellationToken.None)).Select(c => c.What));
    }

    [Fact]
    public async Task A_registration_deleted_by_its_client_loses_its_grants_and_can_be_repeated()
    {
        var client = await OwnAsync();
        var grant = await GrantOfAsync(client);
        await registrations.WithdrawAsync(client.Id, LoginScenario.Redeemed, CancellationToken.None);

        Assert.Null(await clients.FindAsync(client.Id, CancellationToken.None));
        Assert.False((await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
        var again = Client_rows.NewClient(client.ResourceId!.Value);
        Assert.IsType<RegistrationOutcome.Stored>(
            await registrations.RegisterOwnAsync(again, FingerprintOf(client.ResourceId.Value), CancellationToken.None));
    }

    [Fact]
    public async Task Expired_initial_access_tokens_are_deleted()
    {
        var resource = ResourceId.New();
        for (var i = 0; i < 3; i++)
        {
            await initialTokens.AddAsync(
                NewToken(resource, uses: 1) with { ExpiresAt = LoginScenario.Begun.AddYears(-3).AddDays(i) }, [9, (byte)i],
                AuditedStores.Tester, CancellationToken.None);
        }

        Assert.Equal(2, await initialTokens.SweepAsync(LoginScenario.Begun.AddYears(-3).AddDays(2), CancellationToken.None));
        Assert.Single(await initialTokens.OfResourceAsync(resource, 10, CancellationToken.None));
    }

    private static InitialAccessToken NewToken(ResourceId resource, long uses) =>
        new(InitialAccessTokenId.New(), resource, "Partners é", LoginScenario.Begun, LoginScenario.Begun.AddDays(1), uses, Uses: 0);

    private static byte[] FingerprintOf(ResourceId resource) => System.Text.Encoding.ASCII.GetBytes(resource.Value);

    private async Task<Client> SharedAsync(DateTimeOffset? at = null)
    {
        var client = Client_rows.NewClient(ResourceId.New()) with { CreatedAt = at ?? LoginScenario.Begun };
        return Assert.IsType<RegistrationOutcome.Stored>(
            await registrations.RegisterSharedAsync(client, FingerprintOf(client.ResourceId!.Value), Never, CancellationToken.None)).Client;
    }

    private async Task<Client> OwnAsync()
    {
        var client = Client_rows.NewClient(ResourceId.New());
        return Assert.IsType<RegistrationOutcome.Stored>(
            await registrations.RegisterOwnAsync(client, FingerprintOf(client.ResourceId!.Value), CancellationToken.None)).Client;
    }

    private Task<LoginScenario> GrantOfAsync(Client client) =>
        new LoginScenario(store.Main) { Details = LoginScenario.With(LoginScenario.NewDetails(ConnectionId.New()), client: client.Id) }
            .LeadToAsync(Stage.Exchanged);

    private Task<RegistrationOutcome[]> RaceAsync(Func<RegistrationStore, Task<RegistrationOutcome>> step) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => step(i % 2 == 0 ? registrations : otherNode))));

    private Task<int> CountAsync(string sql, ClientId id) =>
        store.Main.ReadAsync(sql, new() { { "id", id.Value } }, Rows.Count, CancellationToken.None);
}
