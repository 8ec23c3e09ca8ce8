using System.Net;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Latchkey.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.SignIns;

/// <summary>A host whose sign-in log is a damaged file at the start.</summary>
public sealed class WithDamagedLog : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task<Settings> ConfigureAsync(Settings settings)
    {
        await File.WriteAllTextAsync(Sign_in_log_apart_from_sign_ins.LogOf(settings.Storage!), new string('x', 10_000));
        return settings;
    }
}

/// <summary>Whatever happens to the storage of the sign-in log, sign-ins go on.</summary>
public sealed class Sign_in_log_apart_from_sign_ins(WithDamagedLog host) : IClassFixture<WithDamagedLog>
{
    [Fact]
    public async Task A_damaged_log_is_set_aside_at_the_start_and_later_damage_stops_no_sign_in()
    {
        await SignInAsync();
        var log = LogOf(host.Environment["Latchkey__Storage"]);
        Assert.Single(Aside(log));
        Assert.NotEmpty((await ListAsync()).GetProperty("auth_requests").EnumerateArray());

        await using (var file = new FileStream(log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
        {
            await file.WriteAsync(Enumerable.Repeat((byte)0x5A, (int)file.Length).ToArray());
        }

        // SQLite notices when it reads a page that it does not hold in memory.
        for (var i = 0; i < 5; i++)
        {
            await SignInAsync();
            await Task.Delay(TimeSpan.FromMilliseconds(300));
        }
    }

    [Fact]
    public async Task A_log_that_cannot_be_opened_costs_its_events_only()
    {
        var log = LogOf(host.Environment["Latchkey__Storage"]);
        await SignInAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + "*")
            .Where(f => !f.Contains("damaged")))
        {
            File.Delete(file);
        }

        Directory.CreateDirectory(log);
        try
        {
            var losses = host.Services.GetRequiredService<SignInLosses>();
            var before = losses.Events;
            await Eventually.TrueAsync(
                async () =>
                {
                    await SignInAsync();
                    return losses.Events > before;
                },
                "no event is lost");
            Assert.NotNull(host.Services.GetRequiredService<Databases>().SignIns.Failure);
            host.ResponseAudit.ExpectsStorageAway = true;
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Get, "/api/v1/auth-requests"), 503, "temporarily_unavailable");
        }
        finally
        {
            Directory.Delete(log);
        }

        host.ResponseAudit.ExpectsStorageAway = true;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await host.TrySendAsync(HttpMethod.Get, "/api/v1/auth-requests");
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the log was not begun anew");

        await SignInAsync();
    }

    internal static string LogOf(string storage) => Path.ChangeExtension(storage["sqlite:".Length..], ".journeys.db");

    private static string[] Aside(string log) => Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + ".damaged-*Z");

    private Task<System.Text.Json.JsonElement> ListAsync() => host.SendAsync(HttpMethod.Get, "/api/v1/auth-requests");

    private async Task SignInAsync() =>
        Assert.NotEmpty((await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync()).Access);
}
