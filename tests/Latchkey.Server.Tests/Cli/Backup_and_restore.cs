using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Cli;

/// <summary>
/// A backup of a running server, and its restore: what was revoked since does not live again, and honest clients find their way on. Every
/// step is a real process.
/// </summary>
public sealed class Backup_and_restore : IAsyncLifetime
{
    private static readonly object Bob = new { sub = "bob", email = "bob@acme.example", name = "Bob" };

    private readonly PlainProcess host = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkbackup");

    public ValueTask InitializeAsync() => host.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await host.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private string Backup => Path.Combine(folder.FullName, "backup");

    [Fact]
    public async Task What_was_revoked_since_the_backup_does_not_live_again_and_honest_clients_sign_in_again()
    {
        var company = await host.NewCompanyAsync();
        var (honest, lockedOut, revoked) =
            (await McpClient.RegisterAsync(company), await McpClient.RegisterAsync(company, "http://127.0.0.1:4000/b"),
                await McpClient.RegisterAsync(company, "http://127.0.0.1:4001/c"));
        var beforeBackup = await honest.TokensAsync();
        var ofBob = await lockedOut.TokensAsync(Bob);
        var toRevoke = await revoked.TokensAsync();
        using var browser = new Browser(host);
        var unfinished = await browser.StartAsync(honest.Authorize());
        (await host.RunAsync("backup", Backup)).Ended();

        // After the backup: a lock-out, a revocation, two rotations of an honest client, and a new registration.
        using (var lockOut = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "bob" }))
        {
            Assert.True(lockOut.IsSuccessStatusCode, await lockOut.Content.ReadAsStringAsync());
        }

        (await revoked.RevokeAsync(toRevoke.Refresh!)).Dispose();
        var rotated = await Tokens.OfAsync(await honest.RefreshAsync(beforeBackup.Refresh!));
        rotated = await Tokens.OfAsync(await honest.RefreshAsync(rotated.Refresh!));
        var late = await McpClient.RegisterAsync(company, "http://127.0.0.1:4002/d");
        var lateTokens = await late.TokensAsync();

        await host.StopServerAsync();
        var restored = (await host.RunAsync("restore", Backup, "--revoke-since", "backup", "--replace")).Ended();
        Assert.Contains("Ended 3 grants", restored, StringComparison.Ordinal);
        await host.StartServerAsync();

        foreach (var (client, token) in new[]
        {
            (lockedOut, ofBob.Refresh), (revoked, toRevoke.Refresh), (honest, rotated.Refresh), (honest, beforeBackup.Refresh),
        })
        {
            await Expect.ErrorAsync(await client.RefreshAsync(token!), 400, "invalid_grant");
        }

        // A client that registered since the backup hears that it is unknown, and registers again.
        await Expect.ErrorAsync(await late.RefreshAsync(lateTokens.Refresh!), 401, "invalid_client");
        late = await McpClient.RegisterAsync(company, "http://127.0.0.1:4002/d");
        await late.TokensAsync();

        // The unfinished sign-in cannot be completed. A new one of the same client can, and is no replay.
        using (var report = await company.TryReportAsync(unfinished.LoginRequestId))
        {
            await Expect.ProblemAsync(report, 404, "login_request_not_found");
        }

        var again = await honest.TokensAsync();
        await Tokens.OfAsync(await honest.RefreshAsync(again.Refresh!));
        var events = (await host.SendAsync(HttpMethod.Get, "/api/v1/audit")).GetProperty("entries");
        Assert.Contains(
            events.EnumerateArray(), entry => entry.GetProperty("action").GetString() == "database.restored"
                && entry.GetProperty("actor").GetString() == "latchkey restore");
        (await host.RunAsync("audit", "verify")).Ended();
    }

    [Fact]
    public async Task A_backup_is_complete_private_and_names_the_key()
    {
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        var output = (await host.RunAsync("backup", Backup)).Ended();

        Assert.Contains(Path.Combine(host.Folder, "key-encryption-key"), output, StringComparison.Ordinal);
        Assert.Equal(
            ["backup.json", "latchkey.db", "latchkey.journeys.db"],
            Directory.GetFiles(Backup).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var file in Directory.GetFiles(Backup))
        {
            Assert.True(
                OperatingSystem.IsWindows() || File.GetUnixFileMode(file) == (UnixFileMode.UserRead | UnixFileMode.UserWrite), file);
        }

        var manifest = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllTextAsync(Path.Combine(Backup, "backup.json")));
        var now = TimeProvider.System.GetUtcNow();
        Assert.InRange(manifest.GetProperty("taken_at").GetDateTimeOffset(), now.AddMinutes(-10), now);
        Assert.Equal(2, (await host.RunAsync("backup", Backup)).ExitCode);

        var withKey = Path.Combine(folder.FullName, "with-key");
        var outputWithKey = (await host.RunAsync("backup", withKey, "--with-key")).Ended();
        Assert.Contains("protect it like the key", outputWithKey, StringComparison.Ordinal);
        Assert.Equal(
            await File.ReadAllTextAsync(Path.Combine(host.Folder, "key-encryption-key")),
            await File.ReadAllTextAsync(Path.Combine(withKey, "key-encryption-key")));
    }

    [Fact]
    public async Task A_lost_data_directory_is_restored_from_a_backup_with_the_key()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        (await host.RunAsync("backup", Backup, "--with-key")).Ended();
        await host.StopServerAsync();
        Directory.Delete(host.Folder, recursive: true);

        (await host.RunAsync("restore", Backup, "--revoke-since", "backup")).Ended();
        await host.StartServerAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task Restores_that_would_harm_are_refused_and_change_nothing()
    {
        var company = await host.NewCompanyAsync();
        (await host.RunAsync("backup", Backup)).Ended();

        // Without --revoke-since, over a database in use, with a time after the backup, from a folder that is no backup.
        Assert.NotEqual(0, (await host.RunAsync("restore", Backup)).ExitCode);
        Assert.Contains(
            "--replace", (await host.RunAsync("restore", Backup, "--revoke-since", "backup")).Ended(2), StringComparison.Ordinal);
        var tooLate = TimeProvider.System.GetUtcNow().ToString("O");
        Assert.Contains(
            "would live again", (await host.RunAsync("restore", Backup, "--revoke-since", tooLate, "--replace")).Ended(2),
            StringComparison.Ordinal);
        Assert.Equal(2, (await host.RunAsync("restore", folder.FullName, "--revoke-since", "backup", "--replace")).ExitCode);
        Assert.Equal(2, (await host.RunAsync("restore", Backup, "--revoke-since", "tomorrow", "--replace")).ExitCode);

        // A damaged backup, and one of another key.
        var damaged = Path.Combine(folder.FullName, "damaged");
        Directory.CreateDirectory(damaged);
        foreach (var file in Directory.GetFiles(Backup))
        {
            File.Copy(file, Path.Combine(damaged, Path.GetFileName(file)));
        }

        await File.WriteAllTextAsync(Path.Combine(damaged, "latchkey.db"), new string('x', 20_000));
        Assert.NotEqual(0, (await host.RunAsync("restore", damaged, "--revoke-since", "backup", "--replace")).ExitCode);
        var key = Path.Combine(host.Folder, "key-encryption-key");
        File.Move(key, key + ".away");
        await File.WriteAllTextAsync(key, Convert.ToBase64String(new byte[32]));
        Assert.Contains(
            "cannot decrypt", (await host.RunAsync("restore", Backup, "--revoke-since", "backup", "--replace")).Ended(2),
            StringComparison.Ordinal);
        File.Move(key + ".away", key, overwrite: true);

        // The running server has noticed nothing.
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        Assert.DoesNotContain(
            Directory.GetFiles(host.Folder), file => file.Contains("restor", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_restore_under_a_running_server_makes_it_refuse_writes_until_it_is_started_again()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        (await host.RunAsync("backup", Backup)).Ended();
        host.ResponseAudit.ExpectsStorageAway = true;
        (await host.RunAsync("restore", Backup, "--revoke-since", "backup", "--replace")).Ended();

        using var browser = new Browser(host);
        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 503, "temporarily_unavailable");
        host.ResponseAudit.ExpectsStorageAway = false;
        await host.StopServerAsync();
        await host.StartServerAsync();
        await client.TokensAsync();
    }

    [Fact]
    public async Task A_backup_is_consistent_while_sign_ins_go_on()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var stop = new CancellationTokenSource();
        var signIns = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await client.TokensAsync();
            }
        });
        for (var i = 0; i < 3; i++)
        {
            (await host.RunAsync("backup", $"{Backup}{i}")).Ended();
        }

        await stop.CancelAsync();
        await signIns;
    }
}
