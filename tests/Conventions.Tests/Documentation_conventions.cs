using System.Text.RegularExpressions;

namespace Conventions.Tests;

public sealed partial class Documentation_conventions
{
    private const int OnePage = 60;

    private static readonly string[] ShellBlocks = ["", "sh", "bash", "shell", "console"];

    [Fact]
    public void Each_link_in_Markdown_leads_to_an_existing_target()
    {
        var broken =
            from file in Repository.Files
            where file.Extension is ".md"
            from Match link in Link().Matches(string.Join('\n', Prose(file)))
            let target = link.Groups["target"].Value
            where !Elsewhere().IsMatch(target) && !Exists(file, target)
            select $"{file.Path}: {target}";

        Violations.None(broken, "a link to a missing file or heading");
    }

    [Fact]
    public void The_README_has_two_commands()
    {
        var readme = Repository.Get("README.md");
        var commands = Blocks(readme)
            .Where(line => ShellBlocks.Contains(line.Language, StringComparer.Ordinal))
            .Select(line => line.Text.Split(" #", 2)[0].Trim().TrimStart('$', ' '))
            .Where(line => line.Length > 0 && !line.StartsWith('#'));

        Assert.Equal(["./dev up", "./dev check"], commands);
    }

    [Fact]
    public void Each_decision_is_named_by_a_number_and_a_sentence() =>
        Violations.None(
            Decisions.Where(file => !DecisionName().IsMatch(file.Name)).Select(file => file.Path), "a decision not named NNNN-sentence.md");

    [Fact]
    public void Each_decision_number_is_used_once() =>
        Violations.None(
            Decisions.GroupBy(file => file.Name.Split('-')[0], StringComparer.Ordinal).Where(group => group.Count() > 1)
                .SelectMany(group => group).Select(file => file.Path),
            "a decision with a number that another decision has");

    [Fact]
    public void Each_decision_is_one_page() =>
        Violations.None(
            Decisions.Where(file => file.Lines.Length > OnePage).Select(file => file.Path), $"a decision with more than {OnePage} lines");

    private static IEnumerable<SourceFile> Decisions => Repository.Files.Where(file => file.Folder is "docs/decisions");

    private static bool Exists(SourceFile from, string target)
    {
        var parts = Uri.UnescapeDataString(target).Split('#', 2);
        var path = parts[0] switch
        {
            "" => from.FullPath,
            ['/', ..] => Path.Combine(Repository.Root, parts[0][1..]),
            _ => Path.GetFullPath(Path.Combine(Repository.Root, from.Folder, parts[0])),
        };
        if (parts.Length == 1 || !path.EndsWith(".md", StringComparison.Ordinal))
        {
            return Path.Exists(path);
        }

        return File.Exists(path) && Prose(new SourceFile(Path.GetRelativePath(Repository.Root, path)))
            .Any(line => line.StartsWith('#') && Anchor(line) == parts[1]);
    }

    // The anchor of a heading as renderers create it: lower case, without punctuation, hyphens for spaces.
    private static string Anchor(string heading) =>
        NotInAnchor().Replace(heading.TrimStart('#').Trim(), "").Replace(' ', '-').ToLowerInvariant();

    private static IEnumerable<string> Prose(SourceFile file) => Walk(file).Where(line => line.Language is null)
        .Select(line => InlineCode().Replace(line.Text, match => match.Value.Contains("](", StringComparison.Ordinal) ? "" : match.Value));

    private static IEnumerable<(string Language, string Text)> Blocks(SourceFile file) =>
        Walk(file).Where(line => line.Language is not null).Select(line => (line.Language!, line.Text));

    private static IEnumerable<(string? Language, string Text)> Walk(SourceFile file)
    {
        string? language = null;
        foreach (var line in file.Lines)
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                language = language is null ? line.Trim().TrimStart('`').Trim() : null;
                continue;
            }

            yield return (language, line);
        }
    }

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)(?:\s+""[^""]*"")?\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Link();

    [GeneratedRegex("^[a-z]+:", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Elsewhere();

    [GeneratedRegex("`[^`]+`", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex InlineCode();

    [GeneratedRegex(@"[^\w\- ]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex NotInAnchor();

    [GeneratedRegex("^[0-9]{4}(?:-[a-z0-9]+){3,}\\.md$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex DecisionName();
}
