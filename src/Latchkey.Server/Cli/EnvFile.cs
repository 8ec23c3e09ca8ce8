using System.Globalization;
using System.Text;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// A file of environment variables. Latchkey owns one section of it, between two comments; the other lines stay byte for byte. A file that
/// has one of the variables outside the section, or a section of another MCP server, is refused before anything is changed. The new content
/// is written beside the file with mode 0600 and replaces it in one step.
/// </summary>
internal sealed class EnvFile : IDisposable
{
    private const string BeginMark = "# latchkey begin";
    private const string EndMark = "# latchkey end";
    private const int MaxBytes = 1024 * 1024;

    private readonly string name;
    private readonly string path;
    private readonly string temporary;
    private readonly FileStream output;
    private readonly List<string> before = [];
    private readonly List<string> section = [];
    private readonly List<string> after = [];

    private EnvFile(string name)
    {
        this.name = name;
        path = Path.GetFullPath(File.Exists(name) && File.ResolveLinkTarget(name, returnFinalTarget: true) is { } target
            ? target.FullName
            : name);
        temporary = string.Create(CultureInfo.InvariantCulture, $"{path}.{Environment.ProcessId}.tmp");
        if (File.Exists(path))
        {
            Read();
        }

        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        output = new FileStream(temporary, options);
    }

    /// <summary>Reads the file if it exists, and makes sure that it can be written.</summary>
    /// <exception cref="UnusableSetting">It cannot be read or written, or it has lines that would have to be overwritten.</exception>
    public static EnvFile Open(string name)
    {
        try
        {
            return Directory.Exists(name)
                ? throw new UnusableSetting($"--env {name} is a directory; name a file in it, for example {Path.Combine(name, ".env")}.")
                : new(name);
        }
        catch (Exception unusable)
            when (unusable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnusableSetting($"--env {name} cannot be written: {unusable.Message}");
        }
    }

    /// <summary>Refuses a file whose section belongs to another MCP server.</summary>
    /// <exception cref="UnusableSetting">It does.</exception>
    public void AssertIsFor(string resourceUri)
    {
        if (section.Count > 0 && section[0][BeginMark.Length..].Trim() is var owner
            && ResourceUri.Canonical(owner) != ResourceUri.Canonical(resourceUri))
        {
            throw new UnusableSetting($"--env {name} has the variables of {OAuthError.Printable(owner)}. Nothing was changed. "
                + "Name another file.");
        }
    }

    /// <summary>Replaces the section. A secret that the section has for the same API client stays when the variables have none.</summary>
    public void Write(IntegrationVariables variables)
    {
        if (variables.Find(IntegrationVariables.SecretName) is null
            && variables.Find(IntegrationVariables.ClientIdName) is { } client && Stored(IntegrationVariables.ClientIdName) == client
            && Stored(IntegrationVariables.UrlName) == variables.Find(IntegrationVariables.UrlName)
            && Stored(IntegrationVariables.SecretName) is { } secret)
        {
            variables = variables.WithSecret(secret);
        }

        var text = new StringBuilder();
        text.AppendJoin("", before);
        if (text.Length > 0 && text[^1] != '\n')
        {
            text.Append('\n');
        }

        text.Append(BeginMark).Append(' ').Append(variables.ResourceUri).Append('\n').Append(variables).Append(EndMark).Append('\n')
            .AppendJoin("", after);
        output.Write(Encoding.UTF8.GetBytes(text.ToString()));
        output.Flush(flushToDisk: true);
        output.Dispose();
        File.Move(temporary, path, overwrite: true);
    }

    /// <summary>Deletes what was not completed.</summary>
    public void Dispose()
    {
        output.Dispose();
        File.Delete(temporary);
    }

    private string? Stored(string variable) => section
        .Where(line => line.StartsWith($"{variable}=", StringComparison.Ordinal))
        .Select(line => IntegrationVariables.Unquoted(line[(variable.Length + 1)..].TrimEnd('\r', '\n')))
        .FirstOrDefault();

    private void Read()
    {
        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new UnusableSetting($"--env {name} is larger than {MaxBytes / 1024} KiB. Name a file of variables.");
        }

        var number = 0;
        var isInside = false;
        var foreign = new List<string>();
        foreach (var line in Lines(File.ReadAllText(path)))
        {
            number++;
            var isMark = line.StartsWith(BeginMark, StringComparison.Ordinal);
            if (isMark && section.Count > 0)
            {
                throw new UnusableSetting(
                    $"--env {name}, line {number}: a second section of Latchkey begins here. Remove one of them.");
            }

            isInside |= isMark;
            (isInside ? section : section.Count > 0 ? after : before).Add(line);
            if (!isInside && VariableOf(line) is { } variable && IntegrationVariables.Names.Contains(variable))
            {
                foreign.Add(string.Create(CultureInfo.InvariantCulture, $"{variable} (line {number})"));
            }

            isInside &= !line.StartsWith(EndMark, StringComparison.Ordinal);
        }

        if (isInside)
        {
            throw new UnusableSetting($"--env {name}: the section that begins with '{BeginMark}' has no line '{EndMark}'. Add it.");
        }

        if (foreign.Count > 0)
        {
            throw new UnusableSetting($"--env {name} already has {string.Join(", ", foreign)}. Nothing was changed. "
                + "Remove these lines, or name another file.");
        }
    }

    private static string? VariableOf(string line)
    {
        const string Export = "export ";
        var text = line.TrimStart();
        text = text.StartsWith(Export, StringComparison.Ordinal) ? text[Export.Length..].TrimStart() : text;
        var end = text.IndexOf('=', StringComparison.Ordinal);
        return end > 0 ? text[..end].TrimEnd() : null;
    }

    /// <summary>The lines with their line breaks.</summary>
    private static IEnumerable<string> Lines(string text)
    {
        for (var start = 0; start < text.Length;)
        {
            var end = text.IndexOf('\n', start);
            var next = end < 0 ? text.Length : end + 1;
            yield return text[start..next];
            start = next;
        }
    }
}
