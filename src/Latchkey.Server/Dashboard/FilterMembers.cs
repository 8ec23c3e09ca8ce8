using Latchkey.Server.Storage;

namespace Latchkey.Server.Dashboard;

/// <summary>
/// The filters of a list, which are all in its URL: the members of the query that were read. A member that is unknown or has an impossible
/// value is dropped, and the browser is led to the URL without it.
/// </summary>
internal sealed class FilterMembers(RequestParameters query)
{
    private const int MaxTextLength = 320;

    private readonly List<(string Name, string Value, string Words)> members = [];

    /// <summary>The list is read from here to older rows.</summary>
    public RowPlace? After { get; } = RowPlace.Parse(query["after"] ?? "");

    /// <summary>The list is read from here to newer rows.</summary>
    public RowPlace? Newer { get; } = RowPlace.Parse(query["newer"] ?? "");

    /// <summary>Whether every member of the query was used, once all filters were read.</summary>
    public bool AreClean => AreCleanWith((After is null ? 0 : 1) + (Newer is null ? 0 : 1));

    /// <param name="others">The number of further members that were used.</param>
    public bool AreCleanWith(int others) => query.Everything.Count() == members.Count + others;

    public RowSlice Slice(int limit) => new(After ?? Newer, this is { After: null, Newer: not null }, limit);

    public IReadOnlyList<string> Values(string name) => [.. members.Where(m => m.Name == name).Select(m => m.Value)];

    public string? Value(string name) => members.Find(m => m.Name == name).Value;

    /// <summary>The filters in words, each with the URL of the list without it.</summary>
    /// <param name="without">The members that have a control of their own.</param>
    public IReadOnlyList<KeyValuePair<string, string>> Chips(string path, params ReadOnlySpan<string> without)
    {
        var chips = new List<KeyValuePair<string, string>>();
        foreach (var chip in members)
        {
            if (!without.Contains(chip.Name))
            {
                chips.Add(KeyValuePair.Create(chip.Words, Url(path, members.Where(m => m != chip).Select(m => (m.Name, m.Value)))));
            }
        }

        return chips;
    }

    /// <summary>The URL of a page with these filters and one more member.</summary>
    public string Url(string path, string? name = null, string? value = null) => Url(
        path, members.Where(m => m.Name != name).Select(m => (m.Name, m.Value))
            .Concat(name is null || value is null ? [] : [(name, value)]));

    /// <summary>The member of the query that leads to each neighbouring page, null when there is none.</summary>
    public static (string? Newer, string? Older) Pages<T>(RowsOfSlice<T> rows, Func<T, RowPlace> place) => (
        rows.HasNewer ? $"newer={place(rows.Rows[0]).Token}" : null, rows.HasOlder ? $"after={place(rows.Rows[^1]).Token}" : null);

    /// <summary>Reads a member that may be repeated.</summary>
    /// <param name="read">Returns the value in its one form, or null when it is impossible.</param>
    public List<string> Several(string name, string label, int most, Func<string, string?> read, Func<string, string> words)
    {
        var values = query.All(name).Select(read).OfType<string>().Distinct(StringComparer.Ordinal).Take(most).ToList();
        members.AddRange(values.Select(value => (name, value, $"{label}: {words(value)}")));
        return values;
    }

    /// <param name="words">The words of the chip. Null for the label and the value.</param>
    public string? One(string name, string label, Func<string, string?> read, Func<string, string>? words = null)
    {
        if (query[name] is { } sent && read(sent) is { } value)
        {
            members.Add((name, value, words is null ? $"{label}: {value}" : words(value)));
            return value;
        }

        return null;
    }

    /// <summary>One of a few values.</summary>
    public string? Choice(string name, string label, IReadOnlyList<KeyValuePair<string, string>> options) => One(
        name, label, value => options.Any(o => o.Key == value) ? value : null,
        value => $"{label}: {options.First(o => o.Key == value).Value}");

    public static string? Text(string text) => text.Length <= MaxTextLength && !text.Any(char.IsControl) ? text : null;

    private static string Url(string path, IEnumerable<(string Name, string Value)> members)
    {
        var query = string.Join('&', members.Select(m => $"{m.Name}={Uri.EscapeDataString(m.Value)}"));
        return query.Length == 0 ? path : $"{path}?{query}";
    }
}
