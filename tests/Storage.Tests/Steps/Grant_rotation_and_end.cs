using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Grant_rotation_and_end_on_SQLite(SqliteStore store) : Grant_rotation_and_end(store), IClassFixture<SqliteStore>;

public sealed class Grant_rotation_and_end_on_PostgreSQL(PostgresStore store) : Grant_rotation_and_end(store), IClassFixture<PostgresStore>;

public abstract class Grant_rotation_and_end(Store store)
{
    private const int Callers = 64;
    private static readonly Presenter By = new("192.0.2.0/24", "abc");
    private static readonly DateTimeOffset Used = LoginScenario.Redeemed.AddMinutes(1);
    private static readonly DateTimeOffset IdleBy = LoginScenario.Redeemed.AddHours(1);
    private static readonly DateTimeOffset AbsoluteBy = LoginScenario.Redeemed.AddDays(1);

    [Fact]
    public async Task A_grant_is_read_as_it_was_written()
    {
        var login = await NewAsync();
        var made = login.GrantOf(login.Details, 0, LoginScenario.Redeemed);
        var read = await GrantAsync(login);

        Assert.Equal(made.Scope.ToString(), read.Grant.Scope.ToString());
        Assert.Equal(made.Claims, read.Grant.Claims);
        Assert.Equal(
            made with { Scope = Scope.Empty, Claims = [], Rotations = [] },
            read.Grant with { Scope = Scope.Empty, Claims = [], Rotations = [] });
        Assert.Empty(read.Grant.Rotations);
        Assert.Equal(login.ReportOf(0).User, read.User);
        Assert.Null(await login.Grants.FindAsync(GrantId.New(), CancellationToken.None));
    }

    [Fact]
    public async Task A_grant_without_a_refresh_token_has_no_refresh_key()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
        var grant = login.GrantOf(login.Details, 0, LoginScenario.Redeemed) with { RefreshKey = null, ClientClass = ClientClass.Secret };
        await login.Grants.ExchangeAsync(grant, login.Details.Id, CancellationToken.None);

