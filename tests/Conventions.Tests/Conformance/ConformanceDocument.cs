using System.Globalization;
using System.Text;

namespace Conventions.Tests.Conformance;

/// <summary>docs/conformance.md: the part between the two marks is generated from the requirements and the tests that name them.</summary>
internal static class ConformanceDocument
{
    public const string Path = "docs/conformance.md";
    private const string Begin = "<!-- From here to the next mark: written by ./dev docs. -->";
    private const string End = "<!-- End of what is written by ./dev docs. -->";

    /// <summary>Returns the up-to-date document.</summary>
    public static string Expected(string current)
    {
        var (begin, end) = (current.IndexOf(Begin, StringComparison.Ordinal), current.IndexOf(End, StringComparison.Ordinal));
        Assert.True(begin >= 0 && end > begin, $"{Path} lacks the marks of its generated part.");
        return $"{current[..begin]}{Begin}\n\n{Written()}\n{current[end..]}";
    }

    private static string Written()
    {
        var evidence = Evidence.All.SelectMany(found => found.Keys.Select(key => (Key: key, Found: found)))
            .ToLookup(pair => pair.Key, pair => pair.Found, StringComparer.Ordinal);
        var text = new StringBuilder();
        text.Append("| Specification | Requirements | Shown | Documented | Not applicable | Open |\n|---|---|---|---|---|---|\n");
        foreach (var specification in Specification.All)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"| [{specification.Spec}](#{Anchor(specification)}) | {Counts(specification.Requirements)} |\n");
        }

        text.Append(
            CultureInfo.InvariantCulture,
            $"| together | {Counts([.. Specification.All.SelectMany(specification => specification.Requirements)])} |\n");
        foreach (var specification in Specification.All)
        {
            var note = specification.Note is { } words ? ". " + words.Trim() : "";
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n## {Heading(specification)}\n\n[{specification.Title}]({specification.Url}){note}\n\n");
            text.Append("| § | Level | Requirement | Shown by |\n|---|---|---|---|\n");
            foreach (var requirement in specification.Requirements)
            {
                var shownBy = Answer(requirement, evidence[requirement.Key]);
                text.Append(
                    CultureInfo.InvariantCulture,
                    $"| {requirement.Section} | {requirement.Level} | {Cell(requirement.Says)} | {shownBy} |\n");
            }
        }

        return text.ToString();
    }

    private static string Counts(IReadOnlyCollection<Requirement> requirements)
    {
        var (notApplicable, open, documented) = (requirements.Count(r => r.NotApplicable is not null),
            requirements.Count(r => r.NotDone is not null), requirements.Count(r => r.Doc is not null));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{requirements.Count} | {requirements.Count - notApplicable - open - documented} | {documented} | {notApplicable} | {open}");
    }

    private static string Answer(Requirement requirement, IEnumerable<Evidence> evidence)
    {
        if (requirement.Reason is { } reason)
        {
            return $"{(requirement.NotDone is null ? "Not applicable" : "**Open**")}: {Cell(reason)}";
        }

        var tests = evidence
            .Select(found => $"[{found.Test.Replace('_', ' ').Replace(".", ": ", StringComparison.Ordinal)}](../{found.File.Path})")
            .Order(StringComparer.Ordinal);
        var others = requirement.As
            .Select(key => Specification.All.SelectMany(specification => specification.Requirements).Single(other => other.Key == key))
            .Select(other => $"as {other.Place} ({other.Id})");
        return string.Join("; ", [.. tests, .. others, .. requirement.Doc is { } doc ? [$"[{doc}](../{doc})"] : Array.Empty<string>()]);
    }

    private static string Heading(Specification specification) => specification.Spec;

    // The anchor of a heading as renderers create it: lower case, without punctuation, hyphens for spaces.
    private static string Anchor(Specification specification) =>
        new([.. Heading(specification).ToLowerInvariant().Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is ' ' or '-')
            .Select(letter => letter is ' ' ? '-' : letter)]);

    private static string Cell(string text) => text.Trim().ReplaceLineEndings(" ").Replace("|", "\\|", StringComparison.Ordinal);
}
