using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Operations;

namespace Latchkey.Build;

/// <summary>
/// C# 14 does not know closed hierarchies and reports every switch expression over one as incomplete. This suppresses the warning, an error
/// in this repository, when each case has an arm that accepts all its values. It remains only where an arm is missing.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class CompleteSwitchSuppressor : DiagnosticSuppressor
{
    private const string Reason = "Every case of the closed hierarchy has its own arm";

    private static readonly SuppressionDescriptor Incomplete = new("LKS8509", "CS8509", Reason);

    // The compiler's other message for the same problem, used when an arm has a guard.
    private static readonly SuppressionDescriptor IncompleteWithGuard = new("LKS8846", "CS8846", Reason);

    /// <inheritdoc />
    public override ImmutableArray<SuppressionDescriptor> SupportedSuppressions => [Incomplete, IncompleteWithGuard];

    /// <inheritdoc />
    public override void ReportSuppressions(SuppressionAnalysisContext context)
    {
        foreach (var diagnostic in context.ReportedDiagnostics)
        {
            if (IsComplete(diagnostic.Location, context))
            {
                var descriptor = SupportedSuppressions.First(candidate => candidate.SuppressedDiagnosticId == diagnostic.Id);
                context.ReportSuppression(Suppression.Create(descriptor, diagnostic));
            }
        }
    }

    private static bool IsComplete(Location location, SuppressionAnalysisContext context)
    {
        if (location.SourceTree is not { } tree)
        {
            return false;
        }

        var node = tree.GetRoot(context.CancellationToken).FindNode(location.SourceSpan, getInnermostNodeForTie: true);
        if (node.FirstAncestorOrSelf<SwitchExpressionSyntax>() is not { } syntax)
        {
            return false;
        }

        var model = context.GetSemanticModel(tree);
        if (model.GetOperation(syntax, context.CancellationToken)
            is not ISwitchExpressionOperation { Value.Type: INamedTypeSymbol governing } operation)
        {
            return false;
        }

        var arms = operation.Arms.Where(arm => arm.Guard is null).Select(arm => arm.Pattern).ToImmutableArray();
        var cases = ClosedHierarchy.CasesOf(governing);

        // The compiler reports a missing null arm (CS8655) only when it reports nothing else, so the null is checked here.
        var mayBeNull =
            model.GetTypeInfo(syntax.GoverningExpression, context.CancellationToken).Nullability.FlowState == NullableFlowState.MaybeNull;

        return !cases.IsEmpty
            && cases.All(@case => arms.Any(arm => Accepts(arm, @case)))
            && (!mayBeNull || arms.Any(AcceptsNull));
    }

    /// <summary>Returns true when <paramref name="pattern"/> matches every object of the sealed type <paramref name="type"/>.</summary>
    private static bool Accepts(IPatternOperation pattern, ITypeSymbol type) => pattern switch
    {
        IDiscardPatternOperation => true,
        IDeclarationPatternOperation { MatchedType: null } => true,
        IDeclarationPatternOperation declaration => ClosedHierarchy.Is(type, declaration.MatchedType),
        ITypePatternOperation matched => ClosedHierarchy.Is(type, matched.MatchedType),
        IRecursivePatternOperation recursive => ClosedHierarchy.Is(type, recursive.MatchedType)
            && recursive.DeconstructionSubpatterns.All(AcceptsWhatItIsGiven)
            && recursive.PropertySubpatterns.All(property => AcceptsWhatItIsGiven(property.Pattern)),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            Accepts(either.LeftPattern, type) || Accepts(either.RightPattern, type),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And } both =>
            Accepts(both.LeftPattern, type) && Accepts(both.RightPattern, type),
        INegatedPatternOperation negated => Rejects(negated.Pattern, type),
        _ => false,
    };

    /// <summary>Returns true when <paramref name="pattern"/> matches no object of the sealed type <paramref name="type"/>.</summary>
    private static bool Rejects(IPatternOperation pattern, ITypeSymbol type) => pattern switch
    {
        IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: null } } => true,
        IDeclarationPatternOperation { MatchedType: { } matched } => !ClosedHierarchy.Is(type, matched),
        ITypePatternOperation other => !ClosedHierarchy.Is(type, other.MatchedType),
        IRecursivePatternOperation recursive => !ClosedHierarchy.Is(type, recursive.MatchedType),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            Rejects(either.LeftPattern, type) && Rejects(either.RightPattern, type),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.And } both =>
            Rejects(both.LeftPattern, type) || Rejects(both.RightPattern, type),
        INegatedPatternOperation negated => Accepts(negated.Pattern, type),
        _ => false,
    };

    // Inside a case, only patterns that accept everything count: `var x`, `_`, or the value type that the member has.
    private static bool AcceptsWhatItIsGiven(IPatternOperation pattern) => pattern switch
    {
        IDiscardPatternOperation => true,
        IDeclarationPatternOperation declaration =>
            declaration.MatchesNull || SameValueType(declaration.InputType, declaration.MatchedType),
        ITypePatternOperation matched => SameValueType(matched.InputType, matched.MatchedType),
        _ => false,
    };

    private static bool SameValueType(ITypeSymbol given, ITypeSymbol? asked) =>
        given.IsValueType && SymbolEqualityComparer.Default.Equals(given, asked);

    private static bool AcceptsNull(IPatternOperation pattern) => pattern switch
    {
        IDiscardPatternOperation => true,
        IDeclarationPatternOperation declaration => declaration.MatchesNull,
        IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: null } } => true,
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either =>
            AcceptsNull(either.LeftPattern) || AcceptsNull(either.RightPattern),
        _ => false,
    };
}
