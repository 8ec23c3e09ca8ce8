using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests;

public sealed class Skipped_tests
{
    private const int ShortestReason = 15;

    [Fact]
    public void A_skipped_test_has_a_reason()
    {
        var withoutReason =
            from argument in AttributeArguments()
            where argument.Name is "Skip"
                && (argument.Value as LiteralExpressionSyntax)?.Token.ValueText.Trim().Length is null or < ShortestReason
            select $"{argument.File}: {argument.Value}";

        Violations.None(withoutReason, $"a skipped test without a reason of at least {ShortestReason} characters");
    }

    // Explicit = true skips a test without a report.
    [Fact]
    public void No_test_is_explicit() =>
        Violations.None(
            AttributeArguments().Where(argument => argument.Name is "Explicit").Select(argument => argument.File),
            "an explicit test, which no run executes or reports");

    private static IEnumerable<(string File, string Name, ExpressionSyntax Value)> AttributeArguments() =>
        from file in Repository.CSharp
        where file.Path.StartsWith("tests/", StringComparison.Ordinal)
        from argument in file.Syntax.DescendantNodes().OfType<AttributeArgumentSyntax>()
        where argument.NameEquals is not null
        select (file.Path, argument.NameEquals!.Name.Identifier.Text, argument.Expression);
}
