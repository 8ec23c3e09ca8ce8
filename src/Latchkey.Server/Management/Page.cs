using System.Globalization;

namespace Latchkey.Server.Management;

/// <summary>One page of a list: <c>page_size</c> entries (at most 30) after the one that <c>page_token</c> names.</summary>
/// <param name="NextToken">The token of the next page. Empty on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string NextToken);

internal static class Page
{
    public const int MaxSize = 30;
    public const string WrongToken = "must be the next_page_token of an earlier response; omit it to start at the first page";
    public static readonly string WrongSize = $"must be between 1 and {MaxSize}";

    /// <summary>Reads the requested page, or returns the error. The token is the id of the last entry,
    /// so that added and deleted entries do not shift pages.</summary>
    public static Problem? Read<T>(HttpRequest request, IReadOnlyList<T> all, Func<T, string> id, out Page<T> page)
    {
        page = new([], "");
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);

        if (SizeOf(request) is not { } size)
        {
            (size, errors["page_size"]) = (0, [WrongSize]);
        }

        var start = request.Query["page_token"] switch
        {
            { Count: 0 } or [{ Length: 0 }] => 0,
            [{ } token] => IndexOf(all, id, token) + 1,
            _ => 0,
        };
        if (start == 0 && request.Query["page_token"] is not ({ Count: 0 } or [{ Length: 0 }]))
        {
            errors["page_token"] = [WrongToken];
        }

        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        var items = all.Skip(start).Take(size).ToList();
        page = new(items, start + items.Count < all.Count && items.Count > 0 ? id(items[^1]) : "");
        return null;
    }

    /// <summary>Returns the requested number of entries, or null when it is out of range.</summary>
    public static int? SizeOf(HttpRequest request) => request.Query["page_size"] switch
    {
        // Protobuf's JSON writes an unset number as 0: it means the default.
        { Count: 0 } or [{ Length: 0 }] or ["0"] => MaxSize,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= MaxSize => number,
        _ => null,
    };

    private static int IndexOf<T>(IReadOnlyList<T> all, Func<T, string> id, string wanted)
    {
        for (var i = 0; i < all.Count; i++)
        {
            if (id(all[i]) == wanted)
            {
                return i;
            }
        }

        return -1;
    }
}
