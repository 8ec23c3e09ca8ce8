using System.Runtime.CompilerServices;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>The rows of a filter of sign-ins, as a file.</summary>
internal sealed class SignInDownload(
    SignInBrowser browser, LogReader log, SignInSelection selection, ConfigurationSnapshot configuration, bool isJson, DateTimeOffset now)
    : IResult
{
    private static readonly string[] Columns =
    [
        "auth_request_id", "reference", "started_at", "last_at", "outcome", "station", "cause", "person", "client", "client_id",
        "redirect_host", "mcp_server", "network",
    ];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var stop = httpContext.RequestAborted;
        var (first, state) = await log.ReadAsync(() => RowsAsync(place: null, stop), stop);
        if (first is null)
        {
            var response = httpContext.Response;
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync($"The sign-in log cannot be read at present: {state.Failure}", stop);
            return;
        }

        await new RowsDownload("sign-ins", Columns, isJson, now, PagesAsync(first, stop)).ExecuteAsync(httpContext);
    }

    private async IAsyncEnumerable<IReadOnlyList<string?[]>> PagesAsync(
        List<SignInSummary> first, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var rows = first; ;)
        {
            yield return [.. rows.Take(RowsDownload.PageSize).Select(Values)];
            if (rows.Count <= RowsDownload.PageSize)
            {
                yield break;
            }

            var last = rows[RowsDownload.PageSize - 1];
            rows = await RowsAsync(new(last.StartedAt, last.AuthorizationId.Value), stop);
        }
    }

    private Task<List<SignInSummary>> RowsAsync(RowPlace? place, CancellationToken stop) =>
        browser.RowsAsync(selection, new(place, IsNewer: false, RowsDownload.PageSize), stop);

    private string?[] Values(SignInSummary row) =>
    [
        row.AuthorizationId.Value, row.Reference, RowsDownload.Time(row.StartedAt), RowsDownload.Time(row.LastAt),
        row.Outcome is { } outcome ? StoredNames.Of(outcome) : null, row.Station is { } station ? StoredNames.Of(station) : null,
        row.CauseCode, row.Email ?? row.Subject, SignInLine.ClientOf(row), row.ClientId, row.RedirectHost,
        SignInLine.ServerOf(row, configuration), row.Network,
    ];
}
