using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace House.Tests;

public sealed partial class Folders_and_files
{
    private const int MaxLines = 400;
    private const int MaxProgramLines = 60;
    private const int MaxFolderLevels = 2;

    // A new folder is a new thing the server does: it comes here with one line on what it owns.
    private static readonly Dictionary<string, string> Features = new(StringComparer.Ordinal)
    {
        ["Ports"] = "where the server listens, in which protocols, with which certificate",
        ["Limits"] = "how often somebody may ask",
        ["OAuth"] = "the words, no I/O",
        ["Resources"] = "MCP servers and their scopes",
        ["Connections"] = "how a company's own login is reached",
        ["Fields"] = "the fields of configurable entities, each declared once",
        ["ConfigurationFile"] = "the configuration as a file: applied and exported",
        ["ScalekitImport"] = "a configuration file from what Scalekit answers",
        ["Configuration"] = "all that operators set, held whole in memory",
        ["Clients"] = "who may ask for tokens, and API clients",
        ["ClientDocuments"] = "clients that identify themselves by a metadata document at an https URL",
        ["Register"] = "dynamic client registration",
        ["Metadata"] = "what discovery answers",
        ["Authorize"] = "the auth request, from its arrival to its answer",
        ["Login"] = "the hand-over to the company's login and back",
        ["Consent"] = "what the user allows, and what is remembered of it",
        ["Token"] = "grants become tokens",
        ["Revoke"] = "tokens taken back",
        ["Introspect"] = "what a token is worth",
        ["UserInfo"] = "who the user is",
        ["Keys"] = "signing keys and how they are sealed",
        ["Management"] = "the REST API",
        ["ScalekitWire"] = "the same operations over gRPC",
        ["Dashboard"] = "the operator's pages",
        ["OpenApi"] = "what the REST API takes and answers, for programs and for people",
        ["Journeys"] = "what happened to one auth request, step by step",
        ["Audit"] = "who changed what",
        ["Telemetry"] = "traces and metrics",
        ["Storage"] = "SQLite and PostgreSQL behind one door",
        ["Cli"] = "the verbs of the program",
        ["Health"] = "alive, ready, and the last catch of every request",
        ["Pages"] = "what a person sees during sign-in",
    };

    private static readonly string[] EmptyNames = ["Common", "Helpers", "Utils", "Managers", "Services", "Core", "Shared", "Base", "Impl", "Helper", "Util", "Misc"];

    // Words that say nothing at the end of a class name either. "Service" and "Base" are not here: the framework and gRPC use them for things that exist.
    private static readonly string[] EmptyEndings = ["Helper", "Helpers", "Util", "Utils", "Manager", "Managers", "Impl"];

    [Fact]
    public void The_server_has_one_folder_per_thing_it_does()
    {
        var server = Repository.Projects.Single(project => project.File.Name == "Latchkey.Server.csproj");
        var folders = Repository.Files
            .Where(file => file.Path.StartsWith(server.File.Folder + "/", StringComparison.Ordinal))
            .Select(file => server.FoldersTo(file).FirstOrDefault())
            .OfType<string>()
            .Distinct(StringComparer.Ordinal);

        Violations.None(folders.Where(folder => !Features.ContainsKey(folder)), "a folder that is none of the features");
    }

    [Fact]
    public void No_folder_has_a_name_that_says_nothing() =>
        Violations.None(
            Repository.Files.Select(file => file.Folder).Distinct(StringComparer.Ordinal).Where(folder => folder.Split('/').Any(IsEmptyName)),
            "a folder whose name says nothing");

    [Fact]
    public void No_type_has_a_name_that_says_nothing()
    {
        var types = Repository.CSharp.SelectMany(file => file.Syntax.DescendantNodes().OfType<BaseTypeDeclarationSyntax>().Select(type => type.Identifier.Text));

        Violations.None(types.Where(name => IsEmptyName(name) || EmptyEndings.Any(ending => name.EndsWith(ending, StringComparison.Ordinal))), "a type whose name says nothing");
    }

    [Fact]
    public void Code_lies_at_most_two_folders_below_its_project() =>
        Violations.None(
            Repository.Projects.SelectMany(project => project.Code.Where(file => project.FoldersTo(file).Length > MaxFolderLevels)).Select(file => file.Path),
            $"code more than {MaxFolderLevels} folders below its project");

    [Fact]
    public void A_namespace_is_the_folder()
    {
        var wrong =
            from project in Repository.Projects
            from file in project.Code
            where file.Extension is ".cs"
            let expected = string.Join('.', [project.RootNamespace, .. project.FoldersTo(file)])
            from found in file.Syntax.DescendantNodes().OfType<BaseNamespaceDeclarationSyntax>()
            where found.Name.ToString() != expected
            select $"{file.Path}: {found.Name}, expected {expected}";

        Violations.None(wrong, "a namespace that is not the folder");
    }

    [Fact]
    public void Every_type_is_in_a_namespace()
    {
        // The runtime looks for a start-up hook by its bare name.
        var stray = Repository.CSharp.Where(file => file.Syntax is CompilationUnitSyntax unit && unit.Members.OfType<BaseTypeDeclarationSyntax>().Any(type => type.Identifier.Text != "StartupHook"));

        Violations.None(stray.Select(file => file.Path), "a type outside every namespace");
    }

    [Fact]
    public void Files_hold_at_most_400_lines() =>
        Violations.None(
            from file in Repository.Files
            where file.Extension is ".cs" or ".razor" or ".css" or ".js"
            let lines = file.Lines.Length
            where lines > MaxLines
            select $"{file.Path}: {lines} lines",
            $"a file of more than {MaxLines} lines");

    [Fact]
    public void The_server_starts_in_at_most_60_lines()
    {
        var program = Repository.Get("src/Latchkey.Server/Program.cs");

        Assert.InRange(program.Lines.Length, 1, MaxProgramLines);
    }

    [Fact]
    public void No_file_hides_code_in_a_region() =>
        Violations.None(Repository.CSharp.Where(file => file.Matches(Region())).Select(file => file.Path), "a file with a region");

    [Fact]
    public void Every_banned_symbol_says_why() =>
        Violations.None(
            Repository.Get("BannedSymbols.txt").Lines.Where(line => line.Length > 0 && line.Split(';', 2) is not [_, { Length: > 10 }]),
            "a banned symbol without a reason");

    private static bool IsEmptyName(string name) => EmptyNames.Contains(name, StringComparer.OrdinalIgnoreCase);

    [GeneratedRegex(@"^\s*#region\b", RegexOptions.Multiline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Region();
}
