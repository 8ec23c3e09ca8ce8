using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Health;

/// <summary>A server whose key-encryption key is outside the data directory, as with a mounted volume.</summary>
public sealed class WithKeyElsewhere : InAProcess, IDisposable
{
    private readonly DirectoryInfo secrets = Directory.CreateTempSubdirectory("lkkey");

    public string KeyFile => Path.Combine(secrets.FullName, "key");

    public void Dispose() => secrets.Delete(recursive: true);

    /// <summary>A process that ignores the signal gets an error from the system instead, as on a full disk.</summary>
    private protected override string Prelude => "trap '' XFSZ";

    private protected override IEnumerable<(string Name, string Value)> MoreVariables(Settings settings)
    {
        if (!File.Exists(KeyFile))
        {
            File.WriteAllText(KeyFile, Convert.ToBase64String(new byte[32]));
        }

        return [("Latchkey__KeyEncryptionKey", $"file:{KeyFile}")];
    }
}

/// <summary>
/// What is confirmed is kept, and what cannot be kept is refused with 503: a deleted database file, a disk that refuses writes. The server
/// never ends by itself, and needs no restart when the storage is back.
/// </summary>
public sealed class Lost_and_full_storage : IAsyncLifetime
{
    private readonly WithKeyElsewhere host = new();

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        Directory.CreateDirectory(host.Folder);
        await host.DisposeAsync();
        host.Dispose();
    }

    [Fact]
    public async Task After_the_data_directory_is_deleted_nothing_is_confirmed_and_no_empty_database_takes_its_place()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        using var browser = new Browser(host);
        var started = await browser.StartAsync(client.Authorize());
        host.ResponseAudit.ExpectsStorageAway = true;
        Directory.Delete(host.Folder, recursive: true);

        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 503, "temporarily_unavailable");
        await Expect.ProblemAsync(await company.TryReportAsync(started.LoginRequestId), 503, "temporarily_unavailable");
        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 503, "temporarily_unavailable");
        await host.WaitForReadinessAsync(503, "storage_file_lost");
        Assert.False(host.Server.HasExited);
        Assert.False(Path.Exists(host.DatabaseFile), "an empty database took the place of the deleted one");

        await host.StopServerAsync();
        var (exitCode, errors) = await host.StartIsRefusedAsync();
        Assert.Equal(2, exitCode);
        Assert.Contains($"The database {host.DatabaseFile} is missing", errors, StringComparison.Ordinal);
        Assert.Contains("latchkey restore", errors, StringComparison.Ordinal);
        Assert.False(Path.Exists(host.DatabaseFile), "an empty database took the place of the deleted one");
        Assert.Equal(2, (await host.RunAsync("export")).ExitCode);
        Assert.Equal(2, (await host.RunAsync("migrate")).ExitCode);
        Assert.False(Path.Exists(host.DatabaseFile), "a command created an empty database");
    }

    [Theory]
    [InlineData("")]
    [InlineData("-wal")]
    public async Task A_moved_file_refuses_writes_until_it_is_back(string which)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        host.ResponseAudit.ExpectsStorageAway = true;
        File.Move(host.DatabaseFile + which, host.DatabaseFile + ".away");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 503, "temporarily_unavailable");
        await host.WaitForReadinessAsync(503);

        File.Move(host.DatabaseFile + ".away", host.DatabaseFile + which);
        await host.WaitForReadinessAsync(200);
        host.ResponseAudit.ExpectsStorageAway = false;
        await client.TokensAsync();
        Assert.False(host.Server.HasExited);
    }

    [Fact]
    public async Task A_file_that_took_the_place_of_the_database_is_not_used()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        host.ResponseAudit.ExpectsStorageAway = true;
        File.Copy(host.DatabaseFile, host.DatabaseFile + ".copy");
        File.Move(host.DatabaseFile + ".copy", host.DatabaseFile, overwrite: true);
        using var browser = new Browser(host);
        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 503, "temporarily_unavailable");
        await host.WaitForReadinessAsync(503, "storage_file_lost");
    }

    [Fact]
    public async Task When_the_disk_refuses_writes_sign_ins_get_503_and_go_on_without_a_restart()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        using var browser = new Browser(host);
        var started = await browser.StartAsync(client.Authorize());
        host.ResponseAudit.ExpectsStorageAway = true;
        await host.Server.LimitFileSizeAsync("4096");

        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 503, "temporarily_unavailable");
        await Expect.ProblemAsync(await company.TryReportAsync(started.LoginRequestId), 503, "temporarily_unavailable");
        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 503, "temporarily_unavailable");
        await host.WaitForReadinessAsync(503, "storage_write_failed");
        Assert.False(host.Server.HasExited);

        await host.Server.LimitFileSizeAsync("unlimited");
        await host.WaitForReadinessAsync(200);
        host.ResponseAudit.ExpectsStorageAway = false;
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        var report = await company.ReportAsync(started.LoginRequestId);
        await browser.ComeBackAsync(report.CallbackPath);
        await host.StopServerAsync();
        await host.StartServerAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task A_missing_key_file_is_named_while_the_server_runs_and_refuses_the_next_start()
    {
        File.Move(host.KeyFile, host.KeyFile + ".away");
        await host.WaitForReadinessAsync(200, "key_file_missing");

        await host.StopServerAsync();
        Assert.Equal(2, (await host.StartIsRefusedAsync()).ExitCode);
        File.Move(host.KeyFile + ".away", host.KeyFile);
        await host.StartServerAsync();
    }

    [Fact]
    public async Task A_wrong_key_writes_nothing()
    {
        await host.StopServerAsync();
        var before = await File.ReadAllBytesAsync(host.DatabaseFile);
        await File.WriteAllTextAsync(host.KeyFile, Convert.ToBase64String([.. Enumerable.Repeat((byte)1, 32)]));
        var (exitCode, errors) = await host.StartIsRefusedAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains("cannot decrypt the keys", errors, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(host.DatabaseFile));
    }
}

/// <summary>A server with the key in its data directory, as by default.</summary>
public sealed class Missing_key_in_the_data_directory(PlainProcess host) : IClassFixture<PlainProcess>
{
    [Fact]
    public async Task A_start_without_the_key_file_creates_no_new_key()
    {
        await host.StopServerAsync();
        var key = Path.Combine(host.Folder, "key-encryption-key");
        File.Move(key, key + ".away");
        var (exitCode, errors) = await host.StartIsRefusedAsync();

        Assert.Equal(2, exitCode);
        Assert.Contains($"The key-encryption key {key} is missing", errors, StringComparison.Ordinal);
        Assert.False(File.Exists(key), "a new key was created");

        File.Move(key + ".away", key);
        await host.StartServerAsync();
    }

    [Fact]
    public async Task A_first_start_after_a_deliberate_reset_creates_a_new_database()
    {
        await host.StopServerAsync();
        foreach (var file in Directory.GetFiles(host.Folder))
        {
            File.Delete(file);
        }

        await host.StartServerAsync();
        await host.NewCompanyAsync();
    }
}
