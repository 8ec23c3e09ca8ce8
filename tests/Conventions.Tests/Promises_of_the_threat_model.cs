using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests;

/// <summary>docs/threat-model.md: each row of its tables is a promise and the tests that show it.</summary>
public sealed partial class Promises_of_the_threat_model
{
    private const string Page = "docs/threat-model.md";
    private const int FewestPromises = 60;

    private static readonly string[] TestAttributes = ["Fact", "Theory"];

    private static IReadOnlyList<string> Promises { get; } =
    [
        .. Repository.Get(Page).Lines.Where(line => line.StartsWith("| ", StringComparison.Ordinal)
            && line != "| Promise | Shown by |"),
    ];

    [Fact]
    public void There_are_at_least_60_promises() => Assert.InRange(Promises.Count, FewestPromises, int.MaxValue);

    [Fact]
    public void Each_promise_names_a_test_or_is_open() => Violations.None(
        Promises.Where(promise => !NamedTest().IsMatch(promise) && !promise.Contains("| Open: ", StringComparison.Ordinal)),
        "a promise without a test and without a reason after 'Open:'");

    [Fact]
    public void Each_named_test_exists_and_runs()
    {
        var missing =
            from promise in Promises
            from Match named in NamedTest().Matches(promise)
            group named.Groups["test"].Value.Replace(' ', '_') by named.Groups["path"].Value into file
            from test in file.Except(TestsOf(file.Key), StringComparer.Ordinal)
            select $"{file.Key}: {test}";

        Violations.None(missing, "a link to a test that does not exist or is skipped");
    }

    /// <summary>The test methods of a file that are run. None when the file does not exist.</summary>
    private static IEnumerable<string> TestsOf(string path) =>
        from file in Repository.Files
        where file.Path == path
        from method in file.Syntax.DescendantNodes().OfType<MethodDeclarationSyntax>()
        where method.AttributeLists.SelectMany(list => list.Attributes).Any(IsTest)
        select method.Identifier.Text;

    private static bool IsTest(AttributeSyntax attribute) =>
        TestAttributes.Contains(attribute.Name.ToString(), StringComparer.Ordinal)
        && attribute.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text is "Skip") is not true;

    [GeneratedRegex(@"\[(?<test>[^\]]+)\]\(\.\./(?<path>tests/[^)]+\.cs)\)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60000)]
    private static partial Regex NamedTest();
}
