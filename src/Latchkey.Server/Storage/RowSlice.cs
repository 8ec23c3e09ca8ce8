namespace Latchkey.Server.Storage;

/// <summary>The part of a list that is read: from its beginning, or from a row of it in one of both directions.</summary>
/// <param name="Place">Null at the newest row.</param>
/// <param name="IsNewer">Whether the rows are read that are newer than the place.</param>
internal sealed record RowSlice(RowPlace? Place, bool IsNewer, int Limit)
{
    /// <summary>The end of a query whose rows are ordered by a time and then an id, and which reads one row more than the limit.</summary>
    /// <param name="at">The column of the time.</param>
    /// <param name="id">The column of the id.</param>
    public string End(string at, string id, SqlValues values)
    {
        var (compare, order) = IsNewer ? (">", "ASC") : ("<", "DESC");
        var text = $"ORDER BY {at} {order}, {id} {order} LIMIT @limit";
        values.Add("limit", Limit + 1L);
        if (Place is { } place)
        {
            text = $"AND ({at}, {id}) {compare} (@place_at, @place_id) {text}";
            values.Add("place_at", place.At);
            values.Add("place_id", place.Id);
        }

        return text;
    }

    /// <summary>The page of rows that such a query found, newest first.</summary>
    public RowsOfSlice<T> Of<T>(IReadOnlyList<T> rows)
    {
        var page = rows.Take(Limit);
        return new([.. IsNewer ? page.Reverse() : page], rows.Count > Limit, this);
    }
}

/// <summary>A page of rows, newest first.</summary>
/// <param name="HasMore">Whether there are further rows in the direction of reading.</param>
internal sealed record RowsOfSlice<T>(IReadOnlyList<T> Rows, bool HasMore, RowSlice Slice)
{
    public bool HasOlder => Rows.Count > 0 && (Slice is { IsNewer: true } || HasMore);

    public bool HasNewer => Rows.Count > 0 && Slice.Place is not null && (!Slice.IsNewer || HasMore);
}
