using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Npgsql;

namespace Latchkey.Server.Tests.Cli;

/// <summary>A server as a process, on a PostgreSQL server that archives its WAL.</summary>
public sealed class OnArchivedPostgres : InAProcess
{
    public PostgresServer Database { get; private set; } = null!;

    private protected override async Task<string> StorageAsync(string folder)
    {
        Database = await PostgresServer.StartArchivingAsync();
        return "postgres:" + await Database.CreateDatabaseAsync();
    }

    private protected override IEnumerable<(string Name, string Value)> MoreVariables(Settings settings) =>
        [("Latchkey__KeyEncryptionKey", settings.KeyEncryptionKey!)];

    private protected override ValueTask DisposeAsyncCore() => Database.DisposeAsync();
}

/// <summary>PostgreSQL is recovered by its own tools; Latchkey then ends what may have been revoked since.</summary>
public sealed class Point_in_time_recovery(OnArchivedPostgres host) : IClassFixture<OnArchivedPostgres>
{
    [Fact]
    public async Task A_grant_that_was_revoked_after_the_recovery_target_does_not_live_again()
    {
        var company = await host.NewCompanyAsync();
        await host.Database.BackUpAsync();
        var (revoked, honest) =
            (await McpClient.RegisterAsync(company), await McpClient.RegisterAsync(company, "http://127.0.0.1:4000/b"));
        var (toRevoke, kept) = (await revoked.TokensAsync(), await honest.TokensAsync());
        await Task.Delay(TimeSpan.FromSeconds(1));
        var target = TimeProvider.System.GetUtcNow();
        await Task.Delay(TimeSpan.FromSeconds(1));
        (await revoked.RevokeAsync(toRevoke.Refresh!)).Dispose();
        kept = await Tokens.OfAsync(await honest.RefreshAsync(kept.Refresh!));
        await SwitchWalAsync();

        await host.StopServerAsync();
        await host.Database.RecoverAsync(target);
        var output = (await host.RunAsync("restore", "--revoke-since", target.ToString("O"))).Ended();
        Assert.Contains("Ended 2 grants", output, StringComparison.Ordinal);
        await host.StartServerAsync();

        await Expect.ErrorAsync(await revoked.RefreshAsync(toRevoke.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await honest.RefreshAsync(kept.Refresh!), 400, "invalid_grant");
        await honest.TokensAsync();
        Assert.Equal(2, (await host.RunAsync("backup")).ExitCode);
        Assert.Equal(2, (await host.RunAsync("restore", "--revoke-since", "backup")).ExitCode);
    }

    private async Task SwitchWalAsync()
    {
        await using var connection = new NpgsqlConnection(host.Variables["Latchkey__Storage"]["postgres:".Length..] + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pg_walfile_name(pg_switch_wal())", connection);
        var file = (string)(await command.ExecuteScalarAsync())!;
        await using var archived = new NpgsqlCommand($"SELECT last_archived_wal >= '{file}' FROM pg_stat_archiver", connection);
        await Eventually.TrueAsync(async () => await archived.ExecuteScalarAsync() is true, $"{file} is not archived");
    }
}
