using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Stores;

namespace Storage.Tests.Steps;

public sealed class Grant_revocation_with_its_login_on_SQLite(SqliteStore store)
    : Grant_revocation_with_its_login(store), IClassFixture<SqliteStore>;

public sealed class Grant_revocation_with_its_login_on_PostgreSQL(PostgresStore store)
    : Grant_revocation_with_its_login(store), IClassFixture<PostgresStore>;

/// <summary>A grant ends with its login request or with the revocation of its user.</summary>
public abstract class Grant_revocation_with_its_login(Store store)
{
    private static readonly DateTimeOffset Later = LoginScenario.Redeemed.AddMinutes(5);

    [Fact]
    public async Task A_burnt_login_request_ends_its_grant_in_the_same_step()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        Assert.True((await GrantAsync(login)).IsLive);
        Assert.True(await login.TakeAsync(Step.BurnWithGrant, Later));

        var ended = await GrantAsync(login);
        Assert.False(ended.IsLive);
        Assert.Equal(Later, ended.Grant.EndedAt);
        Assert.Equal(
            new LoginRequest.Ended(login.Details, EndReason.ForeignBrowser, Answer: null, "ada", login.GrantId, Later),
            await login.AuthRequests.FindAsync(login.Details.Id, CancellationToken.None));
    }

    [Fact]
    public async Task A_code_cannot_be_redeemed_after_its_login_request_was_burnt()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
        Assert.True(await login.TakeAsync(Step.BurnWithGrant, LoginScenario.Decided.AddSeconds(1)));

        Assert.False(await login.TakeAsync(Step.Exchange, LoginScenario.Redeemed));
        Assert.Null(await login.Grants.FindAsync(login.GrantId, CancellationToken.None));
    }

    [Fact]
    public async Task No_live_grant_remains_after_a_burn_during_64_redemptions()
    {
        for (var round = 0; round < 4; round++)
        {
            var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var other = login.At(store.OtherNode);
            var steps = Enumerable.Range(0, 64).Select(i => Task.Run(() => i == 40
                ? other.TakeAsync(Step.BurnWithGrant, LoginScenario.Redeemed)
                : (i % 2 == 0 ? login : other).TakeAsync(Step.Exchange, LoginScenario.Redeemed, i + 1)));
            var taken = await Task.WhenAll(steps);

            Assert.True(taken[40]);
            Assert.InRange(taken.Count(t => t), 1, 2);
            Assert.Equal(Stage.Ended, await login.StageAsync());
            Assert.Equal(
                taken.Count(t => t) - 1,
                await CountAsync("SELECT id FROM grants WHERE auth_request_id = @id", login.Details.AuthorizationId.Value));
            Assert.Equal(
                0,
                await CountAsync(
                    "SELECT id FROM grants WHERE auth_request_id = @id AND ended_at IS NULL", login.Details.AuthorizationId.Value));
        }
    }

    [Fact]
    public async Task A_revoked_user_loses_all_grants_of_the_connection_and_other_users_none()
    {
        var laptop = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        var connection = laptop.Details.ConnectionId;
        var desktop = await new LoginScenario(store.Main) { Details = LoginScenario.NewDetails(connection) }.LeadToAsync(Stage.Exchanged);
        var namesake = await new LoginScenario(store.Main) { Details = LoginScenario.NewDetails(connection), Subject = "Ada" }
            .LeadToAsync(Stage.Exchanged);
        var elsewhere = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);

        Assert.Equal(
            2, (await laptop.Logins.RevokeUserAsync(connection, "ada", AuditedStores.Tester, Later, CancellationToken.None))?.Count);
        Assert.Equal(
            (false, false, true, true),
            ((await GrantAsync(laptop)).IsLive, (await GrantAsync(desktop)).IsLive, (await GrantAsync(namesake)).IsLive,
                (await GrantAsync(elsewhere)).IsLive));
        Assert.Equal(
            0, (await laptop.Logins.RevokeUserAsync(connection, "ada", AuditedStores.Tester, Later, CancellationToken.None))?.Count);
        Assert.Null(await laptop.Logins.RevokeUserAsync(connection, "unknown", AuditedStores.Tester, Later, CancellationToken.None));
    }

    /// <summary>Also if the clock of the revoking node is behind the clock of the node that took the report.</summary>
    [Theory]
    [InlineData(-60_000)]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_login_reported_before_the_revocation_of_its_user_gets_no_grant(int millisecondsAfterTheReport)
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
        await login.Logins.RevokeUserAsync(
            login.Details.ConnectionId, "ada", AuditedStores.Tester, LoginScenario.Reported.AddMilliseconds(millisecondsAfterTheReport),
            CancellationToken.None);
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(Step.Exchange, LoginScenario.Redeemed));
        Assert.Equal(Stage.AwaitingExchange, await login.StageAsync());
        Assert.Equal(before, await login.EverythingAsync());
    }

    [Fact]
    public async Task A_later_login_of_a_revoked_user_gets_a_grant()
    {
        var former = await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged);
        await former.Logins.RevokeUserAsync(
            former.Details.ConnectionId, "ada", AuditedStores.Tester, LoginScenario.Reported, CancellationToken.None);
        var details = LoginScenario.NewDetails(former.Details.ConnectionId);
        var later = new LoginScenario(store.Main) { Details = details };
        await later.AuthRequests.BeginAsync(new(details), pushed: null, CancellationToken.None);
        var reportedAt = LoginScenario.Reported.AddSeconds(1);
        Assert.True(await later.TakeAsync(Step.Report, reportedAt));
        Assert.True(await later.TakeAsync(Step.Return, LoginScenario.Returned));
        Assert.True(await later.TakeAsync(Step.Allow, LoginScenario.Decided));
        var grant = later.GrantOf(details, 0, LoginScenario.Redeemed) with { ReportedAt = reportedAt };

        Assert.NotNull(await later.Grants.ExchangeAsync(grant, details.Id, CancellationToken.None));
        Assert.True((await GrantAsync(later)).IsLive);
        Assert.False((await GrantAsync(former)).IsLive);
    }

    [Fact]
    public async Task No_live_grant_remains_after_a_user_revocation_during_64_redemptions()
    {
        for (var round = 0; round < 4; round++)
        {
            var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
            var other = login.At(store.OtherNode);
            var revoked = Task.Run(() => other.Logins.RevokeUserAsync(
                login.Details.ConnectionId, "ada", AuditedStores.Tester, LoginScenario.Redeemed, CancellationToken.None));
            var redeemed = await Task.WhenAll(Enumerable.Range(0, 64)
                .Select(i => Task.Run(() => (i % 2 == 0 ? login : other).TakeAsync(Step.Exchange, LoginScenario.Redeemed, i))));
            await revoked;

            Assert.InRange(redeemed.Count(t => t), 0, 1);
            var live = await store.Main.ReadAsync(
                "SELECT g.id FROM grants g JOIN users u ON u.connection_id = g.connection_id AND u.subject = g.subject "
                + "WHERE g.auth_request_id = @id",
                new() { { "id", login.Details.AuthorizationId.Value } },
                static reader => reader.Read() ? new GrantId(reader.GetString(0)) : (GrantId?)null,
                CancellationToken.None);
            Assert.Equal(redeemed.Any(t => t), live is not null);
            Assert.False(live is { } id && (await login.Grants.FindAsync(id, CancellationToken.None))!.IsLive);
        }
    }

    [Fact]
    public async Task A_grant_has_the_newest_attributes_of_its_user()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
        var connection = login.Details.ConnectionId;
        var newer = new UserSnapshot { Subject = "ada", Email = "ada@new.example", Name = "Countess", Roles = ["author"] };
        Assert.True(await login.Logins.UpdateUserAsync(connection, newer, LoginScenario.Decided, CancellationToken.None));
        Assert.False(await login.Logins.UpdateUserAsync(
            connection, newer with { Subject = "unknown" }, LoginScenario.Decided, CancellationToken.None));
        Assert.False(await login.Logins.UpdateUserAsync(ConnectionId.New(), newer, LoginScenario.Decided, CancellationToken.None));

        var issued = await login.Grants.ExchangeAsync(
            login.GrantOf(login.Details, 0, LoginScenario.Redeemed), login.Details.Id, CancellationToken.None);
        Assert.Equal(("ada@new.example", "Countess"), (issued!.Email, issued.Name));
        await login.Logins.UpdateUserAsync(connection, newer with { Name = "Duchess" }, Later, CancellationToken.None);
        Assert.Equal("Duchess", (await GrantAsync(login)).User.Name);
        var again = await new LoginScenario(store.Main) { Details = LoginScenario.NewDetails(connection) }
            .LeadToAsync(Stage.AwaitingReturn);
        Assert.Equal(again.ReportOf(0).User, (await GrantAsync(login)).User);
    }

    // The user's row was deleted by hand: a token would have no claims, and no refresh would find the grant.
    [Fact]
    public async Task A_login_without_a_stored_user_gets_no_grant()
    {
        var login = await new LoginScenario(store.Main).LeadToAsync(Stage.AwaitingExchange);
        await store.Main.WriteAsync(
            "DELETE FROM users WHERE connection_id = @id", new() { { "id", login.Details.ConnectionId.Value } }, static _ => true,
            CancellationToken.None);
        var before = await login.EverythingAsync();

        Assert.False(await login.TakeAsync(Step.Exchange, LoginScenario.Redeemed));
        Assert.Equal(before, await login.EverythingAsync());
    }

    private static async Task<GrantAndUser> GrantAsync(LoginScenario login) =>
        (await login.Grants.FindAsync(login.GrantId, CancellationToken.None))!;

    private Task<int> CountAsync(string sql, string id) =>
        store.Main.ReadAsync(sql, new() { { "id", id } }, Rows.Count, CancellationToken.None);
}
