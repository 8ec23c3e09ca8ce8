using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace House.Tests;

public sealed class Skipped_tests
{
    private const int ShortestReason = 15;

    [Fact]
    public void Say_why()
    {
        var silent =
            from argument in AttributeArguments()
            where argument.Name is "Skip" && (argument.Value as LiteralExpressionSyntax)?.Token.ValueText.Trim().Length is null or < ShortestReason
            select $"{argument.File}: {argument.Value}";

        Violations.None(silent, $"a skipped test whose reason is not a sentence of at least {ShortestReason} characters");
    }

    // Explicit = true is a skip that no run reports.
    [Fact]
    public void Are_never_hidden_as_explicit() =>
        Violations.None(AttributeArguments().Where(argument => argument.Name is "Explicit").Select(argument => argument.File), "a test that no run would run or list");

    private static IEnumerable<(string File, string Name, ExpressionSyntax Value)> AttributeArguments() =>
        from file in Repository.CSharp
        where file.Path.StartsWith("tests/", StringComparison.Ordinal)
        from argument in file.Syntax.DescendantNodes().OfType<AttributeArgumentSyntax>()
        where argument.NameEquals is not null
        select (file.Path, argument.NameEquals!.Name.Identifier.Text, argument.Expression);
}
