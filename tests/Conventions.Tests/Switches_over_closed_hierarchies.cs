using System.Collections.Immutable;
using Latchkey.Build;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Conventions.Tests;

/// <summary>Tests the analyzers of build/ with small sources. CS8509 is a warning here and an error in every
/// project of this repository.</summary>
public sealed class Switches_over_closed_hierarchies
{
    private const string Hierarchy = """
        public abstract record Outcome
        {
            private Outcome() { }
            public sealed record Found(string Name, int Count) : Outcome;
            public sealed record Missing : Outcome;
            public abstract record Refused : Outcome
            {
                private Refused() { }
                public sealed record Late : Refused;
                public sealed record Spent : Refused;
            }
        }

        """;

    [Theory]
    [InlineData("Outcome.Found => 1, Outcome.Missing => 2, Outcome.Refused => 3")]
    [InlineData("Outcome.Found found => found.Count, Outcome.Missing => 2, Outcome.Refused.Late => 3, Outcome.Refused.Spent => 4")]
    [InlineData("Outcome.Found(var name, _) => name.Length, Outcome.Missing or Outcome.Refused => 2")]
    [InlineData("Outcome.Found(_, int count) => count, Outcome.Missing { } => 2, Outcome.Refused => 3")]
    [InlineData("Outcome.Found { Count: var count } => count, not Outcome.Found => 2")]
    [InlineData("Outcome.Found { Count: 7 } => 7, Outcome.Found found when found.Count > 3 => 4, Outcome.Found => 1, "
        + "Outcome.Missing => 2, Outcome.Refused => 3")]
    public async Task A_switch_with_an_arm_per_case_is_complete(string arms) => Assert.Empty(await Findings(Switch("Outcome", arms)));

    [Theory]
    [InlineData("Outcome.Found => 1, Outcome.Refused => 3")]
    [InlineData("Outcome.Found => 1, Outcome.Missing => 2, Outcome.Refused.Late => 3")]
    [InlineData("Outcome.Found { Count: 7 } => 1, Outcome.Missing => 2, Outcome.Refused => 3")]
    [InlineData("Outcome.Found(\"ada\", _) => 1, Outcome.Missing => 2, Outcome.Refused => 3")]
    [InlineData("Outcome.Found => 1, Outcome.Missing => 2, Outcome.Refused and not Outcome.Refused.Late => 3")]
    public async Task A_switch_with_a_missing_arm_is_an_error(string arms) =>
        Assert.Equal(["CS8509"], await Findings(Switch("Outcome", arms)));

    [Fact]
    public async Task A_switch_whose_only_arm_of_a_case_has_a_guard_is_an_error() =>
        Assert.Single(
            await Findings(Switch("Outcome", "Outcome.Found found when found.Count > 3 => 1, Outcome.Missing => 2, Outcome.Refused => 3")),
            id => id is "CS8509" or "CS8846");

    [Theory]
    [InlineData("Outcome.Found => 1, Outcome.Missing => 2, Outcome.Refused => 3", "CS8509")]
    [InlineData("Outcome.Found => 1, Outcome.Missing => 2, Outcome.Refused => 3, null => 4", null)]
    public async Task A_switch_over_a_nullable_value_needs_an_arm_for_null(string arms, string? finding) =>
        Assert.Equal(finding is null ? [] : [finding], await Findings(Switch("Outcome?", arms)));

    [Theory]
    [InlineData("public abstract record Open { public sealed record Only : Open; }")]
    [InlineData("public abstract record Open { internal Open() { } public sealed record Only : Open; }")]
    [InlineData("public abstract class Open { protected Open() { } public sealed class Only : Open; }")]
    public async Task A_switch_over_an_open_hierarchy_is_incomplete(string hierarchy) =>
        Assert.Equal(
            ["CS8509"],
            await Findings(hierarchy + "static class Asks { public static int Ask(Open value) => value switch { Open.Only => 1 }; }"));

    [Theory]
    [InlineData("public abstract class Shape<T> { private Shape() { } public sealed class Dot : Shape<T>; "
        + "public sealed class Line(T end) : Shape<T> { public T End => end; } }")]
    public async Task A_closed_hierarchy_can_be_generic(string hierarchy)
    {
        Assert.Empty(await Findings(hierarchy + "static class Asks { public static int Ask(Shape<int> value) "
            + "=> value switch { Shape<int>.Dot => 1, Shape<int>.Line => 2 }; }"));
        Assert.Equal(
            ["CS8509"],
            await Findings(
                hierarchy + "static class Asks { public static int Ask(Shape<int> value) => value switch { Shape<int>.Dot => 1 }; }"));
    }

    [Theory]
    [InlineData("public abstract record Root { private Root() { } public record Unsealed : Root; }")]
    [InlineData("public abstract record Root { private Root() { } public abstract record Open : Root; }")]
    [InlineData(
        "public abstract record Root { private Root() { } } public sealed record Far : Root { public Far(Root other) : base(other) { } }")]
    public async Task LK0001_reports_an_open_hierarchy(string hierarchy) => Assert.Equal(["LK0001"], await Findings(hierarchy));

    private static string Switch(string type, string arms) =>
        $"{Hierarchy}static class Asks {{ public static int Ask({type} value) => value switch {{ {arms} }}; }}";

    /// <summary>Returns the warnings of the compiler and the analyzers that are left after suppression.</summary>
    private static async Task<IEnumerable<string>> Findings(string source)
    {
        ImmutableArray<DiagnosticAnalyzer> analyzers = [new CompleteSwitchSuppressor(), new ClosedCaseAnalyzer()];
        var options = new CompilationWithAnalyzersOptions(
            new AnalyzerOptions([]), onAnalyzerException: null, concurrentAnalysis: true, logAnalyzerExecutionTime: false,
            reportSuppressedDiagnostics: false);
        var findings = await Sources.Compile(source).WithAnalyzers(analyzers, options)
            .GetAllDiagnosticsAsync(TestContext.Current.CancellationToken);
        return findings.Where(finding => finding.Severity >= DiagnosticSeverity.Warning && finding.Id != "CS1591")
            .Select(finding => finding.Id);
    }
}
