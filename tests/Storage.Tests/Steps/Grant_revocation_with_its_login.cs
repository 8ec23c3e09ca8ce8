using Latchkey.Server.Authorize;
using Latchkey.Server.Login;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Latchkey.Server.Token;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class What_came_of_a_login_on_SQLite(OnSqlite store) : What_came_of_a_login(store), IClassFixture<OnSqlite>;

public sealed class What_came_of_a_login_on_PostgreSQL(OnPostgres store) : What_came_of_a_login(store), IClassFixture<OnPostgres>;

/// <summary>Taken back with the login it grew from, or with its person.</summary>
public abstract class What_came_of_a_login(Store store)
{
    private static readonly DateTimeOffset Later = Login.Redeemed.AddMinutes(5);

    [Fact]
    public async Task Ends_in_the_same_step_that_burns_the_login()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        Assert.True((await GrantAsync(login)).IsLive);
        Assert.True(await login.TakeAsync(Step.BurnAndWhatCameOfIt, Later));

        var ended = await GrantAsync(login);
        Assert.False(ended.IsLive);
        Assert.Equal(Later, ended.Grant.EndedAt);
        Assert.Equal(
            new AuthRequest.Ended(login.Visit, EndReason.ForeignBrowser, Answer: null, "ada", login.GrantId, Later),
            await login.AuthRequests.FindAsync(login.Visit.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Never_comes_when_the_login_is_burnt_while_its_code_is_out()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
        Assert.True(await login.TakeAsync(Step.BurnAndWhatCameOfIt, Login.Decided.AddSeconds(1)));

        Assert.False(await login.TakeAsync(Step.Exchange, Login.Redeemed));
        Assert.Null(await login.Grants.FindAsync(login.GrantId, CancellationToken.None));
    }

    [Fact]
    public async Task Is_dead_whichever_of_burning_and_64_redemptions_came_first()
    {
        for (var round = 0; round < 4; round++)
        {
            var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var other = login.At(store.OtherNode);
            var steps = Enumerable.Range(0, 64).Select(i => Task.Run(() => i == 40
                ? other.TakeAsync(Step.BurnAndWhatCameOfIt, Login.Redeemed)
                : (i % 2 == 0 ? login : other).TakeAsync(Step.Exchange, Login.Redeemed, i + 1)));
            var taken = await Task.WhenAll(steps);

            Assert.True(taken[40]);
            Assert.InRange(taken.Count(t => t), 1, 2);
            Assert.Equal(Stage.Ended, await login.StageAsync());
            Assert.Equal(taken.Count(t => t) - 1, await CountAsync("SELECT id FROM grants WHERE auth_request_id = @id", login.Visit.AuthRequestId.Value));
            Assert.Equal(0, await CountAsync("SELECT id FROM grants WHERE auth_request_id = @id AND ended_at IS NULL", login.Visit.AuthRequestId.Value));
        }
    }

    [Fact]
    public async Task Ends_with_the_person_here_and_of_nobody_else()
    {
        var laptop = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        var connection = laptop.Visit.ConnectionId;
        var desktop = await new Login(store.Main) { Visit = Login.NewVisit(connection) }.LeadToAsync(Stage.Exchanged);
        var namesake = await new Login(store.Main) { Visit = Login.NewVisit(connection), Subject = "Ada" }.LeadToAsync(Stage.Exchanged);
        var elsewhere = await new Login(store.Main).LeadToAsync(Stage.Exchanged);

        Assert.Equal(2, await laptop.Logins.RevokeUserAsync(connection, "ada", Records.Tester, Later, CancellationToken.None));
        Assert.Equal(
            (false, false, true, true),
            ((await GrantAsync(laptop)).IsLive, (await GrantAsync(desktop)).IsLive, (await GrantAsync(namesake)).IsLive, (await GrantAsync(elsewhere)).IsLive));
        Assert.Equal(0, await laptop.Logins.RevokeUserAsync(connection, "ada", Records.Tester, Later, CancellationToken.None));
        Assert.Null(await laptop.Logins.RevokeUserAsync(connection, "nobody", Records.Tester, Later, CancellationToken.None));
    }

    /// <summary>Also when the clock of the node that revokes is behind the one that took the report.</summary>
    [Theory]
    [InlineData(-60_000)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task Never_comes_of_a_login_reported_before_its_person_was_revoked(int millisecondsAfterTheReport)
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
        await login.Logins.RevokeUserAsync(login.Visit.ConnectionId, "ada", Records.Tester, Login.Reported.AddMilliseconds(millisecondsAfterTheReport), CancellationToken.None);
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(Step.Exchange, Login.Redeemed));
        Assert.Equal(Stage.AwaitingExchange, await login.StageAsync());
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task Comes_again_of_a_later_login_of_somebody_who_was_revoked()
    {
        var former = await new Login(store.Main).LeadToAsync(Stage.Exchanged);
        await former.Logins.RevokeUserAsync(former.Visit.ConnectionId, "ada", Records.Tester, Login.Reported, CancellationToken.None);
        var visit = Login.NewVisit(former.Visit.ConnectionId);
        var later = new Login(store.Main) { Visit = visit };
        await later.AuthRequests.BeginAsync(new(visit), pushed: null, CancellationToken.None);
        var reportedAt = Login.Reported.AddSeconds(1);
        Assert.True(await later.TakeAsync(Step.Report, reportedAt));
        Assert.True(await later.TakeAsync(Step.Return, Login.Returned));
        Assert.True(await later.TakeAsync(Step.Allow, Login.Decided));
        var grant = later.GrantOf(visit, 0, Login.Redeemed) with { ReportedAt = reportedAt };

        Assert.NotNull(await later.Grants.ExchangeAsync(grant, visit.Id, CancellationToken.None));
        Assert.True((await GrantAsync(later)).IsLive);
        Assert.False((await GrantAsync(former)).IsLive);
    }

    [Fact]
    public async Task Is_dead_whichever_of_the_revocation_and_64_redemptions_came_first()
    {
        for (var round = 0; round < 4; round++)
        {
            var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var other = login.At(store.OtherNode);
            var revoked = Task.Run(() => other.Logins.RevokeUserAsync(login.Visit.ConnectionId, "ada", Records.Tester, Login.Redeemed, CancellationToken.None));
            var redeemed = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => (i % 2 == 0 ? login : other).TakeAsync(Step.Exchange, Login.Redeemed, i))));
            await revoked;

