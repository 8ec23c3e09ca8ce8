namespace Latchkey.Testing;

/// <summary>Where a test run leaves what is looked at afterwards: <c>artifacts/tests</c> at the root of the repository, below which nothing is committed.</summary>
public static class Artifacts
{
    private static readonly Lazy<string> Found = new(FindRoot);

    /// <summary>The root of the repository.</summary>
    public static string Root => Found.Value;

    /// <summary>A folder below it, made when first asked for.</summary>
    public static string Folder(string name) => Directory.CreateDirectory(Path.Combine(Root, "artifacts", "tests", name)).FullName;

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Latchkey.slnx")))
        {
            folder = folder.Parent ?? throw new InvalidOperationException($"{AppContext.BaseDirectory} is not below the repository's root");
        }

        return folder.FullName;
    }
}
