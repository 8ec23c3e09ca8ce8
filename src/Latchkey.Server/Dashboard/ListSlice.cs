using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// The part of a list that a page shows, newest first: 50 rows behind or before a place, which the URL names. There are no page numbers,
/// because new rows would shift them, and counting all rows costs more than reading a page.
/// </summary>
/// <param name="Place">The row beyond which the page begins. Null for the newest rows.</param>
/// <param name="IsNewer">Whether the rows before the place are shown. A query for them sorts in ascending order.</param>
internal sealed record ListSlice(RowPlace? Place, bool IsNewer)
{
    public const int Size = 50;
    private const string OlderName = "after";
    private const string NewerName = "newer";

    /// <summary>One more row than the page shows, which tells whether there are further ones.</summary>
    public static int Limit => Size + 1;

    /// <summary>Returns null when the URL names a place that cannot be read: the page then redirects to its clean URL.</summary>
    public static ListSlice? Of(DashboardRequest request)
    {
        var (older, newer) = (request.Query[OlderName], request.Query[NewerName]);
        return (older, newer) switch
        {
            (null, null) => new(null, IsNewer: false),
            ({ } text, null) when RowPlace.Parse(text) is { } place => new(place, IsNewer: false),
            (null, { } text) when RowPlace.Parse(text) is { } place => new(place, IsNewer: true),
            _ => null,
        };
    }

    /// <summary>The page of a list in memory.</summary>
    public ListPage<T> Of<T>(IEnumerable<T> all, Func<T, RowPlace> placeOf)
    {
        var newestFirst = all.OrderByDescending(row => MillisecondsOf(placeOf(row)))
            .ThenByDescending(row => placeOf(row).Id, StringComparer.Ordinal);
        return Page(
            Place is not { } place ? [.. newestFirst.Take(Limit)]
            : IsNewer ? [.. newestFirst.TakeWhile(row => Compare(placeOf(row), place) > 0).Reverse().Take(Limit)]
            : [.. newestFirst.SkipWhile(row => Compare(placeOf(row), place) >= 0).Take(Limit)],
            placeOf);
    }

    /// <summary>The page of the rows that a query returned, at most <see cref="Limit"/> in the order of reading.</summary>
    public ListPage<T> Page<T>(IReadOnlyList<T> read, Func<T, RowPlace> placeOf)
    {
        var hasMore = read.Count > Size;
        IReadOnlyList<T> rows = [.. IsNewer ? read.Take(Size).Reverse() : read.Take(Size)];
        return rows.Count == 0
            ? new(rows, null, null)
            : new(
                rows,
                Place is not null && (!IsNewer || hasMore) ? $"{NewerName}={placeOf(rows[0]).Token}" : null,
                IsNewer || hasMore ? $"{OlderName}={placeOf(rows[^1]).Token}" : null);
    }

    private static int Compare(RowPlace one, RowPlace other) =>
        MillisecondsOf(one) is var at && MillisecondsOf(other) is var otherAt && at != otherAt
            ? at.CompareTo(otherAt)
            : string.CompareOrdinal(one.Id, other.Id);

    /// <summary>The URL names whole milliseconds.</summary>
    private static long MillisecondsOf(RowPlace place) => place.At.ToUnixTimeMilliseconds();
}

/// <summary>A page of a list.</summary>
/// <param name="Newer">The query of the page with newer rows. Null on the first page.</param>
/// <param name="Older">The query of the page with older rows. Null on the last page.</param>
internal sealed record ListPage<T>(IReadOnlyList<T> Rows, string? Newer, string? Older);
