using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Conventions.Tests;

public sealed class Public_API_documentation
{
    [Fact]
    public void Each_public_member_of_the_SDK_has_a_summary()
    {
        var reference = MetadataReference.CreateFromFile(Types.Sdk.Location);
        var compilation = CSharpCompilation.Create("reader", references: [reference, .. Sources.Framework]);
        var assembly = (IAssemblySymbol)compilation.GetAssemblyOrModuleSymbol(reference)!;

        Violations.None(
            Undocumented(assembly, XDocument.Load(Path.ChangeExtension(Types.Sdk.Location, ".xml"))), "a public member without a summary");
    }

    [Fact]
    public void A_member_without_a_summary_is_found()
    {
        const string Source = """
            /// <summary>A parcel.</summary>
            /// <param name="Weight">In grams.</param>
            public sealed record Parcel(int Weight, int Height)
            {
                /// <summary>Where it goes.</summary>
                public string To { get; init; } = "";
                public string From { get; init; } = "";
                /// <summary> </summary>
                public void Send() { }
                /// <inheritdoc />
                public override string ToString() => To;
                internal void Hidden() { }
            }
            """;
        using var assembly = new MemoryStream();
        using var docs = new MemoryStream();
        var emitted = Sources.Compile(Source)
            .Emit(assembly, xmlDocumentationStream: docs, cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(emitted.Success);
        assembly.Position = docs.Position = 0;
        var reference = MetadataReference.CreateFromStream(assembly);
        var symbol = (IAssemblySymbol)CSharpCompilation.Create("reader", references: [reference, .. Sources.Framework])
            .GetAssemblyOrModuleSymbol(reference)!;

        Assert.Equal(
            ["M:Parcel.Send", "P:Parcel.From", "P:Parcel.Height"],
            Undocumented(symbol, XDocument.Load(docs)).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Undocumented(IAssemblySymbol assembly, XDocument docs)
    {
        var members = docs.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value, StringComparer.Ordinal);
        return TypesOf(assembly.GlobalNamespace)
            .Where(IsPublic)
            .SelectMany(type => type.GetMembers().Where(IsWritten).Prepend(type))
            .Where(symbol => !HasSummary(symbol, members))
            .Select(symbol => symbol.GetDocumentationCommentId()!);
    }

    private static bool HasSummary(ISymbol symbol, Dictionary<string, XElement> members)
    {
        if (members.TryGetValue(symbol.GetDocumentationCommentId()!, out var docs))
        {
            return docs.Element("inheritdoc") is not null || docs.Element("summary")?.Value.Trim().Length > 0;
        }

        // A record's positional property is documented by the parameter's line on the record.
        return symbol is IPropertySymbol { ContainingType: { IsRecord: true } record }
            && members.TryGetValue(record.GetDocumentationCommentId()!, out var recordDocs)
            && recordDocs.Elements("param")
                .Any(parameter => parameter.Attribute("name")?.Value == symbol.Name && parameter.Value.Trim().Length > 0);
    }

    // Excludes accessors and compiler-generated members: a record's equality, a default constructor,
    // and a primary constructor, which its type documents.
    private static bool IsWritten(ISymbol member) =>
        member.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && member is not INamedTypeSymbol
        && member.CanBeReferencedByName
        && !member.GetAttributes().Any(attribute => attribute.AttributeClass?.Name == "CompilerGeneratedAttribute")
        && member is not IMethodSymbol { AssociatedSymbol: not null }
        && member is not IMethodSymbol { IsOverride: true }
        && member.ContainingType.TypeKind != TypeKind.Delegate;

    private static bool IsPublic(INamedTypeSymbol type) =>
        type.DeclaredAccessibility is Accessibility.Public or Accessibility.Protected or Accessibility.ProtectedOrInternal
        && (type.ContainingType is null || IsPublic(type.ContainingType));

    private static IEnumerable<INamedTypeSymbol> TypesOf(INamespaceOrTypeSymbol container) =>
        container.GetMembers().SelectMany(member => member switch
        {
            INamespaceSymbol space => TypesOf(space),
            INamedTypeSymbol type => TypesOf(type).Prepend(type),
            _ => [],
        });
}
