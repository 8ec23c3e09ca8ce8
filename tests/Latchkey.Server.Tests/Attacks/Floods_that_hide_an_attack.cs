using Latchkey.Server.Authorize;
using Latchkey.Server.LoginRequests;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Limits;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Attacks;

/// <summary>A stranger floods the sign-in log, to hide an attack in it or to fill the database over days.</summary>
public sealed class Floods_that_hide_an_attack(WithSmallBudget host) : IClassFixture<WithSmallBudget>
{
    private const string ConsentPage = "/consent/lri_0000000000000000000000";

    /// <summary>The attacker first causes the same event in a sign-in of his own until it is only counted.</summary>
    [Fact]
    public async Task The_event_of_an_attacked_sign_in_is_recorded_after_a_flood_of_the_same_event()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var (own, _) = await ReportedAsync(company, client);
        var (attacked, loginRequest) = await ReportedAsync(company, client);
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Refusals + 5; i++)
        {
            await Expect.PageAsync(await network.GetAsync(own), 403, "foreign_browser");
        }

        await Expect.PageAsync(await network.GetAsync(attacked), 403, "foreign_browser");
        Assert.Contains("callback.suspicious", await host.SignInEventsAsync(loginRequest), StringComparer.Ordinal);

        // Repeating it leaves no further events.
        await Expect.PageAsync(await network.GetAsync(attacked), 403, "foreign_browser");
        Assert.Single(await host.SignInEventsAsync(loginRequest), name => name == "callback.suspicious");
    }

    /// <summary>Refusals are kept for a month, and an allowance per minute alone makes gigabytes of them.</summary>
    [Fact]
    public async Task Refusals_of_a_whole_day_leave_a_bounded_number_of_events()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var before = await EventsAsync();
        var network = NetworkClient.New(host);
        const int Hours = 3;
        for (var minute = 0; minute < Hours * 60; minute++)
        {
            for (var i = 0; i < WithSmallBudget.Refusals + 2; i++)
            {
                using var refused = await network.GetAsync(ConsentPage);
            }

            host.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        // Three allowances per hour and as many at the beginning, and the first one and the numbers of the floods of each minute.
        Assert.InRange(
            await EventsAsync() - before, WithSmallBudget.Refusals, (3 * (Hours + 1) * WithSmallBudget.Refusals) + (3 * Hours * 60));
    }

    /// <summary>Each deviation of a client is an event of its own, and a request can have all of them.</summary>
    [Fact]
    public async Task The_charged_bytes_cover_what_an_authorization_request_leaves()
    {
        using var still = host.Clock.StandStill();
        host.Refill();
        var client = await McpClient.RegisterAsync(await host.CompanyAsync(), "http://localhost:1/callback", "authorization_code");
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(
            ("resource", null), ("scope", "notes:read unknown offline_access"), ("prompt", "strange"),
            ("login_hint", new string('h', 300))));
        var quirks = (await host.SignInEventsAsync(redirect.LoginRequestId)).Count - 1;
        Assert.InRange(quirks, 4, 5);
        var id = LoginRequestId.Parse(redirect.LoginRequestId)!.Value;
        var request = (await host.Services.GetRequiredService<LoginRequestStore>().FindAsync(id, CancellationToken.None))!.Details;
        var row = await SumAsync(
            host.Services.GetRequiredService<Databases>().Main,
            $"SELECT LENGTH(request) + 300 FROM login_requests WHERE id = '{id}'");
        const int BytesPerRow = 150;
        var events = await SumAsync(
            host.Services.GetRequiredService<Databases>().SignIns,
            $"SELECT SUM(LENGTH(events) + {BytesPerRow}) FROM journey_events WHERE login_request_id = '{id}'");
        Assert.InRange(row + events, 1, LoginRequestRow.StoredBytes(request.Request) + AuthorizeFlow.BytesOf(quirks));
    }

    private static Task<long> SumAsync(IDatabase database, string sql) => database.ReadAsync(
        sql,
        [],
        static reader =>
        {
            reader.Read();
            return reader.GetInt64(0);
        },
        CancellationToken.None);

    private async Task<(string CallbackPath, string LoginRequest)> ReportedAsync(Company company, McpClient client)
    {
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        return ((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath, redirect.LoginRequestId);
    }

    private async Task<long> EventsAsync()
    {
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(CancellationToken.None);
        return await SumAsync(
            host.Services.GetRequiredService<Databases>().SignIns,
            "SELECT COUNT(*) FROM journey_events e, json_each(e.events) s WHERE s.value->>1 = 'consent.refused'");
    }
}
