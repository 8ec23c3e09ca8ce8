using System.Globalization;
using System.Text;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// The rows of a list as CSV or JSON, read and sent in pages, so that memory does not grow with their number. A cell that a spreadsheet
/// would run as a formula begins with an apostrophe.
/// </summary>
internal sealed class RowsDownload(
    string name, IReadOnlyList<string> columns, bool isJson, DateTimeOffset now, IAsyncEnumerable<IReadOnlyList<string?[]>> pages)
    : IResult
{
    public const int MaxRows = 100_000;
    public const int PageSize = 1_000;

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var (stop, response) = (httpContext.RequestAborted, httpContext.Response);
        var file = string.Create(CultureInfo.InvariantCulture, $"{name}-{now.UtcDateTime:yyyyMMdd-HHmm}.{(isJson ? "json" : "csv")}");
        response.ContentType = isJson ? "application/json; charset=utf-8" : "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
        response.Headers.XContentTypeOptions = "nosniff";
        await response.WriteAsync(isJson ? "[" : string.Join(',', columns) + "\r\n", stop);
        var written = 0;
        await foreach (var page in pages.WithCancellation(stop))
        {
            var text = new StringBuilder();
            foreach (var row in page.Take(MaxRows - written))
            {
                text.Append(isJson ? (written == 0 ? "\n" : ",\n") + Json(row) : string.Join(',', row.Select(Cell)) + "\r\n");
                written++;
            }

            await response.WriteAsync(text.ToString(), stop);
            if (written >= MaxRows)
            {
                break;
            }
        }

        await response.WriteAsync(isJson ? "]\n" : "", stop);
    }

    /// <summary>Quoted (RFC 4180). Spreadsheets take text that begins with one of these characters for a formula.</summary>
    internal static string Cell(string? value)
    {
        var text = value ?? "";
        var harmless = text.TrimStart() is ['=' or '+' or '-' or '@', ..] || text is ['\t' or '\r' or '\n', ..] ? "'" + text : text;
        return harmless.AsSpan().IndexOfAny("\",\r\n'") < 0 ? harmless : $"\"{harmless.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }

    public static string? Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    private string Json(string?[] row) => SignInJson.Write(json =>
    {
        json.WriteStartObject();
        for (var i = 0; i < columns.Count; i++)
        {
            json.WriteString(columns[i], row[i]);
        }

        json.WriteEndObject();
    });
}
