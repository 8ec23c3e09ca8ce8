using Latchkey.Server.Grants;
using Latchkey.Server.OAuth;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Access_of_a_person_on_SQLite(SqliteStore store) : Access_of_a_person(store), IClassFixture<SqliteStore>;

public sealed class Access_of_a_person_on_PostgreSQL(PostgresStore store) : Access_of_a_person(store), IClassFixture<PostgresStore>;

/// <summary>What the page of connected programs reads.</summary>
public abstract class Access_of_a_person(Store store)
{
    [Fact]
    public async Task Every_query_uses_an_index_and_has_a_limit()
    {
        foreach (var query in OwnAccess.Queries)
        {
            Assert.Empty(await QueryPlan.FullScansAsync(
                store.Main, query, OwnAccess.ValuesOf(ConnectionId.New(), "ada", LoginScenario.Decided)));
        }

        Assert.All(OwnAccess.Queries.Skip(1), query => Assert.Contains(" LIMIT ", query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_person_without_a_row_has_no_access() => Assert.Null(await new OwnAccess(store.Main).ReadAsync(
        ConnectionId.New(), "ada", LoginScenario.Decided, CancellationToken.None));
}
