namespace Latchkey.Server.Storage;

/// <summary>Creates files that only their owner can read (mode 0600). Never overwrites a file.</summary>
internal static class PrivateFile
{
    /// <exception cref="UnusableSetting">The file cannot be created.</exception>
    public static void Create(string path, string content)
    {
        try
        {
            CreateNew(path, content);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting($"DataDirectory: the user {Environment.UserName} cannot create {Path.GetFullPath(path)} "
                + $"({problem.Message.Split('\n')[0].TrimEnd('.')}). Make the directory writable, or name another one.");
        }
    }

    private static void CreateNew(string path, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(content);
    }
}
