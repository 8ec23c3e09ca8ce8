namespace Latchkey.Testing;

/// <summary>Where a test run leaves what is looked at afterwards: <c>artifacts/tests</c> at the root of the repository, below which nothing is committed.</summary>
public static class Artifacts
{
    private static readonly Lazy<string> Root = new(Find);

    /// <summary>The root of the repository that the running program was built from.</summary>
    public static string RepositoryRoot => Root.Value;

    /// <summary>A folder below it, made when first asked for.</summary>
    public static string Folder(string name) => Directory.CreateDirectory(Path.Combine(RepositoryRoot, "artifacts", "tests", name)).FullName;

    private static string Find()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Latchkey.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not below the repository's root");
        }

        return folder.FullName;
    }
}
