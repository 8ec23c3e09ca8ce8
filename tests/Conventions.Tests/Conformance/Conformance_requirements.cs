namespace Conventions.Tests.Conformance;

/// <summary>Compares the requirements in docs/conformance with the tests that name them in <c>[Spec]</c>.</summary>
public sealed class Conformance_requirements
{
    private const int ShortestReason = 15;
    private const int FewestRequirements = 150;

    private static readonly string[] Levels = ["MUST", "MUST NOT", "SHOULD", "SHOULD NOT", "MAY", "L1", "L2", "L3", "A", "AA"];

    private static IReadOnlyList<Requirement> All { get; } = [.. Specification.All.SelectMany(specification => specification.Requirements)];

    private static ILookup<string, Evidence> ByRequirement { get; } =
        Evidence.All.SelectMany(found => found.Keys.Select(key => (Key: key, Found: found)))
            .ToLookup(pair => pair.Key, pair => pair.Found, StringComparer.Ordinal);

    [Fact]
    public void There_are_at_least_150_requirements() => Assert.InRange(All.Count, FewestRequirements, int.MaxValue);

    [Fact]
    public void Each_requirement_has_an_id_section_level_and_text() => Violations.None(
        All.Where(r => r.Id.Length == 0 || r.Section.Length == 0 || r.Says.Trim().Length < ShortestReason
            || !Levels.Contains(r.Level, StringComparer.Ordinal))
            .Select(r => r.Key),
        $"a requirement without an id, a section, a text, or one of the levels {string.Join(", ", Levels)}");

    [Fact]
    public void Each_requirement_is_listed_once() => Violations.None(
        All.GroupBy(r => r.Key, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key),
        "a requirement with an id that another requirement has");

    /// <summary>Exactly one kind of evidence is allowed per requirement.</summary>
    [Fact]
    public void Each_requirement_has_tests_or_one_other_kind_of_evidence() => Violations.None(
        from requirement in All
        let kinds = new[] { ByRequirement[requirement.Key].Any() || requirement.As.Count > 0, requirement.Doc is not null,
            requirement.NotApplicable is not null, requirement.NotDone is not null }.Count(isGiven => isGiven)
        where kinds != 1
        select $"{requirement.Key} (§{requirement.Section}): {kinds} kinds of evidence",
        "a requirement without exactly one of: tests that name it in [Spec], a document, a reason why it does not apply, "
        + "a reason why it is not implemented");

    [Fact]
    public void Each_requirement_without_a_test_has_a_reason() =>
        Violations.None(
            All.Where(r => r.Reason?.Trim().Length < ShortestReason).Select(r => r.Key),
            $"a requirement with a reason of fewer than {ShortestReason} characters");

    [Fact]
    public void A_referenced_requirement_has_tests()
    {
        var shown = All.Where(r => ByRequirement[r.Key].Any()).Select(r => r.Key).ToHashSet(StringComparer.Ordinal);

        Violations.None(
            All.SelectMany(r => r.As.Where(key => !shown.Contains(key)).Select(key => $"{r.Key}: {key}")),
            "a reference to a requirement that is unknown or has no test");
    }

    [Fact]
    public void A_referenced_document_exists() => Violations.None(
        All.Where(r => r.Doc is { } doc && Repository.Files.All(file => file.Path != doc)).Select(r => $"{r.Key}: {r.Doc}"),
        "a reference to a missing document");

    [Fact]
    public void Each_Spec_attribute_names_a_requirement() =>
        Violations.None(
            Evidence.All.Where(found => found.Requirements.Count == 0).Select(found => $"{found.File.Path}: {found.Test}, {found.Section}"),
            "a [Spec] without a requirement of docs/conformance");

    [Fact]
    public void Each_requirement_in_a_Spec_attribute_is_known()
    {
        var known = All.ToLookup(r => r.Key, StringComparer.Ordinal);
        var unknown =
            from found in Evidence.All
            from key in found.Keys
            where !known[key].Any(requirement => requirement.Place == found.Section)
            let elsewhere = known[key].FirstOrDefault() is { } other ? $" is in §{other.Section}" : ""
            select $"{found.File.Path}: {found.Test}, {found.Section}: {key}{elsewhere}";

        Violations.None(unknown, "a [Spec] with a requirement that docs/conformance does not have or has in another section");
    }

    [Fact]
    public void Each_Spec_attribute_is_on_a_test_that_runs() =>
        Violations.None(
            Evidence.All.Where(found => found.WhyNoTest is not null).Select(found => $"{found.File.Path}: {found.Test}: {found.WhyNoTest}"),
            "a [Spec] on a member that is not run as a test");

    [Fact]
    public void The_conformance_document_is_up_to_date() =>
        GeneratedFile.AssertCurrent(ConformanceDocument.Path, ConformanceDocument.Expected(Repository.Get(ConformanceDocument.Path).Text));
}
