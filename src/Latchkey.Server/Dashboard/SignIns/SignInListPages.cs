using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Operators;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The list of sign-ins, the same with the live tail, and its download.</summary>
internal sealed class SignInListPages(
    LogReader log, SignInBrowser browser, SignInList refusals, KnownClients known, ConfigurationCache configuration)
{
    private const int PageSize = 50;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/sign-ins");
    public static readonly DashboardRoute Live = DashboardRoute.Page("/dashboard/sign-ins/live");
    public static readonly DashboardRoute Download = DashboardRoute.Page("/dashboard/sign-ins/download", OperatorRole.Admin);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<SignInListPages>(List, (pages, request) => pages.ShowAsync(request, isLive: false));
        app.MapDashboard<SignInListPages>(Live, (pages, request) => pages.ShowAsync(request, isLive: true));
        app.MapDashboard<SignInListPages>(Download, (pages, request) => Task.FromResult(pages.Save(request)));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request, bool isLive)
    {
        var filters = SignInFilters.Read(request.Query, configuration.Current, request.Now);
        var path = isLive ? Live.Pattern : List.Pattern;
        if (!filters.IsClean || (isLive && (filters.After ?? filters.Newer) is not null))
        {
            return await request.RedirectAsync(filters.Url(path));
        }

        var (shown, state) = await log.ReadAsync(() => ReadAsync(filters, request.Aborted), request.Aborted);
        return request.Page<SignInListPage, SignInListView>("Sign-ins", new()
        {
            Filters = filters,
            Path = path,
            IsLive = isLive,
            Log = state,
            Listing = shown?.Listing,
            Lines = shown?.Lines ?? [],
            Options = new(configuration.Current, known),
        });
    }

    private async Task<Read> ReadAsync(SignInFilters filters, CancellationToken cancellationToken)
    {
        var slice = new RowSlice(filters.After ?? filters.Newer, filters is { After: null, Newer: not null }, PageSize);
        var listing = await browser.ReadAsync(filters.Selection, slice, cancellationToken);
        var causes = await refusals.RefusalsAsync(listing.SignIns, cancellationToken);
        return new(listing, [.. listing.SignIns.Select(s => SignInLine.Of(s, causes[s.AuthorizationId], configuration.Current))]);
    }

    private IResult Save(DashboardRequest request)
    {
        // The format is not a filter.
        var isJson = request.Query["format"] == "json";
        var filters = SignInFilters.Read(request.Query, configuration.Current, request.Now);
        return new SignInDownload(browser, log, filters.Selection, configuration.Current, isJson, request.Now);
    }

    private sealed record Read(SignInListing Listing, IReadOnlyList<SignInLine> Lines);
}

/// <summary>The data of <c>SignInListPage</c>.</summary>
internal sealed record SignInListView
{
    public required SignInFilters Filters { get; init; }
    public required string Path { get; init; }
    public required bool IsLive { get; init; }
    public required LogState Log { get; init; }

    /// <summary>Null when the log cannot be read.</summary>
    public required SignInListing? Listing { get; init; }
    public required IReadOnlyList<SignInLine> Lines { get; init; }
    public required FilterOptions Options { get; init; }

    public bool HasOlder => Lines.Count > 0 && (Filters is { After: null, Newer: not null } || Listing!.HasMore);

    public bool HasNewer => Lines.Count > 0 && (Filters.After is not null || (Filters.Newer is not null && Listing!.HasMore));
}
