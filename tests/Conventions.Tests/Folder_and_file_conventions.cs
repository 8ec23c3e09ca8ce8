using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Conventions.Tests;

public sealed partial class Folder_and_file_conventions
{
    private const int MaxLines = 400;
    private const int MaxProgramLines = 60;
    private const int MaxFolderLevels = 2;
    private const int MaxColumns = 140;
    private const int MaxPositionalMembers = 8;

    private static readonly string[] EmptyNames =
        ["Common", "Helpers", "Utils", "Managers", "Services", "Core", "Shared", "Base", "Impl", "Helper", "Util", "Misc"];

    // Endings of class names without a meaning. "Service" and "Base" are allowed because the framework and gRPC use them.
    private static readonly string[] EmptyEndings = ["Helper", "Helpers", "Util", "Utils", "Manager", "Managers", "Impl"];

    [Fact]
    public void Each_folder_of_the_server_has_a_layer()
    {
        var server = Repository.Projects.Single(project => project.File.Name == "Latchkey.Server.csproj");
        var folders = Repository.Files
            .Where(file => file.Path.StartsWith(server.File.Folder + "/", StringComparison.Ordinal))
            .Select(file => server.FoldersTo(file).FirstOrDefault())
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);

        Violations.None(
            folders.Except(ServerFolders.Names, StringComparer.Ordinal), "a folder of the server that is not listed in ServerFolders.cs");
    }

    [Fact]
    public void No_folder_has_a_name_without_a_meaning() =>
        Violations.None(
            Repository.Files.Select(file => file.Folder).Distinct(StringComparer.Ordinal)
                .Where(folder => folder.Split('/').Any(IsEmptyName)),
            "a folder with a name without a meaning (Common, Helpers, …)");

    [Fact]
    public void No_type_has_a_name_without_a_meaning()
    {
        var types = Repository.CSharp.SelectMany(
            file => file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text));

        Violations.None(
            types.Where(name => IsEmptyName(name) || EmptyEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))),
            "a type with a name without a meaning (…Helper, …Manager, …)");
    }

    [Fact]
    public void Code_is_at_most_two_folder_levels_below_its_project() =>
        Violations.None(
            Repository.Projects.SelectMany(project => project.Code.Where(file => project.FoldersTo(file).Length > MaxFolderLevels))
                .Select(file => file.Path),
            $"a file more than {MaxFolderLevels} folder levels below its project");

    [Fact]
    public void Each_namespace_equals_its_folder()
    {
        var wrong =
            from project in Repository.Projects
            from file in project.Code
            where file.Extension is ".cs"
            let expected = string.Join('.', [project.RootNamespace, .. project.FoldersTo(file)])
            from found in file.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            where found.Name.ToString() != expected
            select $"{file.Path}: {found.Name}, expected {expected}";

        Violations.None(wrong, "a namespace that differs from the folder");
    }

    [Fact]
    public void Every_type_is_in_a_namespace()
    {
        // The runtime requires a start-up hook without a namespace.
        var stray = Repository.CSharp.Where(file => file.Syntax is CompilationUnitSyntax unit
            && unit.Members.OfType<BaseTypeDeclarationSyntax>().Any(type => type.Identifier.Text != "StartupHook"));

        Violations.None(stray.Select(file => file.Path), "a type without a namespace");
    }

    [Fact]
    public void Each_file_has_at_most_400_lines() =>
        Violations.None(
            from file in Repository.Files
            where file.Extension is ".cs" or ".razor" or ".css" or ".js"
            let lines = file.Lines.Length
            where lines > MaxLines
            select $"{file.Path}: {lines} lines",
            $"a file with more than {MaxLines} lines");

    [Fact]
    public void Lines_of_C_sharp_have_at_most_140_columns() =>
        Violations.None(
            from file in Repository.CSharp
            from line in file.Lines.Index()
            where line.Item.Length > MaxColumns
            select $"{file.Path}:{line.Index + 1}",
            $"a line of more than {MaxColumns} columns");

    [Fact]
    public void Records_have_at_most_8_positional_members() =>
        Violations.None(
            from file in Repository.CSharp
            where file.Path.StartsWith("src/Latchkey.Server/", StringComparison.Ordinal)
            from record in file.Syntax.DescendantNodes().OfType<RecordDeclarationSyntax>()
            where record.ParameterList?.Parameters.Count > MaxPositionalMembers
            select $"{file.Path}: {record.Identifier.Text}",
            $"a record with more than {MaxPositionalMembers} positional members");

    [Fact]
    public void Program_cs_of_the_server_has_at_most_60_lines()
    {
        var program = Repository.Get("src/Latchkey.Server/Program.cs");

        Assert.InRange(program.Lines.Length, 1, MaxProgramLines);
    }

    [Fact]
    public void No_file_has_a_region() =>
        Violations.None(Repository.CSharp.Where(file => file.Matches(Region())).Select(file => file.Path), "a file with a region");

    [Fact]
    public void Each_banned_symbol_has_a_reason() =>
        Violations.None(
            Repository.Get("BannedSymbols.txt").Lines.Where(line => line.Length > 0 && line.Split(';', 2) is not [_, { Length: > 10 }]),
            "a banned symbol without a reason");

    private static bool IsEmptyName(string name) => EmptyNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"^\s*#region\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Region();
}
