using Latchkey.Server.Grants;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Cleanup_of_expired_rows_on_SQLite(SqliteStore store) : Cleanup_of_expired_rows(store), IClassFixture<SqliteStore>;

public sealed class Cleanup_of_expired_rows_on_PostgreSQL(PostgresStore store)
    : Cleanup_of_expired_rows(store), IClassFixture<PostgresStore>;

public abstract class Cleanup_of_expired_rows(Store store)
{
    private const int Batch = 500;
    private static readonly DateTimeOffset Limit = LoginScenario.Begun;

    [Fact]
    public async Task Old_login_requests_are_deleted_in_batches()
    {
        var authRequests = new LoginRequestStore(store.Main);
        await RepeatAsync(
            Batch + 20, _ => authRequests.BeginAsync(new(VisitOf(Limit.AddMilliseconds(-1))), pushed: null, CancellationToken.None));
        var (young, old) = (VisitOf(Limit), VisitOf(Limit.AddDays(-9)));
        await authRequests.BeginAsync(new(young), pushed: null, CancellationToken.None);
        await authRequests.BeginAsync(new(old), pushed: null, CancellationToken.None);

        Assert.Equal(Batch, await authRequests.SweepAsync(Limit, CancellationToken.None));
        Assert.Null(await authRequests.FindAsync(old.Id, CancellationToken.None));
        Assert.Equal(21, await authRequests.SweepAsync(Limit, CancellationToken.None));
        Assert.Equal(0, await authRequests.SweepAsync(Limit, CancellationToken.None));
        Assert.NotNull(await authRequests.FindAsync(young.Id, CancellationToken.None));
    }

    [Fact]
    public async Task Expired_grants_and_revoked_tokens_are_deleted_in_batches()
    {
        var grants = new GrantStore(store.Main);
        var (living, dead) = (await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged),
            await new LoginScenario(store.Main).LeadToAsync(Stage.Exchanged));
        var end = LoginScenario.Redeemed.AddDays(1);
        await SetAsync("UPDATE grants SET absolute_by = @time WHERE id = @id", dead.GrantId.Value, end.AddMilliseconds(-1));
        await RepeatAsync(Batch + 20, i => grants.RevokeTokenAsync($"tkn_old{i}", end.AddMilliseconds(-1), CancellationToken.None));
        await grants.RevokeTokenAsync("tkn_young", end, CancellationToken.None);

        Assert.Equal(1, await grants.SweepAsync(end, CancellationToken.None));
        Assert.Equal(0, await grants.SweepAsync(end, CancellationToken.None));
        Assert.Equal(Batch, await grants.SweepRevokedTokensAsync(end, CancellationToken.None));
        Assert.Equal(20, await grants.SweepRevokedTokensAsync(end, CancellationToken.None));
        Assert.Equal(0, await grants.SweepRevokedTokensAsync(end, CancellationToken.None));
        Assert.Null(await grants.FindAsync(dead.GrantId, CancellationToken.None));
        Assert.NotNull(await grants.FindAsync(living.GrantId, CancellationToken.None));
        Assert.Equal(1, await CountAsync(store.Main, "SELECT id FROM revoked_tokens"));
    }

    [Fact]
    public async Task Old_sign_ins_are_deleted_with_their_events_in_batches()
    {
        var signIns = new SignInStore(store.SignIns);
        await RepeatAsync(Batch + 20, _ => TwoEventsAsync(signIns, AuthorizationId.New(), Limit.AddMilliseconds(-1)));
        var young = AuthorizationId.New();
        await TwoEventsAsync(signIns, young, Limit);

        Assert.Equal(Batch, await signIns.SweepAsync(Limit, CancellationToken.None));
        Assert.Equal(20, await signIns.SweepAsync(Limit, CancellationToken.None));
        Assert.Equal(0, await signIns.SweepAsync(Limit, CancellationToken.None));
        Assert.Equal(2, (await signIns.FindAsync(young, CancellationToken.None))!.Events.Count);
        Assert.Equal(2, await CountAsync(store.SignIns, "SELECT position FROM journey_events"));
    }

    [Fact]
    public async Task Concurrent_cleanup_at_two_nodes_deletes_each_row_once()
    {
        LoginRequestStore[] nodes = [new(store.Main), new(store.OtherNode)];
        var before = Limit.AddYears(-1);
        await RepeatAsync(700, _ => nodes[0].BeginAsync(new(VisitOf(before.AddDays(-1))), pushed: null, CancellationToken.None));

        var swept = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(i => Task.Run(() => nodes[i % 2].SweepAsync(before, CancellationToken.None))));
        Assert.Equal(700, swept.Sum() + await nodes[0].SweepAsync(before, CancellationToken.None));
    }

    private static LoginRequestDetails VisitOf(DateTimeOffset begun) =>
        LoginScenario.NewDetails(ConnectionId.New()) with { CreatedAt = begun };

    private static async Task TwoEventsAsync(SignInStore signIns, AuthorizationId id, DateTimeOffset at)
    {
        await signIns.AppendAsync([new(id, LoginRequestId.New(), at, "test.first", [])], CancellationToken.None);
        await signIns.AppendAsync([new(id, null, at, "test.second", [])], CancellationToken.None);
    }

    /// <summary>Runs the actions in parallel, so that SQLite can write them in groups.</summary>
    private static Task RepeatAsync(int count, Func<int, Task> action) =>
        Task.WhenAll(Enumerable.Range(0, count).Chunk(count / 16).Select(chunk => Task.Run(async () =>
        {
            foreach (var i in chunk)
            {
                await action(i);
            }
        })));

    private Task SetAsync(string sql, string id, DateTimeOffset time) =>
        store.Main.WriteAsync(sql, new() { { "id", id }, { "time", time } }, static _ => true, CancellationToken.None);

    private static Task<int> CountAsync(IDatabase database, string sql) =>
        database.ReadAsync(sql, SqlValues.None, Rows.Count, CancellationToken.None);
}

public sealed class Cleanup_of_sign_in_events_on_two_nodes(PostgresStore store) : IClassFixture<PostgresStore>
{
    // Each statement selects the old rows itself: after a wait, the second statement selects other sign-ins than those
    // whose events the first one deleted.
    [Fact]
    public async Task Concurrent_cleanup_leaves_no_event_without_its_sign_in()
    {
        var signIns = new SignInStore(store.SignIns);
        for (var i = 0; i < 520; i++)
        {
            await signIns.AppendAsync(
                [new(AuthorizationId.New(), null, LoginScenario.Begun.AddMilliseconds(i), "test.only", [])], CancellationToken.None);
        }

        const string Oldest =
            "WHERE auth_request_id IN (SELECT auth_request_id FROM journeys ORDER BY started_at, auth_request_id LIMIT 500)";
        await using var other = await store.ConnectAsync(
            store.SignIns, $"BEGIN; DELETE FROM journey_events {Oldest}; DELETE FROM journeys {Oldest}");
        var waiting = signIns.SweepAsync(LoginScenario.Begun.AddDays(1), CancellationToken.None);
        await store.WaitForBlockedSessionAsync(store.SignIns);
        Assert.False(waiting.IsCompleted);
        await PostgresStore.RunAsync(other, "COMMIT");
        await waiting;
        await signIns.SweepAsync(LoginScenario.Begun.AddDays(1), CancellationToken.None);

        const string Everything = "SELECT auth_request_id FROM journeys UNION ALL SELECT auth_request_id FROM journey_events";
        Assert.Equal(0, await store.SignIns.ReadAsync(Everything, SqlValues.None, Rows.Count, CancellationToken.None));
    }
}
