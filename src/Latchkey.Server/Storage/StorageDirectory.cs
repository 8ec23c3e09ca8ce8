namespace Latchkey.Server.Storage;

/// <summary>Creates the directories that the server writes to.</summary>
internal static class StorageDirectory
{
    /// <param name="key">The setting that names the directory, or a file in it.</param>
    /// <exception cref="UnusableSetting">The directory cannot be created, or this process cannot write to it.</exception>
    public static void Create(string key, string path)
    {
        var full = Path.GetFullPath(path);
        for (var part = full; part is not null; part = Path.GetDirectoryName(part))
        {
            if (File.Exists(part))
            {
                throw new UnusableSetting($"{key} needs the directory {full}, but {part} is a file. Remove the file or name another "
                    + "directory.");
            }
        }

        try
        {
            Directory.CreateDirectory(full);
            var probe = Path.Combine(full, $".write-{Environment.ProcessId}");
            using var written = new FileStream(probe, FileMode.Create, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting(
                $"{key} needs the directory {full}, in which the user {Environment.UserName} cannot create files "
                + $"({problem.Message.Split('\n')[0].TrimEnd('.')}). Give that user the right to write there, or name another directory.");
        }
    }
}
