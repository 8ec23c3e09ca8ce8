using System.Globalization;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Management;

/// <summary>The requested rows of a list: <paramref name="Size"/> rows after <paramref name="After"/>.</summary>
internal sealed record RowPage(int Size, RowPlace? After)
{
    /// <summary>One more row than the page has, which shows whether there is a next page.</summary>
    public int Limit => Size + 1;

    public Page<T> Of<T>(IReadOnlyList<T> rows, Func<T, RowPlace> place) =>
        rows.Count <= Size ? new(rows, "") : new([.. rows.Take(Size)], place(rows[Size - 1]).Token);
}

/// <summary>
/// The query of a list, read parameter by parameter as <see cref="JsonBody"/> reads members. Unknown parameters are refused, because a
/// misspelt filter would return everything.
/// </summary>
internal sealed class ListQuery(HttpRequest request)
{
    private readonly HashSet<string> taken = new(StringComparer.Ordinal) { "page_size", "page_token" };
    private readonly SortedDictionary<string, string[]> errors = new(StringComparer.Ordinal);

    /// <summary>Binds the parameter of a handler.</summary>
    public static ValueTask<ListQuery?> BindAsync(HttpContext context) => ValueTask.FromResult<ListQuery?>(new(context.Request));

    /// <summary>Reads the requested page of a list in memory, or returns the error. The token is the id of the last entry,
    /// so that added and deleted entries do not shift pages.</summary>
    public Problem? PageOf<T>(IReadOnlyList<T> all, Func<T, string> id, out Page<T> page)
    {
        var size = Size();
        var start = After<int>(token => all.Index().Where(e => id(e.Item) == token).Select(e => (int?)e.Index + 1).FirstOrDefault()) ?? 0;
        var items = all.Skip(start).Take(size).ToList();
        page = new(items, start + items.Count < all.Count && items.Count > 0 ? id(items[^1]) : "");
        return errors.Count > 0 ? Problem.Invalid(errors) : null;
    }

    public RowPage Page() => new(Size(), After(text => RowPlace.Parse(text)));

    /// <summary>The maximum number of entries.</summary>
    public int Size() => request.Query["page_size"] switch
    {
        // Protobuf's JSON writes an unset number as 0: it means the default.
        { Count: 0 } or [{ Length: 0 }] or ["0"] => Management.Page.MaxSize,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= Management.Page.MaxSize => number,
        _ => RefuseValue<int>("page_size", Management.Page.WrongSize) ?? 1,
    };

    /// <summary>Returns the last entry of the previous page, or null for the first page.</summary>
    public T? After<T>(Func<string, T?> parse)
        where T : struct
    {
        var token = request.Query["page_token"];
        var after = token is [{ Length: > 0 } text] ? parse(text) : null;
        if (after is null && token is not ({ Count: 0 } or [{ Length: 0 }]))
        {
            errors["page_token"] = [Management.Page.WrongToken];
        }

        return after;
    }

    /// <summary>Returns the value of a parameter, or null when it is absent or empty,
    /// which is how protobuf's JSON writes an unset value.</summary>
    public string? Text(string name, int maxLength)
    {
        taken.Add(name);
        var values = request.Query[name];
        var text = values.ToString();
        return values.Count > 1 ? Refuse<string>(name, "is repeated")
            : text.Length > maxLength || text.Contains('\0', StringComparison.Ordinal)
                ? Refuse<string>(name, $"may have at most {maxLength} characters and must not contain U+0000")
            : text.Length == 0 ? null
            : text;
    }

    /// <summary>Returns an id of one kind. The error names the kind of another id.</summary>
    public T? Id<T>(string name, string kind, Func<string, T?> parse)
        where T : struct => Text(name, ClientIdUrl.MaxLength) is not { } text ? null
        : parse(text) is { } id ? id
        : RefuseValue<T>(
            name,
            Ids.KindOf(text) is { } other && other != kind ? $"must be the id of a {kind}, not of a {other}" : $"is not an id of a {kind}");

    public DateTimeOffset? Time(string name) => Text(name, 64) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : RefuseValue<DateTimeOffset>(name, "must be an RFC 3339 time");

    /// <summary>Returns a value in its one spelling.</summary>
    public string? Value(string name, Func<string, string?> parse, string what) =>
        Text(name, 128) is not { } text ? null : parse(text) ?? Refuse<string>(name, what);

    /// <summary>Refuses a parameter that is there together with another one.</summary>
    public void Excluded(string name, string by)
    {
        if (Text(name, int.MaxValue) is not null)
        {
            Refuse<string>(name, $"cannot be used together with {by}");
        }
    }

    public string? Choice(string name, params string[] choices) =>
        Text(name, 64) is not { } text || choices.Contains(text, StringComparer.Ordinal)
            ? Text(name, 64)
            : Refuse<string>(name, $"must be one of {string.Join(", ", choices)}");

    public Problem? Validate()
    {
        foreach (var name in request.Query.Keys.Where(name => !taken.Contains(name)))
        {
            errors[name] = ["is not a parameter of this list"];
        }

        return errors.Count > 0 ? Problem.Invalid(errors) : null;
    }

    private T? Refuse<T>(string name, string what)
        where T : class
    {
        errors[name] = [what];
        return null;
    }

    private T? RefuseValue<T>(string name, string what)
        where T : struct
    {
        errors[name] = [what];
        return null;
    }
}
