using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>The value of an option that names a secret by its location, because command lines are visible to every process.</summary>
internal static class SecretArgument
{
    private const string Variable = "env:";
    private const string FilePrefix = "file:";

    public static bool IsReference(string text) =>
        text.StartsWith(Variable, StringComparison.Ordinal) || text.StartsWith(FilePrefix, StringComparison.Ordinal);

    /// <param name="option">The option or the variable, for messages.</param>
    /// <exception cref="UnusableSetting">It is no reference, or leads to no secret.</exception>
    public static Secret Read(string option, string reference)
    {
        var value = reference.Split(':', 2) switch
        {
            ["env", { Length: > 0 } name] => Environment.GetEnvironmentVariables()[name] as string
                ?? throw new UnusableSetting($"{option}: the variable {name} is not set."),
            ["file", { Length: > 0 } path] => ReadFile(option, path),
            _ => throw new UnusableSetting($"{option} must be env:NAME or file:<path>: command lines are visible to every process."),
        };
        return value.Length > 0 ? new(value) : throw new UnusableSetting($"{option}: {reference} is empty.");
    }

    private static string ReadFile(string option, string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting($"{option}: {path} cannot be read.");
        }
    }
}
