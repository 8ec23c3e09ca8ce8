using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Lists_of_the_dashboard_on_SQLite(SqliteStore store) : Lists_of_the_dashboard(store), IClassFixture<SqliteStore>;

public sealed class Lists_of_the_dashboard_on_PostgreSQL(PostgresStore store) : Lists_of_the_dashboard(store), IClassFixture<PostgresStore>;

/// <summary>What the dashboard reads of clients, people, grants and the audit log.</summary>
public abstract class Lists_of_the_dashboard(Store store)
{
    private static readonly DateTimeOffset At = LoginScenario.Begun;

    /// <summary>A page must not visit every row of a table with a million of them, nor sort them.</summary>
    [Fact]
    public async Task Every_list_is_read_in_the_order_of_an_index()
    {
        foreach (var (text, values) in Lists())
        {
            Assert.Contains("LIMIT", text, StringComparison.Ordinal);
            var steps = await QueryPlan.StepsAsync(store.Main, text, values);
            Assert.Empty(await QueryPlan.FullScansAsync(store.Main, text, values));
            Assert.True(
                !steps.Exists(step => step.Contains("TEMP B-TREE FOR ORDER BY", StringComparison.Ordinal)),
                $"{text}: {string.Join("; ", steps)}");
        }
    }

    [Fact]
    public async Task Every_query_of_one_entity_uses_an_index()
    {
        foreach (var (text, values) in new[]
            {
                ClientBrowser.NumbersQueryOf(new ClientId("m2m_1")), GrantBrowser.OfPersonQuery(new ConnectionId("conn_1"), "ada"),
                AccessCounts.Query,
            })
        {
            Assert.Empty(await QueryPlan.FullScansAsync(store.Main, text, values));
        }
    }

    private static IEnumerable<(string Text, SqlValues Values)> Lists()
    {
        var some = new RowSlice(new RowPlace(At, "x y"), IsNewer: false, 50);
        var resource = new ResourceId("res_1");
        ClientSelection[] clients =
        [
            new(), new() { Kind = ClientOrigin.Document }, new() { IsBlocked = true }, new() { IsBlocked = false },
            new() { Resource = resource }, new() { Resource = resource, Kind = ClientOrigin.Registered, IsBlocked = true },
            new() { Resource = resource, Kind = ClientOrigin.Registered },
        ];
        foreach (var selection in clients)
        {
            yield return ClientBrowser.QueryOf(selection, some);
            yield return ClientBrowser.QueryOf(selection, some with { IsNewer = true });
            if (selection.IsBlocked != true)
            {
                yield return ClientBrowser.QueryOf(selection with { IsNewest = true }, some);
            }
        }

        yield return ClientBrowser.QueryOf(new() { Text = "Cla" }, some);
        yield return ClientBrowser.QueryOf(new() { Text = "Cla", Kind = ClientOrigin.Document, IsBlocked = true }, some);
        yield return ClientBrowser.QueryOf(new() { Text = "https://claude.ai/client.json" }, some);
        GrantSelection[] grants =
        [
            new(), new(resource), new(Client: new ClientId("m2m_1")), new(resource, new ClientId("m2m_1")),
        ];
        foreach (var selection in grants)
        {
            yield return GrantBrowser.QueryOf(selection, some, At);
            yield return GrantBrowser.QueryOf(selection with { AreEnded = true }, some with { IsNewer = true }, At);
        }

        yield return PeopleBrowser.QueryOf(new(), some);
        yield return PeopleBrowser.QueryOf(new(), some with { IsNewer = true });
        yield return PeopleBrowser.QueryOf(new(new ConnectionId("conn_1")), some);
        yield return PeopleBrowser.QueryOf(new(Email: "ada@"), some);
        yield return PeopleBrowser.QueryOf(new(new ConnectionId("conn_1"), "ada@"), some);
        foreach (var selection in (AuditSelection[])
            [
                new(), new("opr_1"), new(Action: "client.deleted"), new(Target: "res_1"), new("a", "b", "c") { From = At, Before = At },
                new("a", "b"),
            ])
        {
            yield return AuditBrowser.QueryOf(selection, before: 7, 50);
        }
    }
}
