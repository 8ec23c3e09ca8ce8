namespace Latchkey.Server.Storage;

/// <summary>Writes files that only their owner can read (mode 0600). Never overwrites one.</summary>
internal static class PrivateFile
{
    /// <exception cref="UnusableSetting">The file cannot be created.</exception>
    public static void Create(string path, string content) => Write(path, content, FileMode.CreateNew);

    /// <summary>Adds to the end of a file, which is created if it does not exist.</summary>
    /// <exception cref="UnusableSetting">The file cannot be written.</exception>
    public static void Append(string path, string content) => Write(path, content, FileMode.Append);

    private static void Write(string path, string content, FileMode mode)
    {
        try
        {
            WriteText(path, content, mode);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting($"DataDirectory: the user {Environment.UserName} cannot create {Path.GetFullPath(path)} "
                + $"({problem.Message.Split('\n')[0].TrimEnd('.')}). Make the directory writable, or name another one.");
        }
    }

    private static void WriteText(string path, string content, FileMode mode)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var writer = new StreamWriter(path, options);
        writer.Write(content);
    }
}