        var read = await GrantAsync(login);
        Assert.Null(read.Grant.RefreshKey);
        Assert.Equal(ClientClass.Secret, read.Grant.ClientClass);
    }

    [Fact]
    public async Task A_rotation_increments_the_generation_and_keeps_the_last_eight_times()
    {
        var login = await NewAsync();
        for (var i = 1; i <= 12; i++)
        {
            Assert.True(await RotateAsync(login, (await GrantAsync(login)).Grant, Used.AddSeconds(i), IdleBy.AddSeconds(i)));
        }

        var grant = (await GrantAsync(login)).Grant;
        Assert.Equal((12, IdleBy.AddSeconds(12)), (grant.Generation, grant.IdleBy));
        Assert.Equal(Enumerable.Range(5, 8).Select(i => new Rotation(Used.AddSeconds(i), By)), grant.Rotations);
        Assert.Equal(Used.AddSeconds(5), grant.RotationOf(4)!.At);
        Assert.Equal(Used.AddSeconds(12), grant.RotationOf(11)!.At);
        Assert.Null(grant.RotationOf(3));
        Assert.Null(grant.RotationOf(12));
        Assert.Null(grant.RotationOf(13));
    }

    [Fact]
    public async Task A_past_generation_is_not_rotated()
    {
        var login = await NewAsync();
        var first = (await GrantAsync(login)).Grant;
        Assert.True(await RotateAsync(login, first, Used, IdleBy));
        var before = await login.EverythingAsync();

        Assert.False(await RotateAsync(login, first, Used, IdleBy));
        Assert.False(await RotateAsync(login, first with { Generation = 2 }, Used, IdleBy));
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task Concurrent_rotation_by_64_callers_at_two_nodes_has_one_successor()
    {
        var login = await NewAsync();
        var other = login.At(store.OtherNode);
        var grant = (await GrantAsync(login)).Grant;

        var rotated = await Task.WhenAll(Enumerable.Range(1, Callers)
            .Select(i => Task.Run(() => RotateAsync(i % 2 == 0 ? login : other, grant, Used.AddMilliseconds(i), IdleBy))));
        var winner = Assert.Single(rotated.Index(), r => r.Item).Index + 1;
        var successor = (await GrantAsync(login)).Grant;
        Assert.Equal(1, successor.Generation);
        Assert.Equal([new Rotation(Used.AddMilliseconds(winner), By)], successor.Rotations);
    }

    [Fact]
    public async Task Each_rotation_keeps_its_own_network_and_program()
    {
        var login = await NewAsync();
        var others = new[] { new Presenter("192.0.2.0/24", "a"), new Presenter("2001:db8:1::/48", "b"), new Presenter("10.0.0.0/24", "c") };
        for (var i = 0; i < others.Length; i++)
        {
            Assert.True(
                await login.Grants.RotateAsync(
                    (await GrantAsync(login)).Grant, others[i], Used.AddSeconds(i), IdleBy, CancellationToken.None));
        }

        Assert.Equal(others, (await GrantAsync(login)).Grant.Rotations.Select(rotation => rotation.By));
    }

    /// <summary>During an upgrade, nodes of the former version rotate too, and write a time without a presenter.</summary>
    [Fact]
    public async Task A_rotation_by_an_earlier_version_has_an_unknown_presenter()
    {
        var login = await NewAsync();
        Assert.True(await RotateAsync(login, (await GrantAsync(login)).Grant, Used, IdleBy));
        await store.Main.WriteAsync(
            "UPDATE grants SET generation = generation + 1, rotations = rotations || ',' || @time, rotated_by = '192.0.2.9 abc' "
            + "WHERE id = @id RETURNING id",
            new() { { "id", login.GrantId.Value }, { "time", $"{Used.AddSeconds(1).ToUnixTimeMilliseconds()}" } }, static _ => true,
            CancellationToken.None);
        Assert.True(await RotateAsync(login, (await GrantAsync(login)).Grant, Used.AddSeconds(2), IdleBy));

        Assert.Equal(
            [new Rotation(Used, By), new Rotation(Used.AddSeconds(1), null), new Rotation(Used.AddSeconds(2), By)],
            (await GrantAsync(login)).Grant.Rotations);
    }

    [Fact]
    public async Task Of_64_callers_at_two_nodes_one_answers_again_per_rotation()
    {
        var login = await NewAsync();
        var other = login.At(store.OtherNode);
        Assert.True(await RotateAsync(login, (await GrantAsync(login)).Grant, Used, IdleBy));
        for (var generation = 1; generation <= 2; generation++)
        {
            var grant = (await GrantAsync(login)).Grant;
            var answered = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() =>
                (i % 2 == 0 ? login : other).Grants.AnswerAgainAsync(grant, Used, CancellationToken.None))));

            Assert.Single(answered, a => a);
            Assert.Equal(generation - 1, (await GrantAsync(login)).Grant.AnsweredAgain);
            Assert.True(await RotateAsync(login, grant, Used.AddMilliseconds(1), IdleBy));
            Assert.False(await login.Grants.AnswerAgainAsync(grant, Used, CancellationToken.None));
        }
    }

    [Fact]
    public async Task A_grant_that_64_callers_end_at_two_nodes_ends_once()
    {
        var login = await NewAsync();
        var other = login.At(store.OtherNode);

        var ended = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() =>
            (i % 2 == 0 ? login : other).Grants
                .EndAsync(login.GrantId, GrantEnd.RevokedByClient, Used.AddMilliseconds(i), CancellationToken.None))));
        var winner = Assert.Single(ended.Index(), r => r.Item).Index + 1;
        Assert.Equal(Used.AddMilliseconds(winner), (await GrantAsync(login)).Grant.EndedAt);
        Assert.False(await login.Grants.EndAsync(GrantId.New(), GrantEnd.RevokedByClient, Used, CancellationToken.None));
    }

    [Fact]
    public async Task A_grant_is_refused_from_its_idle_expiry_on()
    {
        var login = await NewAsync();
        var grant = (await GrantAsync(login)).Grant;
        await EachIsRefusedAsync(login, grant, IdleBy);
        await EachIsRefusedAsync(login, grant, IdleBy.AddDays(30));

        Assert.True(await TouchAsync(login, IdleBy.AddMilliseconds(-1), IdleBy.AddHours(1)));
        Assert.True(await RotateAsync(login, grant, IdleBy, IdleBy.AddHours(2)));
        Assert.Equal(IdleBy.AddHours(2), (await GrantAsync(login)).Grant.IdleBy);
    }

    [Fact]
    public async Task A_grant_is_refused_from_its_absolute_expiry_on()
    {
        var login = await NewAsync();
        var grant = (await GrantAsync(login)).Grant;
        Assert.True(await TouchAsync(login, Used, AbsoluteBy.AddDays(1)));
        await EachIsRefusedAsync(login, grant, AbsoluteBy);

        Assert.True(await TouchAsync(login, AbsoluteBy.AddMilliseconds(-1), AbsoluteBy.AddDays(1)));
        Assert.True(await RotateAsync(login, grant, AbsoluteBy.AddMilliseconds(-1), AbsoluteBy));
    }

    [Fact]
    public async Task An_ended_grant_is_neither_used_nor_rotated()
    {
        var ended = await NewAsync();
        Assert.True(await ended.Grants.EndAsync(ended.GrantId, GrantEnd.RefreshTokenReplayed, Used, CancellationToken.None));
        await EachIsRefusedAsync(ended, (await GrantAsync(ended)).Grant, Used);

        var revoked = await NewAsync();
        Assert.Equal(
            1,
            (await revoked.Logins.RevokeUserAsync(
                revoked.Details.ConnectionId, revoked.Subject, AuditedStores.Tester, Used, CancellationToken.None))?.Count);
        await EachIsRefusedAsync(revoked, (await GrantAsync(revoked)).Grant, Used);
    }

    [Fact]
    public async Task A_grant_that_ends_during_64_rotations_stays_ended()
    {
        var login = await NewAsync();
        var grant = (await GrantAsync(login)).Grant;
        var steps = Enumerable.Range(0, Callers).Select(i => Task.Run(() => i == 30
            ? login.At(store.OtherNode).Grants.EndAsync(login.GrantId, GrantEnd.RevokedByClient, Used, CancellationToken.None)
            : RotateAsync(login, grant, Used, IdleBy)));
        var taken = await Task.WhenAll(steps);

        Assert.True(taken[30]);
        Assert.InRange(taken.Count(t => t), 1, 2);
        var ended = await GrantAsync(login);
        Assert.False(ended.IsLive);
        Assert.Equal(taken.Count(t => t) - 1, ended.Grant.Generation);
    }

    [Fact]
    public async Task A_token_revoked_by_64_callers_at_once_is_stored_once()
    {
        var login = await NewAsync();
        var token = TokenId.New().Value;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() =>
            (i % 2 == 0 ? login : login.At(store.OtherNode)).Grants.RevokeTokenAsync(token, Used, CancellationToken.None))));

        var kept = await store.Main.ReadAsync(
            "SELECT expires_at FROM revoked_tokens WHERE id = @id", new() { { "id", token } },
            static reader => reader.Read() ? reader.GetInt64(0) : 0, CancellationToken.None);
        Assert.Equal(Used.ToUnixTimeMilliseconds(), kept);
    }

    private Task<LoginScenario> NewAsync() => new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);

    private static async Task<GrantAndUser> GrantAsync(LoginScenario login) =>
        (await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!;

    private static Task<bool> RotateAsync(LoginScenario login, Grant from, DateTimeOffset now, DateTimeOffset idleBy) =>
        login.Grants.RotateAsync(from, By, now, idleBy, CancellationToken.None);

    private static Task<bool> TouchAsync(LoginScenario login, DateTimeOffset now, DateTimeOffset idleBy) =>
        login.Grants.TouchAsync(login.GrantId, now, idleBy, CancellationToken.None);

    private static async Task EachIsRefusedAsync(LoginScenario login, Grant grant, DateTimeOffset now)
    {
        var before = await login.EverythingAsync();
        Assert.False(await RotateAsync(login, grant, now, now.AddHours(1)));
        Assert.False(await TouchAsync(login, now, now.AddHours(1)));
        Assert.False(await login.Grants.AnswerAgainAsync(grant, now, CancellationToken.None));
        Assert.Equal(before, await login.EverythingAsync());
    }
}