            Assert.InRange(redeemed.Count(t => t), 0, 1);
            var live = await store.Main.ReadAsync(
                "SELECT g.id FROM grants g JOIN users u ON u.connection_id = g.connection_id AND u.subject = g.subject WHERE g.auth_request_id = @id",
                new() { { "id", login.Visit.AuthRequestId.Value } },
                static reader => reader.Read() ? new GrantId(reader.GetString(0)) : (GrantId?)null,
                CancellationToken.None);
            Assert.Equal(redeemed.Any(t => t), live is not null);
            Assert.False(live is { } id && (await login.Grants.FindAsync(id, CancellationToken.None))!.IsLive);
        }
    }

    [Fact]
    public async Task Carries_the_newest_that_is_known_of_the_person()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
        var connection = login.Visit.ConnectionId;
        var newer = new UserSnapshot("ada", "ada@new.example", Name: "Countess", Roles: ["author"]);
        Assert.True(await login.Logins.UpdateUserAsync(connection, newer, Login.Decided, CancellationToken.None));
        Assert.False(await login.Logins.UpdateUserAsync(connection, newer with { Subject = "nobody" }, Login.Decided, CancellationToken.None));
        Assert.False(await login.Logins.UpdateUserAsync(ConnectionId.New(), newer, Login.Decided, CancellationToken.None));

        var issued = await login.Grants.ExchangeAsync(login.GrantOf(login.Visit, 0, Login.Redeemed), login.Visit.Id, CancellationToken.None);
        Assert.Equal(("ada@new.example", "Countess"), (issued!.Email, issued.Name));
        await login.Logins.UpdateUserAsync(connection, newer with { Name = "Duchess" }, Later, CancellationToken.None);
        Assert.Equal("Duchess", (await GrantAsync(login)).User.Name);
        var again = await new Login(store.Main) { Visit = Login.NewVisit(connection) }.LeadToAsync(Stage.AwaitingReturn);
        Assert.Equal(again.ReportOf(0).User, (await GrantAsync(login)).User);
    }

    // Somebody deleted the person by hand: tokens could carry nothing, and no refresh would ever find the grant.
    [Fact]
    public async Task Never_comes_when_nothing_is_known_of_the_person()
    {
        var login = await new Login(store.Main).LeadToAsync(Stage.AwaitingExchange);
        await store.Main.WriteAsync("DELETE FROM users WHERE connection_id = @id", new() { { "id", login.Visit.ConnectionId.Value } }, static _ => true, CancellationToken.None);
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(Step.Exchange, Login.Redeemed));
        Assert.Equal(before, await login.EverythingAsync());
    }

    private static async Task<GrantAndUser> GrantAsync(Login login) => (await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!;

    private Task<int> CountAsync(string sql, string id) => store.Main.ReadAsync(sql, new() { { "id", id } }, Rows.Count, CancellationToken.None);
}
