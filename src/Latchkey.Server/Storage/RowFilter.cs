namespace Latchkey.Server.Storage;

/// <summary>
/// The conditions of a filtered list, newest first. The text contains only the filters in use, so that the index of their column is used.
/// Values are parameters; column names come from the code.
/// </summary>
internal sealed class RowFilter
{
    private readonly List<string> conditions = [];

    public SqlValues Values { get; } = [];

    private string Conditions => conditions.Count == 0 ? "1 = 1" : string.Join(" AND ", conditions);

    /// <param name="value">Null when the filter is not in use.</param>
    public RowFilter Is(string column, string name, string? value) => Add(value, $"{column} = @{name}", v => Values.Add(name, v));

    /// <param name="column">A column with lower-case text.</param>
    public RowFilter Holds(string column, string name, string? part) =>
        Add(part, $"{column} LIKE @{name} ESCAPE '\\'", v => Values.Add(name, $"%{Literally(v.ToLowerInvariant())}%"));

    public RowFilter From(string column, string name, DateTimeOffset? from) =>
        from is { } at ? Add("", $"{column} >= @{name}", _ => Values.Add(name, at)) : this;

    public RowFilter Before(string column, string name, DateTimeOffset? before) =>
        before is { } at ? Add("", $"{column} < @{name}", _ => Values.Add(name, at)) : this;

    /// <param name="condition">The caller adds its values.</param>
    public RowFilter And(string condition)
    {
        conditions.Add(condition);
        return this;
    }

    /// <summary>Returns the number of rows and one page of them.</summary>
    public string CountAndPage(string columns, string tables, string at, string id, RowPlace? after, int limit)
    {
        var behind = after is null ? "" : $" AND ({at} < @after_at OR ({at} = @after_at AND {id} < @after_id))";
        var text = $"SELECT COUNT(*) FROM {tables} WHERE {Conditions}; SELECT {columns} FROM {tables} WHERE {Conditions}{behind} "
            + $"ORDER BY {at} DESC, {id} DESC LIMIT @limit";
        Values.Add("limit", limit);
        if (after is { } place)
        {
            Values.Add("after_at", place.At);
            Values.Add("after_id", place.Id);
        }

        return text;
    }

    private RowFilter Add(string? value, string condition, Action<string> add)
    {
        if (value is not null)
        {
            conditions.Add(condition);
            add(value);
        }

        return this;
    }

    private static string Literally(string part) =>
        part.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal)
            .Replace("_", "\\_", StringComparison.Ordinal);
}
