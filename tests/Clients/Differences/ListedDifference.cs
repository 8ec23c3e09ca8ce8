using Clients.Programs;

namespace Clients.Differences;

/// <summary>A line of <c>docs/conformance.md</c>: a request to which both servers respond differently,
/// and why Latchkey keeps its response.</summary>
internal sealed record ListedDifference(string Request, string Ours, string Theirs, string Why)
{
    private const string Section = "## Differences from node-oidc-provider";

    public static IReadOnlyList<ListedDifference> All { get; } =
    [
        .. File.ReadLines(TestEnvironment.Of("Conformance"))
            .SkipWhile(line => line != Section)
            .Skip(1)
            .TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(1)
            .Select(Read),
    ];

    private static ListedDifference Read(string line)
    {
        string[] cells = [.. line.Trim('|').Split('|').Select(cell => cell.Replace("`", "", StringComparison.Ordinal).Trim())];
        Assert.True(cells.Length == 4, $"The line must have four cells: {line}");
        return new(cells[0], cells[1], cells[2], cells[3]);
    }
}
