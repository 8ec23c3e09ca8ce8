using Latchkey.Server.Clients;
using Latchkey.Server.OAuth;
using Latchkey.Server.Token;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class A_grant_on_SQLite(OnSqlite store) : A_grant(store), IClassFixture<OnSqlite>;

public sealed class A_grant_on_PostgreSQL(OnPostgres store) : A_grant(store), IClassFixture<OnPostgres>;

public abstract class A_grant(Store store)
{
    private const int Callers = 64;
    private static readonly DateTimeOffset Used = Login.Redeemed.AddMinutes(1);
    private static readonly DateTimeOffset IdleBy = Login.Redeemed.AddHours(1);
    private static readonly DateTimeOffset AbsoluteBy = Login.Redeemed.AddDays(1);

    [Fact]
    public async Task Is_read_as_it_was_made()
    {
        var login = await NewAsync();
        var made = login.GrantOf(login.Visit, 0, Login.Redeemed);
        var read = await GrantAsync(login);

        Assert.Equal(made.Scope.ToString(), read.Grant.Scope.ToString());
        Assert.Equal(made with { Scope = Scope.Empty, Rotations = [] }, read.Grant with { Scope = Scope.Empty, Rotations = [] });
        Assert.Empty(read.Grant.Rotations);
        Assert.Equal(login.ReportOf(0).User, read.User);
        Assert.Null(await login.Grants.FindAsync(GrantId.New(), CancellationToken.None));
    }

    [Fact]
    public async Task Without_a_refresh_token_says_so()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
        var grant = login.GrantOf(login.Visit, 0, Login.Redeemed) with { RefreshKey = null, ClientClass = ClientClass.Secret };
        await login.Grants.ExchangeAsync(grant, login.Visit.Id, CancellationToken.None);

        var read = await GrantAsync(login);
        Assert.Null(read.Grant.RefreshKey);
        Assert.Equal(ClientClass.Secret, read.Grant.ClientClass);
    }

    [Fact]
    public async Task Rotates_one_generation_at_a_time_and_remembers_the_last_eight()
    {
        var login = await NewAsync();
        for (var i = 1; i <= 12; i++)
        {
            Assert.True(await RotateAsync(login, (await GrantAsync(login)).Grant, Used.AddSeconds(i), IdleBy.AddSeconds(i)));
        }

        var grant = (await GrantAsync(login)).Grant;
        Assert.Equal((12, IdleBy.AddSeconds(12)), (grant.Generation, grant.IdleBy));
        Assert.Equal(Enumerable.Range(5, 8).Select(i => Used.AddSeconds(i)), grant.Rotations);
    }

    [Fact]
    public async Task Does_not_rotate_from_a_generation_that_has_passed()
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
    public async Task Rotated_by_64_at_two_nodes_has_one_successor()
    {
        var login = await NewAsync();
        var other = login.At(store.OtherNode);
        var grant = (await GrantAsync(login)).Grant;

        var rotated = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() => RotateAsync(i % 2 == 0 ? login : other, grant, Used.AddMilliseconds(i), IdleBy))));
        var winner = Assert.Single(rotated.Index(), r => r.Item).Index + 1;
        var successor = (await GrantAsync(login)).Grant;
        Assert.Equal(1, successor.Generation);
        Assert.Equal([Used.AddMilliseconds(winner)], successor.Rotations);
    }

    [Fact]
    public async Task Ended_by_64_at_two_nodes_ends_once()
    {
        var login = await NewAsync();
        var other = login.At(store.OtherNode);

        var ended = await Task.WhenAll(Enumerable.Range(1, Callers).Select(i => Task.Run(() =>
            (i % 2 == 0 ? login : other).Grants.EndAsync(login.GrantId, GrantEnd.RevokedByClient, Used.AddMilliseconds(i), CancellationToken.None))));
        var winner = Assert.Single(ended.Index(), r => r.Item).Index + 1;
        Assert.Equal(Used.AddMilliseconds(winner), (await GrantAsync(login)).Grant.EndedAt);
        Assert.False(await login.Grants.EndAsync(GrantId.New(), GrantEnd.RevokedByClient, Used, CancellationToken.None));
    }

    [Fact]
    public async Task Is_used_and_rotated_until_it_was_idle_too_long_and_not_at_that_moment()
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
    public async Task Is_used_and_rotated_until_its_absolute_end_and_not_at_that_moment()
    {
        var login = await NewAsync();
        var grant = (await GrantAsync(login)).Grant;
        Assert.True(await TouchAsync(login, Used, AbsoluteBy.AddDays(1)));
        await EachIsRefusedAsync(login, grant, AbsoluteBy);

        Assert.True(await TouchAsync(login, AbsoluteBy.AddMilliseconds(-1), AbsoluteBy.AddDays(1)));
        Assert.True(await RotateAsync(login, grant, AbsoluteBy.AddMilliseconds(-1), AbsoluteBy));
    }

    [Fact]
    public async Task That_has_ended_is_not_used_and_not_rotated()
    {
        var ended = await NewAsync();
        Assert.True(await ended.Grants.EndAsync(ended.GrantId, GrantEnd.RefreshTokenReplayed, Used, CancellationToken.None));
        await EachIsRefusedAsync(ended, (await GrantAsync(ended)).Grant, Used);

        var revoked = await NewAsync();
        Assert.Equal(1, await revoked.Logins.RevokeUserAsync(revoked.Visit.ConnectionId, revoked.Subject, Records.Tester, Used, CancellationToken.None));
        await EachIsRefusedAsync(revoked, (await GrantAsync(revoked)).Grant, Used);
    }

    [Fact]
    public async Task Ended_while_64_rotate_it_stays_ended()
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
    public async Task Has_tokens_that_64_may_take_back_at_once()
    {
        var login = await NewAsync();
        var token = TokenId.New().Value;
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(i => Task.Run(() =>
            (i % 2 == 0 ? login : login.At(store.OtherNode)).Grants.RevokeTokenAsync(token, Used, CancellationToken.None))));

        var kept = await store.Main.ReadAsync(
            "SELECT expires_at FROM revoked_tokens WHERE id = @id", new() { { "id", token } }, static reader => reader.Read() ? reader.GetInt64(0) : 0, CancellationToken.None);
        Assert.Equal(Used.ToUnixTimeMilliseconds(), kept);
    }

    private Task<Login> NewAsync() => new Login(store.Main).LeadToAsync(Stage.Exchanged);

    private static async Task<GrantAndUser> GrantAsync(Login login) => (await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!;

    private static Task<bool> RotateAsync(Login login, Grant from, DateTimeOffset now, DateTimeOffset idleBy) =>
        login.Grants.RotateAsync(from, new Presenter("192.0.2.1", "abc"), now, idleBy, CancellationToken.None);

    private static Task<bool> TouchAsync(Login login, DateTimeOffset now, DateTimeOffset idleBy) =>
        login.Grants.TouchAsync(login.GrantId, now, idleBy, CancellationToken.None);

    private static async Task EachIsRefusedAsync(Login login, Grant grant, DateTimeOffset now)
    {
        var before = await login.EverythingAsync();
        Assert.False(await RotateAsync(login, grant, now, now.AddHours(1)));
        Assert.False(await TouchAsync(login, now, now.AddHours(1)));
        Assert.Equal(before, await login.EverythingAsync());
    }
}
