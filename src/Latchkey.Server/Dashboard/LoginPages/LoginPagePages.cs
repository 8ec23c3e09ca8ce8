using Latchkey.Server.ApiClients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Management;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.LoginPages;

/// <summary>The list of login pages, and one of them with the values to copy, its credentials and its reports.</summary>
internal sealed class LoginPagePages(
    ConfigurationCache configuration, LoginPageReports reports, LogReader log, SecretUses secretUses)
{
    public const string ListTitle = "Login pages";

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/login-pages");
    public static readonly DashboardRoute Page = DashboardRoute.Page("/dashboard/login-pages/{conn}");

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<LoginPagePages>(List, (pages, request) => pages.ListAsync(request));
        app.MapDashboard<LoginPagePages>(Page, (pages, request) => pages.ShowAsync(request));
    }

    /// <summary>The name of a login page on screen: its address without scheme and query.</summary>
    public static string NameOf(Connection page)
    {
        var url = new Uri(page.LoginUrl);
        return url.AbsolutePath == "/" ? url.Authority : url.Authority + url.AbsolutePath;
    }

    private async Task<IResult> ListAsync(DashboardRequest request)
    {
        if (ListSlice.Of(request) is not { } slice)
        {
            return await request.RedirectAsync(List.Pattern);
        }

        var current = configuration.Current;
        var page = slice.Of(current.Connections, c => new RowPlace(c.CreatedAt, c.Id.Value));
        var (last, state) = await log.ReadAsync(
            () => reports.LastAsync([.. page.Rows.Select(c => c.Id)], request.Aborted), request.Aborted);
        var servers = current.Resources.ToLookup(r => r.ConnectionId);
        return request.Page<LoginPageListPage, LoginPageList>(ListTitle, new(
            [
                .. page.Rows.Select(c => new LoginPageRow(
                    c, [.. servers[c.Id]], last?.TryGetValue(c.Id.Value, out var at) == true ? at : null))
            ],
            page.Newer, page.Older, state));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        if (configuration.Current.FindConnection(request.Value("conn")) is not { } page)
        {
            return DashboardErrors.NotFound.Page(request);
        }

        var current = configuration.Current;
        var (reported, state) = await log.ReadAsync(() => reports.ReadAsync(page.Id, request.Now, request.Aborted), request.Aborted);
        IReadOnlyList<ApiClient> credentials =
            [.. current.ApiClients.Where(c => c.Role == ApiRole.Login && c.ConnectionIds.Contains(page.Id))];
        return request.Page<LoginPagePage, LoginPageView>($"Login page {NameOf(page)}", new()
        {
            Page = page,
            Servers = [.. current.Resources.Where(r => r.ConnectionId == page.Id)],
            Credentials = credentials,
            HasManagement = current.ApiClients.Any(c => c.Role == ApiRole.Management),
            Uses = await secretUses.OfAsync(credentials.SelectMany(c => c.Secrets), request.Aborted),
            Reports = reported,
            Log = state,
        });
    }
}

/// <summary>The data of <c>LoginPageListPage</c>.</summary>
internal sealed record LoginPageList(IReadOnlyList<LoginPageRow> Rows, string? Newer, string? Older, LogState Log);

/// <param name="LastReport">When the newest sign-in with a report began. Null when the log has none.</param>
internal sealed record LoginPageRow(Connection Page, IReadOnlyList<Resource> Servers, DateTimeOffset? LastReport);

/// <summary>The data of <c>LoginPagePage</c>.</summary>
internal sealed record LoginPageView
{
    public required Connection Page { get; init; }

    /// <summary>The MCP servers that use it.</summary>
    public required IReadOnlyList<Resource> Servers { get; init; }

    /// <summary>The machines of role login that report for it.</summary>
    public required IReadOnlyList<ApiClient> Credentials { get; init; }

    /// <summary>Whether there is a machine of role management, which reports for every login page.</summary>
    public required bool HasManagement { get; init; }
    public required IReadOnlyDictionary<string, DateTimeOffset> Uses { get; init; }

    /// <summary>Null when the log cannot be read.</summary>
    public required ReportsOfLoginPage? Reports { get; init; }
    public required LogState Log { get; init; }
}
