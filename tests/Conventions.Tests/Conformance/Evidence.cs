using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests.Conformance;

/// <summary>A <c>[Spec]</c> attribute in the sources of the tests.</summary>
/// <param name="Section">The specification and section, for example <c>RFC 9207 §2</c>.</param>
/// <param name="Requirements">The ids of the requirements within the specification.</param>
/// <param name="Test">The class and method, or the class alone if the attribute is on the class.</param>
internal sealed record Evidence(string Section, IReadOnlyList<string> Requirements, string Test, SourceFile File, string? WhyNoTest)
{
    private static readonly string[] TestAttributes = ["Fact", "Theory"];

    /// <summary>All attributes, read from the sources so that no test program has to be built.</summary>
    public static IReadOnlyList<Evidence> All { get; } =
    [
        .. from file in Repository.CSharp
           where file.Path.StartsWith("tests/", StringComparison.Ordinal)
               && !file.Path.StartsWith("tests/Conventions.Tests/", StringComparison.Ordinal)
               && file.Text.Contains("[Spec(", StringComparison.Ordinal)
           from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
           where attribute.Name.ToString() is "Spec"
           select Read(attribute, file),
    ];

    public string Specification => Section.Split(" §", 2)[0];

    public IEnumerable<string> Keys => Requirements.Select(id => $"{Specification} {id}");

    private static Evidence Read(AttributeSyntax attribute, SourceFile file)
    {
        string[] texts =
            [.. attribute.ArgumentList!.Arguments.Select(argument => ((LiteralExpressionSyntax)argument.Expression).Token.ValueText)];
        var member = attribute.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
        var type = member.FirstAncestorOrSelf<TypeDeclarationSyntax>()!;
        return member is MethodDeclarationSyntax method
            ? new(texts[0], texts[1..], $"{type.Identifier.Text}.{method.Identifier.Text}", file, WhyNoTestOf(method))
            : new(
                texts[0], texts[1..], type.Identifier.Text, file,
                type.Members.OfType<MethodDeclarationSyntax>().Any(m => WhyNoTestOf(m) is null) ? null : "it has no test");
    }

    private static string? WhyNoTestOf(MethodDeclarationSyntax method)
    {
        var test = method.AttributeLists.SelectMany(list => list.Attributes)
            .FirstOrDefault(attribute => TestAttributes.Contains(attribute.Name.ToString(), StringComparer.Ordinal));
        return test is null ? "it is not a test"
            : test.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text is "Skip") == true ? "it is skipped"
            : null;
    }
}
