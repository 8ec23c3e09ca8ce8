using Latchkey.Server.Clients;
using Latchkey.Server.Grants;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Pages_of_servers_on_SQLite(SqliteStore store) : Pages_of_servers(store), IClassFixture<SqliteStore>;

public sealed class Pages_of_servers_on_PostgreSQL(PostgresStore store) : Pages_of_servers(store), IClassFixture<PostgresStore>;

/// <summary>What the pages of MCP servers and login pages read.</summary>
public abstract class Pages_of_servers(Store store)
{
    private static readonly SqlValues Values = new()
    {
        { "resource", "r" }, { "connection", "c" }, { "now", 1L }, { "max", 1L }, { "limit", 1L }, { "from", 1L }, { "days", 1L },
    };

    static Pages_of_servers() => Values.AddJson("ids", """{"res_x":1}""");

    /// <summary>A page must not visit every row of a table with millions of them.</summary>
    [Fact]
    public async Task Every_query_of_these_pages_uses_an_index()
    {
        foreach (var (database, text) in new[]
            {
                (store.Main, ResourceUse.CountText), (store.Main, ResourceUse.ClientsText), (store.Main, ResourceUse.UsedText),
                (store.Main, ClientStore.OfOperatorsText), (store.Main, ClientStore.FindAllText),
                (store.SignIns, LoginPageReports.Text), (store.SignIns, LoginPageReports.LastText),
                (store.SignIns, EndedSignIns.PerResourceText),
            })
        {
            foreach (var statement in text.Split(';'))
            {
                Assert.Contains("LIMIT", statement, StringComparison.Ordinal);
                Assert.Empty(await QueryPlan.FullScansAsync(database, statement, Values));
            }
        }
    }

    [Fact]
    public async Task A_resource_without_grants_is_unused()
    {
        var use = new ResourceUse(store.Main);
        Assert.Empty(await use.UsedAsync([ResourceId.New(), ResourceId.New()], default));
        Assert.Empty(await use.UsedAsync([], default));
        Assert.Equal(new LiveGrants(0, 0, 0), await use.CountAsync(ResourceId.New(), LoginScenario.Begun, default));
        Assert.Empty(await use.ClientsAsync(ResourceId.New(), default));
        Assert.Empty(await new LoginPageReports(store.SignIns).LastAsync([], default));
    }
}
