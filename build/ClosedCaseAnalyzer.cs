using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Latchkey.Build;

/// <summary>
/// LK0001 reports a case of a closed hierarchy that leaves it open: a case must be nested, and sealed or abstract with private constructors
/// only. An open case would make every complete switch over the hierarchy incomplete without a warning.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ClosedCaseAnalyzer : DiagnosticAnalyzer
{
    private static readonly DiagnosticDescriptor OpenCase = new(
        "LK0001",
        "A case leaves its closed hierarchy open",
        "'{0}' is a case of the closed hierarchy '{1}': nest it there, and make it sealed, or abstract with private constructors",
        "House",
        DiagnosticSeverity.Error,
        isEnabledByDefault: true);

    /// <inheritdoc />
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => [OpenCase];

    /// <inheritdoc />
    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSymbolAction(CheckCase, SymbolKind.NamedType);
    }

    private static void CheckCase(SymbolAnalysisContext context)
    {
        var type = (INamedTypeSymbol)context.Symbol;
        var root = ClosedHierarchy.Ancestors(type)
            .Select(ancestor => ancestor.OriginalDefinition)
            .FirstOrDefault(ancestor => SymbolEqualityComparer.Default.Equals(ancestor.ContainingAssembly, type.ContainingAssembly)
                && ClosedHierarchy.IsSealedOff(ancestor));
        if (root is null || (IsNestedIn(type, root) && (type.IsSealed || ClosedHierarchy.IsSealedOff(type))))
        {
            return;
        }

        context.ReportDiagnostic(Diagnostic.Create(OpenCase, type.Locations[0], type.Name, root.Name));
    }

    private static bool IsNestedIn(INamedTypeSymbol type, INamedTypeSymbol root)
    {
        for (var outer = type.ContainingType; outer is not null; outer = outer.ContainingType)
        {
            if (SymbolEqualityComparer.Default.Equals(outer.OriginalDefinition, root))
            {
                return true;
            }
        }

        return false;
    }
}
