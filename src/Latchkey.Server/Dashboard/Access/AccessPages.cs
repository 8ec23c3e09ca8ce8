using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.Clients;
using Latchkey.Server.Dashboard.Forms;
using Latchkey.Server.Grants;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Operators;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.Access;

/// <summary>
/// Who has access by which client to which MCP server: live accesses by their last use, ended ones by their end; one of them; and its end.
/// An access is a grant.
/// </summary>
internal sealed class AccessPages(GrantBrowser browser, AccessAdministration administration, ConfigurationCache configuration)
{
    private const int PageSize = 50;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/access");
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/access/{grant}");
    public static readonly DashboardRoute EndPage = DashboardRoute.Page("/dashboard/access/{grant}/end", OperatorRole.Admin);
    public static readonly DashboardRoute End = DashboardRoute.Post("/dashboard/access/{grant}/end", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<AccessPages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<AccessPages>(Page, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<AccessPages>(EndPage, (pages, request) => pages.AskToEndAsync(request));
        app.MapDashboard<AccessPages>(End, (pages, request) => pages.EndAsync(request));
    }

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        var filters = new AccessFilters(request.Query, configuration.Current);
        if (!filters.Members.AreClean)
        {
            return await request.RedirectAsync(filters.Members.Url(List.Pattern));
        }

        var rows = await browser.ListAsync(filters.Selection, filters.Members.Slice(PageSize), request.Now, request.Aborted);
        return request.Page<AccessListPage, AccessListView>("Access", new(filters, rows, configuration.Current));
    }

    private async Task<ListedGrant?> OfAsync(DashboardRequest request) =>
        GrantId.Parse(request.Value("grant")) is { } id ? await browser.FindAsync(id, request.Aborted) : null;

    private async Task<IResult> ShowAsync(DashboardRequest request) => await OfAsync(request) is { } found
        ? request.Page<AccessPage, AccessView>("Access", new(found, configuration.Current))
        : AccessErrors.Gone.Page(request);

    private async Task<IResult> AskToEndAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } found)
        {
            return AccessErrors.Gone.Page(request);
        }

        if (!found.Found.IsLive)
        {
            return await request.RedirectAsync(DashboardPaths.Access(found.Grant.Id));
        }

        var view = new AccessView(found, configuration.Current);
        var person = request.SeesPeople ? found.Found.User.Email : "The person";
        return request.Ask(new()
        {
            Title = "End this access?",
            Parent = "Access",
            CancelPath = DashboardPaths.Access(found.Grant.Id),
            Ends =
            [
                $"{person} loses access to {view.Server} by {view.Client} at once. "
                    + $"Tokens at the MCP server live up to {view.TokenLifetime} more.",
            ],
            Stays = "The same person can connect again. To prevent that, block the client, or remove the person at your login page.",
            Route = End,
            Id = found.Grant.Id.Value,
            Verb = "End this access",
            AsksReason = true,
        });
    }

    private async Task<IResult> EndAsync(DashboardRequest request)
    {
        if (await OfAsync(request) is not { } found)
        {
            return AccessErrors.Gone.Page(request);
        }

        return await administration.EndGrantAsync(request.ActorWithReason(), found.Grant.Id.Value, request.Aborted) is { } problem
            ? DashboardErrors.Of(problem).Page(request)
            : await request.RedirectAsync(DashboardPaths.Access(found.Grant.Id), "This access has ended.");
    }
}

/// <summary>Refusals of the pages about accesses.</summary>
internal static class AccessErrors
{
    public static readonly DashboardError Gone = new(
        404, "access_gone", "There is no access with this id", "It ended long ago and was deleted, or the person was erased.",
        "Look in the list.");
}

/// <summary>The data of <c>AccessListPage</c>.</summary>
internal sealed record AccessListView(AccessFilters Filters, RowsOfSlice<ListedGrant> Rows, ConfigurationSnapshot Configuration)
{
    public (string? Newer, string? Older) Pages => FilterMembers.Pages(
        Rows, row => row.Place(Filters.Selection.AreEnded));
}

/// <summary>The data of <c>AccessPage</c>.</summary>
internal sealed record AccessView(ListedGrant Row, ConfigurationSnapshot Configuration)
{
    public Grant Grant => Row.Grant;

    public string Client => ClientLine.NameOf(Row.Client, Grant.ClientId);

    public string Server => Configuration.Find(Grant.ResourceId)?.Name ?? Grant.ResourceId.Value;

    public string TokenLifetime => Dashboard.SignIns.SignInWords.Of(
        Configuration.Find(Grant.ResourceId)?.AccessTokenLifetime ?? TimeSpan.FromMinutes(5));

    /// <summary>The permissions with the sentences that people read.</summary>
    public IEnumerable<(string Name, string? Sentence)> Permissions => Grant.Scope.Select(name =>
        (name, Configuration.Find(Grant.ResourceId)?.Scopes.FirstOrDefault(s => s.Name == name)?.Description));
}
