using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Npgsql;

namespace Latchkey.Server.Tests.Login;

/// <summary>The whole server on PostgreSQL behind PgBouncer with two backends in transaction mode.</summary>
public sealed class Sign_in_through_a_connection_pooler(BehindPgBouncer host) : IClassFixture<BehindPgBouncer>
{
    [Fact]
    public async Task Concurrent_sign_ins_refreshes_and_configuration_changes_work()
    {
        var company = await host.NewCompanyAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async i =>
        {
            var client = await McpClient.CreateAsync(company);
            var tokens = await client.TokensAsync(new { sub = $"user{i}", email = $"user{i}@acme.example" });
            for (var round = 0; round < 3; round++)
            {
                tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
            }
        }));
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { name = "Renamed" });
        using var login = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);

        Assert.Contains("token.issued", await login.SignInEventsAsync());
    }
}

public sealed class BehindPgBouncer : LatchkeyHost
{
    private PgBouncer? pooler;

    private protected override async Task<string> StorageAsync(string folder)
    {
        var address = new NpgsqlConnectionStringBuilder(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());
        pooler = await PgBouncer.StartAsync(address.Port, "transaction");
        return $"postgres://{address.Username}@127.0.0.1:{pooler.Port}/{address.Database}";
    }

    private protected override ValueTask DisposeAsyncCore() => pooler?.DisposeAsync() ?? ValueTask.CompletedTask;
}
