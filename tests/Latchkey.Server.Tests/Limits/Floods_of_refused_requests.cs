using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Limits;

/// <summary>
/// A flood of refused requests becomes one event with their number. It cannot fill the sign-in log, and the events of a sign-in that is
/// attacked at the same time are kept.
/// </summary>
public sealed class Floods_of_refused_requests(WithSmallBudget host) : IClassFixture<WithSmallBudget>
{
    private const string ConsentPage = "/consent/lri_0000000000000000000000";

    [Fact]
    public async Task A_flood_is_recorded_as_single_events_up_to_the_allowance_and_then_as_one_with_their_number()
    {
        using var still = host.Clock.StandStill();
        var network = NetworkClient.New(host);
        var references = new List<string>();
        for (var i = 0; i < WithSmallBudget.Refusals + 5; i++)
        {
            references.Add(await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser"));
        }

        // Each single event has a reference of its own, and the flood has one.
        Assert.Equal(WithSmallBudget.Refusals + 1, references.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(references[0]));
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(references[^1]));

        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["consent.refused", "consent.refused"], await host.SignInEventsAsync(references[^1]));
        var counted = await DetailsAsync(references[^1]);
        Assert.StartsWith($"4 more requests from {network.Address} were refused", counted[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_beyond_the_budget_are_counted_too()
    {
        using var still = host.Clock.StandStill();
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Requests / 5; i++)
        {
            using var page = await network.GetAsync(ConsentPage);
        }

        var reference = "";
        for (var i = 0; i < 30; i++)
        {
            reference = await Expect.PageAsync(await network.GetAsync(ConsentPage), 429, "too_many_requests");
        }

        host.Clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(["consent.refused", "consent.refused"], await host.SignInEventsAsync(reference));
        Assert.StartsWith("29 more requests", (await DetailsAsync(reference))[^1], StringComparison.Ordinal);
    }

    /// <summary>An attacker could otherwise hide the callback of a copied link behind a flood of other refusals.</summary>
    [Fact]
    public async Task The_events_of_an_attacked_sign_in_are_recorded_during_a_flood_of_the_same_network()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();

        // The other tests share this address and its budget.
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var client = await McpClient.RegisterAsync(company);
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        using var victim = new Browser(host);
        var redirect = await victim.StartAsync(client.Authorize());
        var report = await company.ReportAsync(redirect.LoginRequestId);
        var network = NetworkClient.New(host);
        for (var i = 0; i < WithSmallBudget.Refusals + 5; i++)
        {
            using var refused = await network.GetAsync($"/sso/v1/connections/{company.ConnectionId}/partner:callback?state=x");
        }

        await Expect.PageAsync(await network.GetAsync(report.CallbackPath), 403, "foreign_browser");
        Assert.Contains("callback.suspicious", await host.SignInEventsAsync(redirect.LoginRequestId), StringComparer.Ordinal);
    }

    /// <summary>Any web page can cause requests of its visitors that are not navigations.</summary>
    [Fact]
    public async Task A_flood_of_one_kind_leaves_the_allowance_of_other_kinds()
    {
        using var still = host.Clock.StandStill();
        var network = NetworkClient.New(host);
        for (var i = 0; i < 3 * WithSmallBudget.Refusals; i++)
        {
            using var image = await network.SendAsync(
                HttpMethod.Get, ConsentPage, content: null, authorization: null, ("Sec-Fetch-Dest", "image"));
            Assert.Equal(403, (int)image.StatusCode);
        }

        var first = await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser");
        var second = await Expect.PageAsync(await network.GetAsync(ConsentPage), 403, "foreign_browser");
        Assert.NotEqual(first, second);
        Assert.Equal(["consent.refused"], await host.SignInEventsAsync(second));
    }

    /// <summary>A stranger's own login request is no way around the allowance.</summary>
    [Fact]
    public async Task Repeated_callbacks_before_the_report_leave_a_bounded_number_of_events()
    {
        using var still = host.Clock.StandStill();
        var company = await host.CompanyAsync();

        // The other tests share this address and its budget.
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        var client = await McpClient.RegisterAsync(company);
        host.Clock.Advance(TimeSpan.FromMinutes(2));
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        for (var i = 0; i < 18; i++)
        {
            using var early = await browser.GetAsync(
                $"/sso/v1/connections/{company.ConnectionId}/partner:callback?state={Uri.EscapeDataString(redirect.State)}");
        }

        var events = await host.SignInEventsAsync(redirect.LoginRequestId);
        Assert.Equal(WithSmallBudget.Refusals, events.Count(name => name == "callback.not_reported"));
    }

    private async Task<List<string>> DetailsAsync(string reference) =>
        [
            .. (await host.Services.GetRequiredService<SignInStore>().FindAsync(reference, CancellationToken.None))!
                .Events.Select(e => e.Detail),
        ];
}
