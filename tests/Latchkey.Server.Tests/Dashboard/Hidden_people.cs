using System.Net;
using Latchkey.Server.Dashboard;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;
using Latchkey.Server.Tests.Actors;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Latchkey.Server.Tests.Dashboard;

/// <summary>A host whose viewers see no e-mail addresses of people.</summary>
public sealed class WithHiddenPeople : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { ViewersSeePeople = false });
}

/// <summary>E-mail addresses of people that viewers may not see (Operators:ViewersSeePeople).</summary>
public sealed class Hidden_people(WithHiddenPeople host) : IClassFixture<WithHiddenPeople>
{
    private const string Shown = "a•••@acme.example";

    [Fact]
    public async Task No_page_that_a_viewer_opens_shows_an_address()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var refused = await LoginFlow.AtAsync(host, LoginFlow.AwaitingReturn);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var admin = await DashboardUser.SignInAsync(host, OperatorRole.Admin);
        var seen = await PagesAsync(admin);
        Assert.True(seen.Count(page => page.Html.Contains("ada@acme.example", StringComparison.Ordinal)) >= 6, string.Join(' ', seen));
        foreach (var (path, html) in await PagesAsync(viewer))
        {
            Assert.True(
                !html.Replace(viewer.Operator.Email, "", StringComparison.Ordinal).Contains("ada@acme", StringComparison.OrdinalIgnoreCase)
                && !html.Contains("ada%40acme", StringComparison.OrdinalIgnoreCase) && !html.Contains("Lovelace", StringComparison.Ordinal),
                $"{path}: {html}");
            if (path is "/dashboard/people" or "/dashboard/access" or "/dashboard/sign-ins")
            {
                Assert.Contains(Shown, WebUtility.HtmlDecode(html), StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task A_live_event_shows_a_viewer_no_address()
    {
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        using var events = await EventStream.OpenAsync(viewer, "/dashboard/sign-ins/live.events");
        var tail = host.Services.GetRequiredService<SignInTail>();
        await tail.PollAsync(default);
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        await host.Services.GetRequiredService<SignInRecorder>().FlushAsync(default);
        await tail.PollAsync(default);
        string row;
        do
        {
            row = await events.NextAsync("row");
            Assert.DoesNotContain("ada@acme.example", row, StringComparison.Ordinal);
        }
        while (!row.Contains(Shown, StringComparison.Ordinal));
    }

    [Fact]
    public void Downloads_are_for_a_role_that_sees_people() => Assert.All(
        Routes().Where(route => route.Pattern.EndsWith("/download", StringComparison.Ordinal)),
        route => Assert.True(route.Role > OperatorRole.Viewer));

    [Fact]
    public async Task An_address_that_the_viewer_typed_stays_so_that_filters_work()
    {
        using var flow = await LoginFlow.AtAsync(host, LoginFlow.Exchanged);
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var html = await viewer.OpenAsync("/dashboard/people?email=ada@acme.example");
        Assert.Contains("value=\"ada@acme.example\"", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ada@acme.example", "a•••@acme.example")]
    [InlineData("<a href=\"/x?person=ada%40acme.example&amp;period=30d\">", "<a href=\"/x?person=a•••%40acme.example&amp;period=30d\">")]
    [InlineData("Ada &lt;ada.l&#x2B;x@acme.example&gt;", "Ada &lt;a•••@acme.example&gt;")]
    [InlineData("{\"person\":\"ada@acme.example\"}", "{\"person\":\"a•••@acme.example\"}")]
    [InlineData("{\"text\":\"\\nada@acme.example\"}", "{\"text\":\"\\n•••@acme.example\"}")]
    [InlineData("{\"text\":\"x \\u0041da@acme.example\"}", "{\"text\":\"x •••@acme.example\"}")]
    [InlineData("&#xE9;ve@b&#xFC;ro.example", "•••@b&#xFC;ro.example")]
    [InlineData("?to=ada%40acme.example%2Cbob%40acme.example", "?to=a•••%40acme.example•••%40acme.example")]
    [InlineData("ada@acme.example+bob@acme.example", "a•••@acme.example•••@acme.example")]
    [InlineData("ada&#64;acme.example ada&#x40;acme.example", "a•••&#64;acme.example a•••&#x40;acme.example")]
    [InlineData("{\"person\":\"ada\\u002Bx\\u0040acme.example\"}", "{\"person\":\"a•••\\u0040acme.example\"}")]
    [InlineData("%40ada%40acme.example", "%40a•••%40acme.example")]
    [InlineData("no address @ all", "no address @ all")]
    public async Task An_address_is_shortened_in(string text, string shortened)
    {
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var request = new DashboardRequest(
            new DefaultHttpContext(), new Settings { ViewersSeePeople = false }, host.Clock.GetUtcNow(), viewer.Session, viewer.Token);
        Assert.Equal(shortened, HiddenPeople.Of(request, text));
    }

    [Fact]
    public async Task A_long_text_without_an_address_is_read_once()
    {
        using var viewer = await DashboardUser.SignInAsync(host, OperatorRole.Viewer);
        var request = new DashboardRequest(
            new DefaultHttpContext(), new Settings { ViewersSeePeople = false }, host.Clock.GetUtcNow(), viewer.Session, viewer.Token);
        foreach (var part in new[] { "a.b%", "a&#x2B;", "a\\u0041", "a", "&#x", ";", "@", "%40" })
        {
            var text = string.Concat(Enumerable.Repeat(part, 100_000));
            Assert.Equal(text, HiddenPeople.Of(request, text));
        }
    }

    /// <summary>Every page without a parameter, and every page that one of them leads to.</summary>
    private async Task<List<(string Path, string Html)>> PagesAsync(DashboardUser user)
    {
        var pages = new List<(string, string)>();
        var open = new Queue<string>(Routes()
            .Where(r => r is { Method: "GET", Role: OperatorRole.Viewer } && !r.Pattern.Contains('{', StringComparison.Ordinal))
            .Select(r => r.Pattern));
        var known = open.ToHashSet(StringComparer.Ordinal);
        while (open.TryDequeue(out var path))
        {
            using var response = await user.GetAsync(path);
            if (response.StatusCode != HttpStatusCode.OK || response.Content.Headers.ContentType?.MediaType != "text/html")
            {
                continue;
            }

            var html = await response.Content.ReadAsStringAsync();
            pages.Add((path, html));
            var links = html.Split("href=\"/dashboard").Skip(1).Select(part => "/dashboard" + WebUtility.HtmlDecode(part.Split('"')[0]));
            foreach (var link in links)
            {
                if (known.Count < 150 && !link.Contains('?', StringComparison.Ordinal)
                    && !link.Contains("download", StringComparison.Ordinal) && known.Add(link))
                {
                    open.Enqueue(link);
                }
            }
        }

        return pages;
    }

    private List<DashboardRoute> Routes() =>
    [
        .. host.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Select(e => e.Metadata.GetMetadata<DashboardRoute>()).OfType<DashboardRoute>(),
    ];
}
