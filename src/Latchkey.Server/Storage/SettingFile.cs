namespace Latchkey.Server.Storage;

/// <summary>Reads a file that a setting names. Every failure is a sentence that names the setting and what to do.</summary>
internal static class SettingFile
{
    /// <summary>Before a path, in the value of a secret.</summary>
    public const string Prefix = "file:";

    private const int MaxBytes = 1024 * 1024;

    /// <summary>Returns the content without the line break at its end, which editors and <c>echo</c> add.</summary>
    /// <param name="key">The key of the setting, for messages.</param>
    /// <exception cref="UnusableSetting">The file cannot be read, or it is empty.</exception>
    public static string ReadText(string key, string path)
    {
        var text = Read(key, path).TrimEnd('\r', '\n');
        return text.Contains('\0', StringComparison.Ordinal)
            ? throw new UnusableSetting($"{key} names the file {path}, which is not a text file. Correct the path.")
            : text.Length > 0 ? text
            : throw new UnusableSetting($"{key} names the file {path}, which is empty. Write the value into it.");
    }

    /// <summary>Says why a file that another library reads could not be used.</summary>
    /// <param name="kind">What the file must be, for example <c>a PEM file with a certificate</c>.</param>
    public static UnusableSetting Refused(string key, string path, string kind)
    {
        _ = Read(key, path);
        return new($"{key} names the file {path}, which is not {kind}. Correct the file or the setting.");
    }

    private static string Read(string key, string path)
    {
        if (Directory.Exists(path))
        {
            throw new UnusableSetting(
                $"{key} names {path}, which is a directory; it must be a file. (Docker creates a directory for a missing file of a "
                    + "volume.)");
        }

        try
        {
            var file = new FileInfo(path);
            return !file.Exists ? throw new UnusableSetting($"{key} names the file {path}, which does not exist. Create it or correct "
                + "the path.")
                : file.Length > MaxBytes
                    ? throw new UnusableSetting($"{key} names the file {path}, which is larger than {MaxBytes} bytes. Correct the path.")
                : File.ReadAllText(path);
        }
        catch (Exception problem) when (problem is not UnusableSetting)
        {
            throw new UnusableSetting(
                $"{key} names the file {path}, which the user {Environment.UserName} cannot read. Give that user the right to read it.");
        }
    }
}
