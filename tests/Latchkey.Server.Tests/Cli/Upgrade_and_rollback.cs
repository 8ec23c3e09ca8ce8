using Latchkey.Server.Tests.Actors;
using Microsoft.Data.Sqlite;

namespace Latchkey.Server.Tests.Cli;

/// <summary>The upgrade of a server with live grants, and the way back, as docs/guide/operate.md describes them.</summary>
public sealed class Upgrade_and_rollback : IAsyncLifetime
{
    private readonly PlainProcess host = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkupgrade");

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private string Backup => Path.Combine(folder.FullName, "backup");

    [Fact]
    public async Task A_database_without_the_newest_migration_is_upgraded_and_its_grants_live_on()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        await host.StopServerAsync();
        await ExecuteAsync("DROP TABLE nodes; DELETE FROM schema_versions WHERE name = '0017_nodes'");

        await host.StartServerAsync();
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await host.WaitForReadinessAsync(200);
    }

    [Fact]
    public async Task A_former_version_refuses_the_migrated_database_and_starts_with_the_backup()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        (await host.RunAsync("backup", Backup)).Ended();
        await host.StopServerAsync();
        await ExecuteAsync("INSERT INTO schema_versions (name) VALUES ('9999_of_a_newer_version')");

        var (exitCode, errors) = await host.StartIsRefusedAsync();
        Assert.NotEqual(0, exitCode);
        Assert.Contains("newer version", errors, StringComparison.Ordinal);

        (await host.RunAsync("restore", Backup, "--revoke-since", "backup", "--replace")).Ended();
        await host.StartServerAsync();
        await client.TokensAsync();
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={host.DatabaseFile};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
