namespace Latchkey.Testing;

/// <summary>The folder for the results of a test run: <c>artifacts/tests</c> at the root of the repository,
/// which is not committed.</summary>
public static class Artifacts
{
    private static readonly Lazy<string> Found = new(FindRoot);

    /// <summary>The root of the repository.</summary>
    public static string Root => Found.Value;

    /// <summary>Returns a folder below it and creates it if necessary.</summary>
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
