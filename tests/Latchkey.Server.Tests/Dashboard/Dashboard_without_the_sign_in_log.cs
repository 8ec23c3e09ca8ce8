using System.Net;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.SignIns;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>The dashboard says that the log is away and how much it lost; sign-ins go on.</summary>
public sealed class Dashboard_without_the_sign_in_log(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    public async Task Every_page_says_that_the_log_is_away_and_what_it_lost()
    {
        using var user = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var log = Sign_in_log_apart_from_sign_ins.LogOf(host.Environment["Latchkey__Storage"]);
        await SignInAsync();
        foreach (var file in Directory.GetFiles(Path.GetDirectoryName(log)!, Path.GetFileName(log) + "*"))
        {
            File.Delete(file);
        }

        Directory.CreateDirectory(log);
        try
        {
            var losses = host.Services.GetRequiredService<SignInLosses>();
            for (var tries = 0; losses.Events == 0 && tries < 40; tries++)
            {
                await SignInAsync();
                await Task.Delay(TimeSpan.FromMilliseconds(300));
            }

            host.ResponseAudit.ExpectsStorageAway = true;
            foreach (var path in new[] { "/dashboard", "/dashboard/sign-ins", "/dashboard/sign-ins/live" })
            {
                var html = await user.OpenAsync(path);
                Assert.Contains("data-lk-log=\"away\"", html, StringComparison.Ordinal);
                Assert.Contains("Sign-ins go on without it.", html, StringComparison.Ordinal);
                Assert.Contains("could not be recorded since this server started", html, StringComparison.Ordinal);
            }

            // A person is found without the log, and a text under which nothing is stored is looked up in the log.
            using var person = await user.GetAsync("/dashboard/find?q=ada%40acme.example");
            Assert.StartsWith("/dashboard/people", person.Headers.Location!.OriginalString, StringComparison.Ordinal);
            using var find = await user.GetAsync("/dashboard/find?q=unknown%40acme.example");
            Assert.Contains("data-lk-log=\"away\"", await find.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            using var page = await user.GetAsync("/dashboard/sign-ins/req_0000000000000000000000");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, page.StatusCode);
            using var download = await user.GetAsync("/dashboard/sign-ins/download?format=csv");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, download.StatusCode);
            await SignInAsync();
        }
        finally
        {
            Directory.Delete(log);
        }
    }

    private async Task SignInAsync() =>
        Assert.NotEmpty((await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync()).Access);
}
