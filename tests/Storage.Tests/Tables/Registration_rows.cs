using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Register;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Registration_rows_on_SQLite(OnSqlite store) : Registration_rows(store), IClassFixture<OnSqlite>;

public sealed class Registration_rows_on_PostgreSQL(OnPostgres store) : Registration_rows(store), IClassFixture<OnPostgres>;

public abstract class Registration_rows(Store store)
{
    private const int Callers = 64;
    private static readonly DateTimeOffset Never = DateTimeOffset.UnixEpoch;

    private readonly ClientStore clients = new(store.Main);
    private readonly RegistrationStore registrations = new(store.Main, new(store.Main));
    private readonly RegistrationStore otherNode = new(store.OtherNode, new(store.OtherNode));
    private readonly InitialAccessTokenStore initialTokens = new(store.Main, Records.Of(store.Main));

    [Fact]
    public async Task Of_one_fingerprint_are_one_however_many_register_at_once()
    {
        var resource = ResourceId.New();
        var fingerprint = FingerprintOf(resource);

        var stored = await RaceAsync(node => node.RegisterSharedAsync(Client_rows.NewClient(resource), fingerprint, Never, CancellationToken.None));
        var one = Assert.Single(stored.Select(s => Assert.IsType<RegistrationOutcome.Stored>(s).Client.Id).Distinct());
        Assert.Equal(one, Assert.Single(await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Id);
    }

    /// <summary>Nobody can keep from being deleted by changing all the time, and what was not deleted is not recorded as deleted.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task That_change_all_the_time_are_deleted_as_the_record_says(bool onlyAsRead)
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
                    await otherNode.ChangeAsync(now with { Name = $"Renamed {now.Revision}" }, FingerprintOf(client.ResourceId.Value), "name", CancellationToken.None);
                }
            });

            var read = (await clients.FindAsync(client.Id, CancellationToken.None))!;
            var outcome = await Records.Directory(store.Main).DeleteAsync(read, onlyAsRead ? read.Revision : null, Records.Tester, Login.Begun, CancellationToken.None);
            var isGone = await clients.FindAsync(client.Id, CancellationToken.None) is null;
            await over.CancelAsync();
            await changing;

            Assert.True(onlyAsRead || isGone);
            Assert.Equal(outcome is ConfigurationChange.Done, isGone);
            Assert.Equal(isGone ? 1 : 0, (await Records.Of(store.Main).NewestAsync(long.MaxValue, 10, client.Id.Value, actor: null, CancellationToken.None)).Count);
        }
    }

    [Fact]
    public async Task Of_one_fingerprint_remember_when_they_were_last_seen()
    {
        var first = await SharedAsync();
        var again = Client_rows.NewClient(first.ResourceId!.Value) with { CreatedAt = Login.Begun.AddDays(1) };
        var seen = Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterSharedAsync(again, FingerprintOf(first.ResourceId.Value), Never, CancellationToken.None)).Client;

        Assert.Equal((first.Id, Login.Begun.AddDays(1)), (seen.Id, seen.LastSeenAt));
        Assert.Null(await clients.FindAsync(again.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Of_another_fingerprint_or_their_clients_own_are_others()
    {
        var resource = ResourceId.New();
        await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), FingerprintOf(resource), Never, CancellationToken.None);
        await registrations.RegisterSharedAsync(Client_rows.NewClient(resource), FingerprintOf(ResourceId.New()), Never, CancellationToken.None);
        await registrations.RegisterOwnAsync(Client_rows.NewClient(resource), FingerprintOf(resource), CancellationToken.None);
        await registrations.RegisterOwnAsync(Client_rows.NewClient(resource), FingerprintOf(resource), CancellationToken.None);

        Assert.Equal(4, (await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Are_noted_as_used_once_however_many_use_them_at_once()
    {
        var client = await SharedAsync();
        var later = Login.Begun.AddDays(2);
        var noted = await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() =>
            new ClientStore(i % 2 == 0 ? store.Main : store.OtherNode).NoteUseAsync(client.Id, later.AddDays(-1), later, CancellationToken.None))));

        Assert.Single(noted, n => n);
        Assert.Equal(later, (await clients.FindAsync(client.Id, CancellationToken.None))!.LastSeenAt);
    }

    [Fact]
    public async Task Expire_the_longest_unused_first_in_batches_and_leave_those_that_are_used_blocked_or_an_operators()
    {
        var since = Login.Begun.AddYears(-10);
        var unused = new List<Client>();
        for (var i = 0; i < 120; i++)
        {
            unused.Add(await SharedAsync(since.AddDays(-200 + i)));
        }

        var (used, blocked, own) = (await SharedAsync(since), await SharedAsync(since.AddDays(-500)), Client_rows.NewClient(ResourceId.New()) with { CreatedAt = since.AddDays(-500) });
        await Records.SetEnabledAsync(store.Main, blocked, isEnabled: false, since);
        var operators = await Records.Directory(store.Main).InsertAsync(Client_rows.NewClient(ResourceId.New()) with { CreatedAt = since.AddDays(-500) }, Records.Tester, CancellationToken.None);
        await registrations.RegisterOwnAsync(own, FingerprintOf(own.ResourceId!.Value), CancellationToken.None);

        Assert.Equal(100, await clients.ExpireAsync(since, Login.Begun, CancellationToken.None));
        Assert.NotNull(await clients.FindAsync(unused[119].Id, CancellationToken.None));
        Assert.Equal(21, await clients.ExpireAsync(since, Login.Begun.AddSeconds(1), CancellationToken.None));
        Assert.Equal(0, await clients.ExpireAsync(since, Login.Begun.AddSeconds(2), CancellationToken.None));
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
    public async Task That_expired_come_back_with_their_id_and_nothing_that_grew_from_them(bool sweptBefore)
    {
        var client = await SharedAsync();
        var other = await SharedAsync();
        var (ended, living) = (await GrantOfAsync(client), await GrantOfAsync(other));
        var later = Login.Redeemed.AddDays(90);
        if (sweptBefore)
        {
            Assert.True(await clients.ExpireAsync(client.Id, later, later, CancellationToken.None));
            Assert.Null(await clients.FindAsync(client.Id, CancellationToken.None));
        }

        var again = Client_rows.NewClient(client.ResourceId!.Value) with { CreatedAt = later };
        var stored = await RaceAsync(node => node.RegisterSharedAsync(again with { Id = ClientId.New() }, FingerprintOf(client.ResourceId.Value), later, CancellationToken.None));
        Assert.All(stored, s => Assert.Equal(client.Id, Assert.IsType<RegistrationOutcome.Stored>(s).Client.Id));
        Assert.NotNull(await clients.FindAsync(client.Id, CancellationToken.None));
        Assert.False((await ended.Grants.FindAsync(ended.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(0, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", client.Id));
        Assert.True((await living.Grants.FindAsync(living.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(1, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", other.Id));
    }

    [Fact]
    public async Task That_are_used_at_the_last_moment_do_not_expire()
    {
        var client = await SharedAsync();
        var grant = await GrantOfAsync(client);
        var since = Login.Begun.AddDays(1);
        await clients.NoteUseAsync(client.Id, since, since, CancellationToken.None);

        Assert.False(await clients.ExpireAsync(client.Id, since, since.AddDays(1), CancellationToken.None));
        Assert.True((await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task That_an_operator_blocked_or_deleted_come_back_by_no_way(bool deleted)
    {
        var (shared, own) = (await SharedAsync(), Client_rows.NewClient(ResourceId.New()));
        await registrations.RegisterOwnAsync(own, FingerprintOf(own.ResourceId!.Value), CancellationToken.None);
        await initialTokens.AddAsync(NewToken(own.ResourceId.Value, uses: 5), [5], Records.Tester, CancellationToken.None);
        foreach (var id in new[] { shared.Id, own.Id })
        {
            var client = (await clients.FindAsync(id, CancellationToken.None))!;
            Assert.True(deleted
                ? await Records.Directory(store.Main).DeleteAsync(client, revision: null, Records.Tester, Login.Begun, CancellationToken.None) is ConfigurationChange.Done
                : await Records.SetEnabledAsync(store.Main, client, isEnabled: false, Login.Begun));
            Assert.Equal(deleted, await clients.FindAsync(id, CancellationToken.None) is null);

            var fingerprint = FingerprintOf(client.ResourceId!.Value);
            var again = Client_rows.NewClient(client.ResourceId.Value);
            Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterOwnAsync(again, fingerprint, CancellationToken.None));
            Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterSharedAsync(again, fingerprint, Login.Begun.AddYears(1), CancellationToken.None));
            Assert.IsType<RegistrationOutcome.Blocked>(await registrations.RegisterWithTokenAsync(again, fingerprint, [5], CancellationToken.None));
        }

        Assert.Equal(0, Assert.Single(await initialTokens.OfResourceAsync(own.ResourceId.Value, 10, CancellationToken.None)).Uses);
        await store.Main.WriteAsync("DELETE FROM initial_access_tokens WHERE hash = @hash", new() { { "hash", [5] } }, static _ => true, CancellationToken.None);
    }

    [Fact]
    public async Task That_an_operator_lets_in_again_may_be_registered_again()
    {
        var client = await SharedAsync();
        Assert.True(await Records.SetEnabledAsync(store.Main, client, isEnabled: false, Login.Begun));
        Assert.False(await Records.SetEnabledAsync(store.Main, client, isEnabled: true, Login.Begun.AddHours(1)));
        Assert.True(await Records.SetEnabledAsync(store.Main, (await clients.FindAsync(client.Id, CancellationToken.None))!, isEnabled: true, Login.Begun.AddHours(2)));

        var again = await registrations.RegisterSharedAsync(Client_rows.NewClient(client.ResourceId!.Value), FingerprintOf(client.ResourceId.Value), Never, CancellationToken.None);
        Assert.Equal(client.Id, Assert.IsType<RegistrationOutcome.Stored>(again).Client.Id);
    }

    [Fact]
    public async Task With_an_initial_access_token_are_as_many_as_it_has_uses()
    {
        var resource = ResourceId.New();
        var token = NewToken(resource, uses: 3);
        await initialTokens.AddAsync(token, [7], Records.Tester, CancellationToken.None);
        var outcomes = await RaceAsync(node => node.RegisterWithTokenAsync(Client_rows.NewClient(resource), FingerprintOf(resource), [7], CancellationToken.None));

        Assert.Equal(3, outcomes.Count(o => o is RegistrationOutcome.Stored));
        Assert.Equal(Callers - 3, outcomes.Count(o => o is RegistrationOutcome.TokenSpent));
        Assert.Equal(3, (await clients.OfResourceAsync(resource, 100, CancellationToken.None)).Count);
        Assert.Equal(token with { Uses = 3 }, await initialTokens.FindAsync([7], CancellationToken.None));
    }

    [Fact]
    public async Task With_an_initial_access_token_that_expired_was_deleted_or_is_anothers_are_none()
    {
        var (resource, other) = (ResourceId.New(), ResourceId.New());
        var token = NewToken(resource, uses: 9);
        await initialTokens.AddAsync(token, [8], Records.Tester, CancellationToken.None);
        Task<RegistrationOutcome> RegisterAsync(ResourceId at, DateTimeOffset now) =>
            registrations.RegisterWithTokenAsync(Client_rows.NewClient(at) with { CreatedAt = now }, FingerprintOf(at), [8], CancellationToken.None);

        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(other, Login.Begun));
        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(resource, token.ExpiresAt));
        Assert.IsType<RegistrationOutcome.Stored>(await RegisterAsync(resource, token.ExpiresAt.AddMilliseconds(-1)));
        Assert.False(await initialTokens.DeleteAsync(other, token.Id, Records.Tester, CancellationToken.None));
        Assert.True(await initialTokens.DeleteAsync(resource, token.Id, Records.Tester, CancellationToken.None));
        Assert.IsType<RegistrationOutcome.TokenSpent>(await RegisterAsync(resource, Login.Begun));
        Assert.Single(await clients.OfResourceAsync(resource, 100, CancellationToken.None));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("the name changed.")]
    public async Task That_their_client_changes_lose_what_people_allowed_when_it_is_another_one_to_them(string? change)
    {
        var client = await OwnAsync();
        var grant = await GrantOfAsync(client);
        var changed = client with { Name = "Renamed", UpdatedAt = Login.Redeemed };
        var outcomes = await RaceAsync(node => node.ChangeAsync(changed with { Name = $"Renamed {ClientId.New()}" }, [1, 2], change, CancellationToken.None));

        var stored = Assert.IsType<RegistrationOutcome.Stored>(Assert.Single(outcomes, o => o is RegistrationOutcome.Stored)).Client;
        Assert.Equal(Callers - 1, outcomes.Count(o => o is RegistrationOutcome.Overtaken));
        Assert.Equal((stored.Name, stored.Revision), (await clients.FindAsync(client.Id, CancellationToken.None)) is { } now ? (now.Name, now.Revision) : default);
        Assert.Equal(change is null, (await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
        Assert.Equal(change is null ? 1 : 0, await CountAsync("SELECT 1 FROM consents WHERE client_id = @id", client.Id));
        Assert.Equal(change is null ? [] : [change], (await clients.ChangesAsync(client.Id, CancellationToken.None)).Select(c => c.What));
    }

    [Fact]
    public async Task That_their_client_withdraws_are_gone_with_what_grew_from_them_and_may_be_registered_again()
    {
        var client = await OwnAsync();
        var grant = await GrantOfAsync(client);
        await registrations.WithdrawAsync(client.Id, Login.Redeemed, CancellationToken.None);

        Assert.Null(await clients.FindAsync(client.Id, CancellationToken.None));
        Assert.False((await grant.Grants.FindAsync(grant.GrantId, CancellationToken.None))!.IsLive);
        var again = Client_rows.NewClient(client.ResourceId!.Value);
        Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterOwnAsync(again, FingerprintOf(client.ResourceId.Value), CancellationToken.None));
    }

    [Fact]
    public async Task Of_initial_access_tokens_are_swept_some_time_after_their_end()
    {
        var resource = ResourceId.New();
        for (var i = 0; i < 3; i++)
        {
            await initialTokens.AddAsync(NewToken(resource, uses: 1) with { ExpiresAt = Login.Begun.AddYears(-3).AddDays(i) }, [9, (byte)i], Records.Tester, CancellationToken.None);
        }

        Assert.Equal(2, await initialTokens.SweepAsync(Login.Begun.AddYears(-3).AddDays(2), CancellationToken.None));
        Assert.Single(await initialTokens.OfResourceAsync(resource, 10, CancellationToken.None));
    }

    private static InitialAccessToken NewToken(ResourceId resource, long uses) => new(InitialAccessTokenId.New(), resource, "Partners é", Login.Begun, Login.Begun.AddDays(1), uses, Uses: 0);

    private static byte[] FingerprintOf(ResourceId resource) => System.Text.Encoding.ASCII.GetBytes(resource.Value);

    private async Task<Client> SharedAsync(DateTimeOffset? at = null)
    {
        var client = Client_rows.NewClient(ResourceId.New()) with { CreatedAt = at ?? Login.Begun };
        return Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterSharedAsync(client, FingerprintOf(client.ResourceId!.Value), Never, CancellationToken.None)).Client;
    }

    private async Task<Client> OwnAsync()
    {
        var client = Client_rows.NewClient(ResourceId.New());
        return Assert.IsType<RegistrationOutcome.Stored>(await registrations.RegisterOwnAsync(client, FingerprintOf(client.ResourceId!.Value), CancellationToken.None)).Client;
    }

    private Task<Login> GrantOfAsync(Client client) => new Login(store.Main) { Visit = Login.NewVisit(ConnectionId.New()) with { ClientId = client.Id } }.LeadToAsync(Stage.Exchanged);

    private Task<RegistrationOutcome[]> RaceAsync(Func<RegistrationStore, Task<RegistrationOutcome>> step) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() => step(i % 2 == 0 ? registrations : otherNode))));

    private Task<int> CountAsync(string sql, ClientId id) => store.Main.ReadAsync(sql, new() { { "id", id.Value } }, Rows.Count, CancellationToken.None);
}
