using System.Collections;

namespace Latchkey.Server;

/// <summary>
/// Environment variables that look like settings of Latchkey and have no effect, for example <c>LATCHKEY_STORAGE</c> with one underscore.
/// They are pointed out and are no error, because other programs and Kubernetes define variables that begin with the same letters.
/// </summary>
internal static class UnreadVariables
{
    public static IReadOnlyList<string> In(IDictionary environment) =>
    [
        .. environment.Keys.Cast<string>().Order(StringComparer.Ordinal).Select(Hint).OfType<string>(),
    ];

    private static string? Hint(string name)
    {
        const string Section = SettingsSources.Section;
        if (name.Length <= Section.Length || !name.StartsWith(Section, StringComparison.OrdinalIgnoreCase)
            || name.StartsWith($"{Section}__", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = name[Section.Length..];
        return SettingNames.Equal(rest) is not { } meant ? null
            : $"The environment variable {Setting.Quoted(name)[1..^1]} has no effect; the setting {meant.Key} is "
                + $"{meant.EnvironmentVariable}, with "
                + "two underscores after each part.";
    }
}
