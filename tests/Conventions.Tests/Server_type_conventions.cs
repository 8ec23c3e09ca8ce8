using System.Reflection;
using System.Runtime.CompilerServices;

namespace Conventions.Tests;

public sealed class Server_type_conventions
{
    // An interface needs two real implementations or a connection to another process. Each interface is listed with its reason.
    private static readonly Dictionary<string, string> Interfaces = new(StringComparer.Ordinal)
    {
        ["Latchkey.Server.Storage.IDatabase"] = "SQLite and PostgreSQL implement it",
    };

    [Fact]
    public void The_server_has_only_the_listed_interfaces()
    {
        var found = Types.WrittenIn(Types.Server).Where(type => type.IsInterface).Select(type => type.FullName!);

        Assert.Equal(Interfaces.Keys.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Types_of_the_server_are_internal() =>
        // Razor components are public, and so must be the types of their parameters.
        Violations.None(
            Types.WrittenIn(Types.Server).Where(type => type.IsVisible && !IsComponent(type) && !IsComponentParameter(type))
                .Select(type => type.FullName!),
            "a public type of the server");

    [Fact]
    public void Classes_of_the_server_are_sealed() =>
        Violations.None(
            Types.WrittenIn(Types.Server).Where(type => type is { IsClass: true, IsSealed: false, IsAbstract: false } && !IsComponent(type))
                .Select(type => type.FullName!),
            "an unsealed class of the server");

    [Theory]
    [InlineData("latchkey")]
    [InlineData("Latchkey.Sdk")]
    public void Each_abstract_record_has_only_private_constructors(string assembly)
    {
        var open =
            from root in Types.WrittenIn(Assembly.Load(assembly))
            where root.IsAbstract && Types.IsRecord(root)
            from constructor in root.GetConstructors(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
            where !constructor.IsPrivate && !Types.Copies(constructor)
            select $"{root.FullName}: {constructor}";

        Violations.None(open, "an abstract record with a constructor that is not private");
    }

    [Theory]
    [InlineData("latchkey")]
    [InlineData("Latchkey.Sdk")]
    public void Each_case_of_a_hierarchy_is_sealed_and_nested(string assembly)
    {
        var types = Types.WrittenIn(Assembly.Load(assembly)).ToList();
        var stray =
            from root in types
            where root.IsAbstract && Types.IsRecord(root)
            from type in types
            where Types.DerivesFrom(type, root) && !((type.IsSealed || type.IsAbstract) && Types.IsNestedIn(type, root))
            select $"{type.FullName}, a case of {root.FullName}";

        Violations.None(stray, "a case that is not sealed or not nested in its hierarchy");
    }

    /// <summary>Whether the type is a component or the class of an _Imports file.</summary>
    private static bool IsComponent(Type type) =>
        type.Name == "_Imports"
        || type.GetInterfaces().Any(implemented => implemented.FullName == "Microsoft.AspNetCore.Components.IComponent");

    private static bool IsComponentParameter(Type type) => ComponentParameters.Value.Contains(type);

    /// <summary>The types of the parameters of components, and the types of their members, cases and hierarchies.</summary>
    private static readonly Lazy<HashSet<Type>> ComponentParameters = new(() =>
    {
        var types = Types.WrittenIn(Types.Server).ToList();
        var found = new HashSet<Type>();
        var open = new Stack<Type>(types.Where(IsComponent));
        while (open.TryPop(out var type))
        {
            var used = type.GetProperties().Select(property => property.PropertyType).SelectMany(WithArguments)
                .Concat(types.Where(other => Types.DerivesFrom(other, type)))
                .Concat(new[] { type.BaseType, type.DeclaringType }.OfType<Type>());
            foreach (var next in used.Where(next => types.Contains(next) && found.Add(next)))
            {
                open.Push(next);
            }
        }

        return found;
    });

    private static IEnumerable<Type> WithArguments(Type type) => type.GetGenericArguments().SelectMany(WithArguments).Prepend(type);
}

internal static class Types
{
    public static Assembly Server { get; } = Assembly.Load("latchkey");

    public static Assembly Sdk { get; } = Assembly.Load("Latchkey.Sdk");

    /// <summary>The types in source files, without the types of the compiler and of source generators.</summary>
    public static IEnumerable<Type> WrittenIn(Assembly assembly) => assembly.GetTypes().Where(type =>
        type.Namespace?.StartsWith("Latchkey.", StringComparison.Ordinal) == true
        && !type.FullName!.Contains('<', StringComparison.Ordinal)
        && !type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false));

    public static bool IsRecord(Type type) =>
        type.GetMethod("<Clone>$", BindingFlags.Instance | BindingFlags.Public | BindingFlags.DeclaredOnly) is not null;

    /// <summary>Whether it is the copy constructor that the compiler adds to a record.
    /// It cannot be private in an unsealed record.</summary>
    public static bool Copies(ConstructorInfo constructor) =>
        constructor.GetParameters() is [{ } only] && Definition(only.ParameterType) == Definition(constructor.DeclaringType!);

    public static bool DerivesFrom(Type type, Type root)
    {
        for (var ancestor = type.BaseType; ancestor is not null; ancestor = ancestor.BaseType)
        {
            if (Definition(ancestor) == root)
            {
                return true;
            }
        }

        return false;
    }

    public static bool IsNestedIn(Type type, Type root)
    {
        for (var outer = type.DeclaringType; outer is not null; outer = outer.DeclaringType)
        {
            if (outer == root)
            {
                return true;
            }
        }

        return false;
    }

    private static Type Definition(Type type) => type.IsGenericType ? type.GetGenericTypeDefinition() : type;
}
