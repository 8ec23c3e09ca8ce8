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

    /// <summary>Returns the requested number of entries, or null when it is out of range.</summary>
    public static int? SizeOf(HttpRequest request) => request.Query["page_size"] switch
    {
        // Protobuf's JSON writes an unset number as 0: it means the default.
        { Count: 0 } or [{ Length: 0 }] or ["0"] => MaxSize,
        [{ } text] when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number is > 0 and <= MaxSize => number,
        _ => null,
    };
}
