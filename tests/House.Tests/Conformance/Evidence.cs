using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace House.Tests.Conformance;

/// <summary>One <c>[Spec]</c> in the sources of the tests.</summary>
/// <param name="Section">Specification and section, as written: <c>RFC 9207 §2</c>.</param>
/// <param name="Requirements">Their ids, within the specification.</param>
/// <param name="Test">Class and method; without the method, every test of the class shows it.</param>
internal sealed record Evidence(string Section, IReadOnlyList<string> Requirements, string Test, SourceFile File, string? WhyNoTest)
{
    private static readonly string[] TestAttributes = ["Fact", "Theory"];

    /// <summary>Read from the sources, so that no test program has to be built for it.</summary>
    public static IReadOnlyList<Evidence> All { get; } =
    [
        .. from file in Repository.CSharp
           where file.Path.StartsWith("tests/", StringComparison.Ordinal) && !file.Path.StartsWith("tests/House.Tests/", StringComparison.Ordinal) && file.Text.Contains("[Spec(", StringComparison.Ordinal)
           from attribute in file.Syntax.DescendantNodes().OfType<AttributeSyntax>()
           where attribute.Name.ToString() is "Spec"
           select Read(attribute, file),
    ];

    public string Specification => Section.Split(" §", 2)[0];

    public IEnumerable<string> Keys => Requirements.Select(id => $"{Specification} {id}");

    private static Evidence Read(AttributeSyntax attribute, SourceFile file)
    {
        string[] texts = [.. attribute.ArgumentList!.Arguments.Select(argument => ((LiteralExpressionSyntax)argument.Expression).Token.ValueText)];
        var member = attribute.FirstAncestorOrSelf<MemberDeclarationSyntax>()!;
        var type = member.FirstAncestorOrSelf<TypeDeclarationSyntax>()!;
        return member is MethodDeclarationSyntax method
            ? new(texts[0], texts[1..], $"{type.Identifier.Text}.{method.Identifier.Text}", file, WhyNoTestOf(method))
            : new(texts[0], texts[1..], type.Identifier.Text, file, type.Members.OfType<MethodDeclarationSyntax>().Any(m => WhyNoTestOf(m) is null) ? null : "it has no test");
    }

    private static string? WhyNoTestOf(MethodDeclarationSyntax method)
    {
        var test = method.AttributeLists.SelectMany(list => list.Attributes).FirstOrDefault(attribute => TestAttributes.Contains(attribute.Name.ToString(), StringComparer.Ordinal));
        return test is null ? "it is no test"
            : test.ArgumentList?.Arguments.Any(argument => argument.NameEquals?.Name.Identifier.Text is "Skip") == true ? "it is skipped"
            : null;
    }
}
