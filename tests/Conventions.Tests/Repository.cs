using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Conventions.Tests;

/// <summary>The source tree of this test program as git lists it: tracked files and new files that are not ignored.</summary>
internal static class Repository
{
    private static readonly Lazy<IReadOnlyList<SourceFile>> Listed = new(List);

    public static string Root { get; } = FindRoot();

    public static IReadOnlyList<SourceFile> Files => Listed.Value;

    /// <summary>Every C# source file; generated files are not listed.</summary>
    public static IEnumerable<SourceFile> CSharp => Files.Where(file => file.Extension is ".cs");

    public static IEnumerable<Project> Projects => Files.Where(file => file.Extension is ".csproj").Select(file => new Project(file));

    /// <summary>The file at <paramref name="path"/>. The test fails if it does not exist.</summary>
    public static SourceFile Get(string path)
    {
        var file = Files.SingleOrDefault(candidate => candidate.Path == path);
        Assert.True(file is not null, $"{path} is missing.");
        return file;
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Latchkey.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException(
            "These tests read the source tree, but no folder above the test program contains Latchkey.slnx.");
    }

    private static List<SourceFile> List()
    {
        // safe.directory: in a container the checkout can belong to another user.
        var start = new ProcessStartInfo("git", ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using var git = Process.Start(start) ?? throw new InvalidOperationException("git did not start.");
        var output = git.StandardOutput.ReadToEnd();
        git.WaitForExit();
        Assert.True(git.ExitCode == 0, "git ls-files failed. These tests need a git checkout.");
        return [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.Ordinal)
            .Select(path => new SourceFile(path)).Where(file => File.Exists(file.FullPath))];
    }
}

/// <summary>A file, identified by its path from the root with forward slashes.</summary>
internal sealed record SourceFile(string Path)
{
    private static readonly HashSet<string> Binary =
        new(StringComparer.OrdinalIgnoreCase) { ".png", ".ico", ".jpg", ".gif", ".webp", ".woff2", ".pfx", ".gz", ".zip" };

    public string FullPath => System.IO.Path.Combine(Repository.Root, Path);

    public string Extension => System.IO.Path.GetExtension(Path);

    public string Name => System.IO.Path.GetFileName(Path);

    public string Folder => Path.Contains('/', StringComparison.Ordinal) ? Path[..Path.LastIndexOf('/')] : "";

    public bool IsText => !Binary.Contains(Extension);

    public string Text => File.ReadAllText(FullPath);

    public string[] Lines => File.ReadAllLines(FullPath);

    public SyntaxNode Syntax => CSharpSyntaxTree.ParseText(Text, new CSharpParseOptions(LanguageVersion.Latest), FullPath).GetRoot();

    public bool Matches(Regex pattern) => pattern.IsMatch(Text);
}

internal sealed record Project(SourceFile File)
{
    public string RootNamespace =>
        XDocument.Load(File.FullPath).Descendants("RootNamespace").FirstOrDefault()?.Value
        ?? System.IO.Path.GetFileNameWithoutExtension(File.Name);

    public IEnumerable<SourceFile> Code => Repository.Files.Where(
        file => file.Extension is ".cs" or ".razor" && file.Path.StartsWith(File.Folder + "/", StringComparison.Ordinal));

    /// <summary>The folders between the project and <paramref name="file"/>.</summary>
    public string[] FoldersTo(SourceFile file) =>
        file.Folder.Length == File.Folder.Length ? [] : file.Folder[(File.Folder.Length + 1)..].Split('/');
}
