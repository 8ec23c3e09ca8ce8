using System.Net;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Supervision;

/// <summary>Each failure of a cleanup ended the server once, with exit code 0.</summary>
public sealed class Background_work_that_fails
{
    /// <summary>A grant that was changed, a table or column that a newer version renamed.</summary>
    [Theory]
    [InlineData("ALTER TABLE pushed_requests RENAME COLUMN expires_at TO ends_at", "cleanup of pushed_requests")]
    [InlineData("DROP TABLE idempotent_answers", "cleanup of idempotent_answers")]
    public async Task A_table_that_a_newer_version_changed_stops_neither_the_cleanup_of_the_others_nor_the_server(
        string change, string work)
    {
        await using var host = new OnPostgres();
        await host.InitializeAsync();
        await host.Services.GetRequiredService<IDatabase>().WriteAsync(change, SqlValues.None, static _ => true, CancellationToken.None);

        await AssertOnlyThisFailsAsync(host, work);
    }

    [Fact]
    public async Task A_refused_DELETE_stops_neither_the_cleanup_of_the_others_nor_the_server()
    {
        await using var host = new WithLimitedRole();
        await host.InitializeAsync();

        await AssertOnlyThisFailsAsync(host, "cleanup of used_assertions");
    }

    [Fact]
    public async Task A_table_that_SQLite_cannot_read_stops_neither_the_other_tables_nor_the_server()
    {
        await using var host = new OnSqlite();
        await host.InitializeAsync();
        await host.Services.GetRequiredService<IDatabase>().WriteAsync(
            "DROP TABLE idempotent_answers", SqlValues.None, static _ => true, CancellationToken.None);

        await AssertOnlyThisFailsAsync(host, "cleanup of idempotent_answers");
    }

    private static async Task AssertOnlyThisFailsAsync(LatchkeyHost host, string work)
    {
        var database = host.Services.GetRequiredService<IDatabase>();
        await database.WriteAsync(
            "INSERT INTO revoked_tokens (id, expires_at) VALUES ('tkn_old', 1)", SqlValues.None, static _ => true, CancellationToken.None);
        var insertedAfterIt = "INSERT INTO initial_access_tokens (id, resource_id, hash, name, created_at, expires_at, max_uses, uses) "
            + "VALUES ('iat_old', 'res_x', @hash, 'old', 1, 1, 1, 0)";
        await database.WriteAsync(insertedAfterIt, new() { { "hash", new byte[32] } }, static _ => true, CancellationToken.None);
        await host.Services.GetRequiredService<Cleanup>().SweepAsync(CancellationToken.None);

        var failing = host.Services.GetRequiredService<BackgroundFailures>().Failing;
        Assert.Equal(work, Assert.Single(failing, state => state.Name.StartsWith("cleanup", StringComparison.Ordinal)).Name);
        foreach (var table in new[] { "revoked_tokens", "initial_access_tokens" })
        {
            Assert.Equal(
                0, await database.ReadAsync($"SELECT id FROM {table}", SqlValues.None, Rows.Count, CancellationToken.None));
        }

        using var alive = await host.Anonymous.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
    }

    /// <summary>A host whose database role may do everything except delete used assertions.</summary>
    private sealed class WithLimitedRole : LatchkeyHost
    {
        private protected override async Task<string> StorageAsync(string folder)
        {
            var owner = await (await Latchkey.Testing.PostgresServer.SharedAsync()).CreateDatabaseAsync();
            await using var main = Storage.Postgres.PostgresDatabase.Open(owner, Durability.Full, MigrationSet.Main);
            await main.MigrateAsync(CancellationToken.None);
            await using var signIns = Storage.Postgres.PostgresDatabase.Open(owner, Durability.Full, MigrationSet.SignIns);
            await signIns.MigrateAsync(CancellationToken.None);
            await main.WriteAsync(
                """
                CREATE ROLE lk_limited LOGIN;
                GRANT ALL ON ALL TABLES IN SCHEMA public TO lk_limited;
                GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO lk_limited;
                REVOKE DELETE ON used_assertions FROM lk_limited
                """,
                SqlValues.None, static _ => true, CancellationToken.None);
            return "postgres:" + owner.Replace("Username=postgres", "Username=lk_limited", StringComparison.Ordinal);
        }
    }
}
