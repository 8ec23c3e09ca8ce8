using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>The list of clients.</summary>
internal sealed class ClientListPages(ClientBrowser browser, ClientTrust trust, ConfigurationCache configuration)
{
    private const int PageSize = 50;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/clients");

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapDashboard<ClientListPages>(List, (pages, request) => pages.ShowAsync(request));

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        var filters = new ClientFilters(request.Query, configuration.Current);
        if (!filters.Members.AreClean)
        {
            return await request.RedirectAsync(filters.Members.Url(List.Pattern));
        }

        var rows = await browser.ListAsync(filters.Selection, filters.Members.Slice(PageSize), request.Aborted);
        return request.Page<ClientListPage, ClientListView>(
            "Clients", new(filters, rows, client => ClientLine.Of(client, trust, configuration.Current), configuration.Current));
    }
}

/// <summary>The data of <c>ClientListPage</c>.</summary>
internal sealed record ClientListView(
    ClientFilters Filters, RowsOfSlice<ListedClient> Rows, Func<Client, ClientLine> LineOf, ConfigurationSnapshot Configuration)
{
    public (string? Newer, string? Older) Pages => Filters.Selection.Text is not null ? default
        : FilterMembers.Pages(Rows, row => row.Place(Filters.Selection.IsNewest));

    public bool IsFiltered => Filters.Members.Chips("").Any();
}
