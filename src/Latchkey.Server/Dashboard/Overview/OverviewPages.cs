using System.Collections.Concurrent;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Access;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Dashboard.Webhooks;
using Latchkey.Server.Grants;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard.Overview;

/// <summary>
/// The first page of the dashboard: what needs the operator, and how sign-ins went. Its numbers are read every 10 s at most.
/// </summary>
internal sealed class OverviewPages(LogReader log, EndedSignIns counts, AccessCounts access, ConfigurationCache configuration)
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<(string Period, string? Server), (DateTimeOffset At, OverviewNumbers Numbers)> cached = new();

    /// <summary>The MCP servers without a login page that the overview names.</summary>
    private const int MaxShown = 5;

    public static readonly DashboardRoute Overview = DashboardRoute.Page(DashboardPaths.Overview);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<OverviewPages>(Overview, (pages, request) => pages.ShowAsync(request));

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        var (period, server) = (request.Query["period"], request.Query["server"]);
        var chosen = OverviewSpan.Periods.FirstOrDefault(p => p.Name == (period ?? Period.Day.Name));
        var resource = ResourceId.Parse(server) is { } id ? configuration.Current.Find(id) : null;
        if (chosen is null || (server is not null && resource is null))
        {
            return await request.RedirectAsync(Overview.Pattern);
        }

        var span = new OverviewSpan(chosen, request.Now);
        var (numbers, state) = await NumbersAsync(span, resource?.Id.Value, request);
        return request.Page<OverviewPage, OverviewView>(
            "Overview", new(span, resource, configuration.Current.Resources, numbers, state, await access.NewestAsync(request.Aborted))
            {
                WithoutLoginPage =
                [
                    .. configuration.Current.Resources
                        .Where(r => (resource is null || r == resource) && configuration.Current.UsableConnectionOf(r) is null)
                        .Take(MaxShown).Select(r => KeyValuePair.Create(r.Id.Value, r.Name)),
                ],
                FailedWebhooks =
                [
                    .. configuration.Current.Webhooks.Where(e => e is { IsEnabled: false, DisabledReason: not null })
                        .Select(e => (e.Id.Value, WebhookPages.NameOf(e), e.DisabledReason!)),
                ],
            });
    }

    private async Task<(OverviewNumbers? Numbers, LogState State)> NumbersAsync(
        OverviewSpan span, string? resource, DashboardRequest request)
    {
        var key = (span.Period.Name, resource);
        if (cached.TryGetValue(key, out var kept) && request.Now - kept.At < MaxAge && request.Now >= kept.At)
        {
            return (kept.Numbers, log.State);
        }

        var (numbers, state) = await log.ReadAsync(() => ReadAsync(span, resource, request.Aborted), request.Aborted);
        if (numbers is not null)
        {
            cached[key] = (request.Now, numbers);
        }

        return (numbers, state);
    }

    private async Task<OverviewNumbers> ReadAsync(OverviewSpan span, string? resource, CancellationToken stop)
    {
        var (slots, families) = await counts.ReadAsync(span.Size, span.Former, span.From, resource, stop);
        var (running, newest) = await counts.ReadNewestAsync(span.Start, resource, OverviewNumbers.CodesOf(families), stop);
        return new(span, slots, families, running, newest);
    }
}

/// <summary>The data of <c>OverviewPage</c>.</summary>
/// <param name="Server">Null for all MCP servers.</param>
/// <param name="Numbers">Null when the log cannot be read.</param>
/// <param name="Access">Null while it is counted for the first time.</param>
internal sealed record OverviewView(
    OverviewSpan Span, Resource? Server, IReadOnlyList<Resource> Servers, OverviewNumbers? Numbers, LogState Log,
    AccessNumbers? Access)
{
    /// <summary>Id and name of MCP servers that people cannot sign in to.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> WithoutLoginPage { get; init; } = [];

    /// <summary>Id, name and reason of the webhook endpoints that the server disabled.</summary>
    public IReadOnlyList<(string Id, string Name, string Reason)> FailedWebhooks { get; init; } = [];

    /// <summary>The problems that no number of sign-ins shows.</summary>
    public int Faults => WithoutLoginPage.Count + FailedWebhooks.Count;

    public string PathOf(Period period) => Server is null
        ? $"{DashboardPaths.Overview}?period={period.Name}"
        : $"{DashboardPaths.Overview}?period={period.Name}&server={Server.Id}";

    /// <summary>The number of live accesses. Null while it is counted for the first time.</summary>
    public long? LiveAccess => Access is null ? null : Server is null ? Access.All : Access.OfResources.GetValueOrDefault(Server.Id.Value);

    public string AccessPath => Server is null ? AccessPages.List.Pattern : $"{AccessPages.List.Pattern}?server={Server.Id}";

    /// <summary>The list of sign-ins of the same period and server.</summary>
    public string ListOf(string filters)
    {
        var server = Server is null ? "" : $"&server={Server.Id}";
        return $"{SignInListPages.List.Pattern}?{filters}&period={Span.Period.Name}{server}";
    }
}
