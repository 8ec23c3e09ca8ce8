namespace Latchkey.Server.Management;

/// <summary>One page of a list: <c>page_size</c> entries (at most 30) after the one that <c>page_token</c> names.</summary>
/// <param name="NextToken">The token of the next page. Empty on the last one.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, string NextToken);

internal static class Page
{
    public const int MaxSize = 30;
    public const string WrongToken = "must be the next_page_token of an earlier response; omit it to start at the first page";
    public static readonly string WrongSize = $"must be between 1 and {MaxSize}";
}
