namespace Conventions.Tests;

/// <summary>A file of the repository that is generated from the code and checked in. <c>./dev docs</c> writes it;
/// a test fails when it is out of date.</summary>
internal static class GeneratedFile
{
#pragma warning disable RS0030 // The variable tells this test program to write files; it is not a setting of the server.
    private static bool Writes => Environment.GetEnvironmentVariable("LATCHKEY_WRITE_DOCS") is "1";
#pragma warning restore RS0030

    public static void AssertCurrent(string path, string expected)
    {
        var file = Path.Combine(Repository.Root, path);
        if (Writes)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, expected);
        }

        Assert.True(File.Exists(file) && File.ReadAllText(file) == expected, $"{path} is out of date. `./dev docs` writes it.");
    }
}
