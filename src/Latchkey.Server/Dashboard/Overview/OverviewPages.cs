using Latchkey.Server.Configuration;

namespace Latchkey.Server.Dashboard.Overview;

/// <summary>The first page of the dashboard.</summary>
internal sealed class OverviewPages(ConfigurationCache configuration)
{
    public static readonly DashboardRoute Overview = DashboardRoute.Page(DashboardPaths.Overview);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<OverviewPages>(Overview, (pages, request) => Task.FromResult(pages.Show(request)));

    private IResult Show(DashboardRequest request)
    {
        var current = configuration.Current;
        return request.Page<OverviewPage, OverviewFacts>(
            "Overview", new(current.Resources.Count, current.Connections.Count, current.ApiClients.Count));
    }
}

internal sealed record OverviewFacts(int Resources, int Connections, int ApiClients);
