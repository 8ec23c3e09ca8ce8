using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Latchkey.Build;

/// <summary>
/// A closed hierarchy: an abstract class or record that only its own nested types can extend, because every constructor is private, and
/// whose nested cases are sealed or closed themselves.
/// </summary>
internal static class ClosedHierarchy
{
    /// <summary>Returns true when <paramref name="type"/> is abstract and all its constructors are private.</summary>
    public static bool IsSealedOff(INamedTypeSymbol type) =>
        type is { TypeKind: TypeKind.Class, IsAbstract: true, IsStatic: false }
        && type.InstanceConstructors.All(
            constructor => constructor.DeclaredAccessibility == Accessibility.Private || CopiesItself(constructor));

    /// <summary>Returns the sealed cases of a closed hierarchy, or an empty array when <paramref name="root"/> is not one.</summary>
    public static ImmutableArray<INamedTypeSymbol> CasesOf(INamedTypeSymbol root)
    {
        if (!IsSealedOff(root))
        {
            return [];
        }

        var cases = ImmutableArray.CreateBuilder<INamedTypeSymbol>();
        foreach (var candidate in NestedIn(root).Where(nested => Extends(nested, root)))
        {
            if (candidate.IsSealed && !candidate.IsGenericTypeItself())
            {
                cases.Add(candidate);
            }
            else if (!IsSealedOff(candidate))
            {
                // An open case: further types may derive from it, so no list of cases is complete.
                return [];
            }
        }

        return cases.ToImmutable();
    }

    /// <summary>Returns true when <paramref name="type"/> is <paramref name="ancestor"/> or derives from it.</summary>
    public static bool Is(ITypeSymbol type, ITypeSymbol ancestor) =>
        SymbolEqualityComparer.Default.Equals(type, ancestor)
        || Ancestors(type).Any(candidate => SymbolEqualityComparer.Default.Equals(candidate, ancestor))
        || type.AllInterfaces.Any(candidate => SymbolEqualityComparer.Default.Equals(candidate, ancestor));

    /// <summary>Returns the base classes of <paramref name="type"/>, nearest first.</summary>
    public static IEnumerable<INamedTypeSymbol> Ancestors(ITypeSymbol type)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            yield return ancestor;
        }
    }

    private static bool Extends(INamedTypeSymbol type, INamedTypeSymbol root) =>
        !SymbolEqualityComparer.Default.Equals(type, root) && Is(type, root);

    // The copy constructor of an unsealed record cannot be private. LK0001 reports types that derive through it.
    private static bool CopiesItself(IMethodSymbol constructor) =>
        constructor.ContainingType.IsRecord
        && constructor.Parameters.Length == 1
        && SymbolEqualityComparer.Default.Equals(
            constructor.Parameters[0].Type.OriginalDefinition, constructor.ContainingType.OriginalDefinition);

    // A case with its own type parameters stands for any number of cases, which no switch can list.
    private static bool IsGenericTypeItself(this INamedTypeSymbol type) => type.TypeParameters.Length > 0;

    private static IEnumerable<INamedTypeSymbol> NestedIn(INamedTypeSymbol type) =>
        type.GetTypeMembers().SelectMany(nested => NestedIn(nested).Prepend(nested));
}
