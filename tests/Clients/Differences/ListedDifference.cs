using Clients.Programs;

namespace Clients.Differences;

/// <summary>A line of <c>docs/conformance.md</c>: where the two answer differently, and why Latchkey stays with its answer.</summary>
internal sealed record ListedDifference(string Request, string Ours, string Theirs, string Why)
{
    private const string Section = "## Differences from node-oidc-provider";

    public static IReadOnlyList<ListedDifference> All { get; } =
    [
        .. File.ReadLines(Places.Of("Conformance"))
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
        Assert.True(cells.Length == 4, $"A line of four cells was expected: {line}");
        return new(cells[0], cells[1], cells[2], cells[3]);
    }
}
