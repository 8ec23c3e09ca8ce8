using System.Globalization;

namespace Latchkey.Server.Management;

/// <summary>One page of a list: <c>page_size</c> entries (at most 30) behind the one that <c>page_token</c> names.</summary>
/// <param name="NextToken">Leads to the next page; empty on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string NextToken);

internal static class Page
{
    public const int MaxSize = 30;

    /// <summary>The page a request asks for, or what is wrong with its question. The token is the id of the last entry seen, so entries that come and go move nobody.</summary>
    public static Problem? Read<T>(HttpRequest request, IReadOnlyList<T> all, Func<T, string> id, out Page<T> page)
    {
        page = new([], "");
        var errors = new Dictionary<string, string[]>(StringComparer.Ordinal);

        // Protobuf's JSON writes an unset number as 0: it means the default.
        var size = request.Query["page_size"] switch
        {
            { Count: 0 } or [{ Length: 0 }] or ["0"] => MaxSize,
            [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= MaxSize => number,
            _ => 0,
        };
        if (size == 0)
        {
            errors["page_size"] = [$"must be between 1 and {MaxSize}"];
        }

        var start = request.Query["page_token"] switch
        {
            { Count: 0 } or [{ Length: 0 }] => 0,
            [{ } token] => IndexOf(all, id, token) + 1,
            _ => 0,
        };
        if (start == 0 && request.Query["page_token"] is not ({ Count: 0 } or [{ Length: 0 }]))
        {
            errors["page_token"] = ["must be the next_page_token of an earlier answer; begin again without it"];
        }

        if (errors.Count > 0)
        {
            return Problem.Invalid(errors);
        }

        var items = all.Skip(start).Take(size).ToList();
        page = new(items, start + items.Count < all.Count && items.Count > 0 ? id(items[^1]) : "");
        return null;
    }

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
