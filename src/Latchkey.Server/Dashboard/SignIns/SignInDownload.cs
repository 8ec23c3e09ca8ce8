using System.Globalization;
using System.Text;
using Latchkey.Server.Configuration;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard.SignIns;

/// <summary>
/// The rows of a filter as CSV or JSON, read and sent in pages, so that memory does not grow with their number. A cell that a spreadsheet
/// would run as a formula begins with an apostrophe.
/// </summary>
internal sealed class SignInDownload(
    SignInBrowser browser, LogReader log, SignInSelection selection, ConfigurationSnapshot configuration, bool isJson, DateTimeOffset now)
    : IResult
{
    public const int MaxRows = 100_000;
    private const int PageSize = 1_000;

    private static readonly string[] Columns =
    [
        "auth_request_id", "reference", "started_at", "last_at", "outcome", "station", "cause", "person", "client", "client_id",
        "redirect_host", "mcp_server", "network",
    ];

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var stop = httpContext.RequestAborted;
        var (first, state) = await log.ReadAsync(() => RowsAsync(place: null, stop), stop);
        var response = httpContext.Response;
        if (first is null)
        {
            response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            response.ContentType = "text/plain; charset=utf-8";
            await response.WriteAsync($"The sign-in log cannot be read at present: {state.Failure}", stop);
            return;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"sign-ins-{now.UtcDateTime:yyyyMMdd-HHmm}.{(isJson ? "json" : "csv")}");
        response.ContentType = isJson ? "application/json; charset=utf-8" : "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
        response.Headers.XContentTypeOptions = "nosniff";
        await response.WriteAsync(isJson ? "[" : string.Join(',', Columns) + "\r\n", stop);
        await WriteAsync(response, first, stop);
        await response.WriteAsync(isJson ? "]\n" : "", stop);
    }

    private async Task WriteAsync(HttpResponse response, List<SignInSummary> first, CancellationToken stop)
    {
        var text = new StringBuilder();
        var written = 0;
        for (var rows = first; ;)
        {
            foreach (var row in rows.Take(Math.Min(PageSize, MaxRows - written)))
            {
                text.Append(isJson ? (written == 0 ? "\n" : ",\n") + Json(row) : Csv(row));
                written++;
            }

            await response.WriteAsync(text.ToString(), stop);
            text.Clear();
            if (rows.Count <= PageSize || written >= MaxRows)
            {
                return;
            }

            var last = rows[PageSize - 1];
            rows = await RowsAsync(new(last.StartedAt, last.AuthorizationId.Value), stop);
        }
    }

    private Task<List<SignInSummary>> RowsAsync(RowPlace? place, CancellationToken stop) =>
        browser.RowsAsync(selection, new(place, IsNewer: false, PageSize), stop);

    private string?[] Values(SignInSummary row) =>
    [
        row.AuthorizationId.Value, row.Reference, Time(row.StartedAt), Time(row.LastAt),
        row.Outcome is { } outcome ? StoredNames.Of(outcome) : null, row.Station is { } station ? StoredNames.Of(station) : null,
        row.CauseCode, row.Email ?? row.Subject, SignInLine.ClientOf(row), row.ClientId, row.RedirectHost,
        SignInLine.ServerOf(row, configuration), row.Network,
    ];

    private string Json(SignInSummary row)
    {
        var values = Values(row);
        return SignInJson.Write(json =>
        {
            json.WriteStartObject();
            for (var i = 0; i < Columns.Length; i++)
            {
                json.WriteString(Columns[i], values[i]);
            }

            json.WriteEndObject();
        });
    }

    private string Csv(SignInSummary row) => string.Join(',', Values(row).Select(Cell)) + "\r\n";

    /// <summary>Quoted (RFC 4180). Spreadsheets take text that begins with one of these characters for a formula.</summary>
    internal static string Cell(string? value)
    {
        var text = value ?? "";
        var harmless = text.TrimStart() is ['=' or '+' or '-' or '@', ..] || text is ['\t' or '\r' or '\n', ..] ? "'" + text : text;
        return harmless.AsSpan().IndexOfAny("\",\r\n'") < 0 ? harmless : $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    private static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);
}
