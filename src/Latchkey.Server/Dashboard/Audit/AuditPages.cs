using System.Globalization;
using System.Runtime.CompilerServices;
using Latchkey.Server.Audit;
using Latchkey.Server.Configuration;
using Latchkey.Server.Dashboard.SignIns;
using Latchkey.Server.Operators;

namespace Latchkey.Server.Dashboard.Audit;

/// <summary>The audit log: who changed what, before and after; whether its chain is whole; and a download.</summary>
internal sealed class AuditPages(AuditBrowser browser, AuditCheck check, OperatorStore operators, ConfigurationCache configuration)
{
    private const int PageSize = 50;

    public static readonly DashboardRoute List = DashboardRoute.Page("/dashboard/audit");
    public static readonly DashboardRoute Download = DashboardRoute.Page("/dashboard/audit/download", OperatorRole.Admin);

    private static readonly string[] Columns = ["position", "id", "at", "actor", "action", "target", "detail", "hash"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapDashboard<AuditPages>(List, (pages, request) => pages.ShowAsync(request));
        app.MapDashboard<AuditPages>(Download, (pages, request) => Task.FromResult(pages.Save(request)));
    }

    private async Task<IResult> ShowAsync(DashboardRequest request)
    {
        var names = new AuditNames(await operators.AllAsync(request.Aborted), configuration.Current);
        var filters = new AuditFilters(request.Query, names.Of, request.Now);
        if (!filters.AreClean)
        {
            return await request.RedirectAsync(filters.Members.Url(List.Pattern));
        }

        var rows = await browser.ListAsync(filters.Selection, filters.Before, PageSize, request.Aborted);
        return request.Page<AuditPage, AuditView>("Audit log", new()
        {
            Filters = filters,
            Entries = [.. rows.Take(PageSize)],
            HasOlder = rows.Count > PageSize,
            State = await check.GoOnAsync(request.Aborted),
            Names = names,
        });
    }

    private IResult Save(DashboardRequest request)
    {
        var filters = new AuditFilters(request.Query, id => id, request.Now);
        return new RowsDownload(
            "audit", Columns, request.Query["format"] == "json", request.Now, PagesAsync(filters.Selection, request.Aborted));
    }

    private async IAsyncEnumerable<IReadOnlyList<string?[]>> PagesAsync(
        AuditSelection selection, [EnumeratorCancellation] CancellationToken stop)
    {
        for (long? before = null; ;)
        {
            var rows = await browser.ListAsync(selection, before, RowsDownload.PageSize, stop);
            yield return [.. rows.Take(RowsDownload.PageSize).Select(Values)];
            if (rows.Count <= RowsDownload.PageSize)
            {
                yield break;
            }

            before = rows[RowsDownload.PageSize - 1].Position;
        }
    }

    private static string?[] Values(AuditEntry entry) =>
    [
        entry.Position.ToString(CultureInfo.InvariantCulture), entry.Id.Value, RowsDownload.Time(entry.At), entry.Actor, entry.Action,
        entry.Target, entry.Detail, Convert.ToHexStringLower(entry.Hash),
    ];
}

/// <summary>The filters of the audit log.</summary>
internal sealed class AuditFilters
{
    private readonly bool hasBefore;

    /// <param name="nameOf">The words of an id.</param>
    public AuditFilters(RequestParameters query, Func<string, string> nameOf, DateTimeOffset now)
    {
        Members = new(query);
        var actor = Members.One("actor", "Who", FilterMembers.Text, id => $"Who: {nameOf(id)}");
        var action = Members.Choice("action", "What", AuditNames.Actions);
        var target = Members.One("target", "On", text => text.Length <= ClientIdUrl.MaxLength ? FilterMembers.Text(text.Trim()) : null,
            id => $"On: {nameOf(id)}");
        var period = Members.Choice("period", "Time", Periods);
        Selection = new(actor, action, target)
        {
            From = Period.All.FirstOrDefault(p => p.Name == period) is { } span ? now - span.Length : null,
        };
        if (long.TryParse(query["before"], NumberStyles.None, CultureInfo.InvariantCulture, out var position))
        {
            (Before, hasBefore) = (position, true);
        }
    }

    public static IReadOnlyList<KeyValuePair<string, string>> Periods { get; } =
        [.. Period.All.Select(p => KeyValuePair.Create(p.Name, $"Last {p.Words}"))];

    public FilterMembers Members { get; }

    public AuditSelection Selection { get; }

    /// <summary>The position before which the page begins.</summary>
    public long? Before { get; }

    public bool AreClean => Members.AreCleanWith(hasBefore ? 1 : 0);
}

/// <summary>The data of <c>AuditPage</c>.</summary>
internal sealed record AuditView
{
    public required AuditFilters Filters { get; init; }
    public required IReadOnlyList<AuditEntry> Entries { get; init; }
    public required bool HasOlder { get; init; }
    public required AuditState State { get; init; }
    public required AuditNames Names { get; init; }

    public string? Older => !HasOlder ? null
        : $"before={Entries[^1].Position.ToString(CultureInfo.InvariantCulture)}";
}
