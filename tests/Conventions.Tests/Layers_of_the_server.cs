using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests;

/// <summary>
/// Reads the references of the server's own source with the compiler and compares them with the layers below: a folder uses
/// folders of its own layer and of the layers above it in the list, and the graph of the folders has no cycle.
/// </summary>
public sealed class Layers_of_the_server
{
    private const string Server = "src/Latchkey.Server/";

    /// <summary>Types of the project's root that every layer may use: the settings and their declaration.</summary>
    private static readonly string[] UsableEverywhere = ["Settings", "Setting", "SettingsTable"];

    [Fact]
    public void No_folder_uses_a_folder_of_a_layer_below_it_in_the_list()
    {
        var upward =
            from reference in References.Value
            where ServerFolders.LayerOf(reference.To) > ServerFolders.LayerOf(reference.From)
            where (reference.From, reference.To) is not ("Cli", ServerFolders.Root)
            select reference.ToString();

        Violations.None(upward, "a reference to a later layer (ServerFolders.cs lists the layers)");
    }

    [Fact]
    public void The_folders_have_no_dependency_cycle()
    {
        var uses = References.Value.ToLookup(reference => reference.From, StringComparer.Ordinal);
        var cyclic =
            from reference in References.Value
            where Reaches(reference.To, reference.From, uses)
            select reference.ToString();

        Violations.None(cyclic, "a reference that is part of a cycle");
    }

    [Fact]
    public void The_references_are_found()
    {
        // Without this test, a compilation that resolves nothing would satisfy the two others.
        Assert.Contains(References.Value, reference => reference is { From: "Token", To: "Grants" });
        Assert.Contains(References.Value, reference => reference is { From: "Pages", To: "SignIns" });
        Assert.InRange(References.Value.Count, 100, int.MaxValue);
    }

    private static bool Reaches(string start, string goal, ILookup<string, Reference> uses)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var open = new Stack<string>([start]);
        while (open.TryPop(out var folder))
        {
            if (folder == goal)
            {
                return true;
            }

            foreach (var next in uses[folder].Where(reference => seen.Add(reference.To)))
            {
                open.Push(next.To);
            }
        }

        return false;
    }

    private static readonly Lazy<IReadOnlyList<Reference>> References = new(
        () => [.. Read().DistinctBy(reference => (reference.From, reference.To))]);

    private static IEnumerable<Reference> Read()
    {
        var files = Repository.CSharp.Where(file => file.Path.StartsWith(Server, StringComparison.Ordinal)).ToList();
        var trees = files.ToDictionary(file => file.Syntax.SyntaxTree, file => file);
        var implicitUsings = CSharpSyntaxTree.ParseText(string.Concat(ImplicitUsings.Select(name => $"global using {name};")));
        var compilation = CSharpCompilation.Create("server", [.. trees.Keys, implicitUsings], Sources.Everything);
        foreach (var (tree, file) in trees)
        {
            if (FolderOf(file.Path) == ServerFolders.Root)
            {
                // The root composes the program from all layers. It would close a cycle with the commands, which start it.
                continue;
            }

            var model = compilation.GetSemanticModel(tree);
            foreach (var name in tree.GetRoot().DescendantNodes(node => node is not UsingDirectiveSyntax).OfType<SimpleNameSyntax>())
            {
                if (TypeOf(model, name) is { } type && FolderOf(type, trees) is { } to && FolderOf(file.Path) is var from && from != to)
                {
                    yield return new(from, to, $"{file.Name} uses {type.Name}");
                }
            }
        }

        foreach (var component in Repository.Files.Where(
            file => file.Extension is ".razor" && file.Path.StartsWith(Server, StringComparison.Ordinal)))
        {
            foreach (var folder in ServerFolders.Names.Where(
                name => component.Text.Contains($"Latchkey.Server.{name}", StringComparison.Ordinal)))
            {
                if (folder != FolderOf(component.Path))
                {
                    yield return new(FolderOf(component.Path), folder, $"{component.Name} names it");
                }
            }
        }
    }

    private static INamedTypeSymbol? TypeOf(SemanticModel model, SimpleNameSyntax name)
    {
        var info = model.GetSymbolInfo(name);
        var symbol = info.Symbol ?? info.CandidateSymbols.FirstOrDefault();
        var type = symbol as INamedTypeSymbol
            ?? (symbol is IMethodSymbol or IPropertySymbol or IFieldSymbol or IEventSymbol ? symbol.ContainingType : null);
        while (type?.ContainingType is { } outer)
        {
            type = outer;
        }

        return type?.OriginalDefinition;
    }

    /// <summary>Returns null for types of other assemblies and for those that every layer may use.</summary>
    private static string? FolderOf(INamedTypeSymbol type, Dictionary<SyntaxTree, SourceFile> trees) =>
        type.DeclaringSyntaxReferences.FirstOrDefault() is { } declaration && trees.TryGetValue(declaration.SyntaxTree, out var file)
            && !UsableEverywhere.Contains(type.Name, StringComparer.Ordinal)
                ? FolderOf(file.Path)
                : null;

    private static string FolderOf(string path) => path[Server.Length..].Split('/') is [var folder, _, ..] ? folder : ServerFolders.Root;

    private static readonly string[] ImplicitUsings =
    [
        "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Net.Http", "System.Net.Http.Json", "System.Threading",
        "System.Threading.Tasks", "Microsoft.AspNetCore.Builder", "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Http",
        "Microsoft.AspNetCore.Routing", "Microsoft.Extensions.Configuration", "Microsoft.Extensions.DependencyInjection",
        "Microsoft.Extensions.Hosting", "Microsoft.Extensions.Logging",
    ];

    private sealed record Reference(string From, string To, string Example)
    {
        public override string ToString() => $"{From} -> {To}: {Example}";
    }
}
