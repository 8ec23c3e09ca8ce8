namespace Latchkey.Server;

/// <summary>Finds the setting that a wrong name probably means.</summary>
internal static class SettingNames
{
    private const string FileSuffix = "file";

    /// <summary>The sentence for a key that is not a setting.</summary>
    /// <param name="key">Below the section, with colons.</param>
    public static string Unknown(string key)
    {
        var hint = Plain(key) is var plain && plain.EndsWith(FileSuffix, StringComparison.Ordinal)
            && SettingsTable.All.FirstOrDefault(s => s.IsSecret && Plain(s.Key) == plain[..^FileSuffix.Length]) is { } secret
                ? $"write {SettingsSources.Section}:{secret.Key} with the value file:<path>."
            : Nearest(key) is { } meant ? $"did you mean {SettingsSources.Section}:{meant.Key}?"
            : "it is misspelled or of another version.";
        return $"Unknown setting {SettingsSources.Section}:{key}; {hint} 'latchkey settings' lists all settings.";
    }

    /// <summary>
    /// The setting whose key has the same letters, whose last part is this name or the last part of it, or from which the name differs by
    /// at
    /// most a quarter of its letters. Returns null when there is none.
    /// </summary>
    public static Setting? Nearest(string key)
    {
        var (whole, last) = (Plain(key), Plain(key.Split(':')[^1]));
        return Equal(whole) ?? SettingsTable.All.FirstOrDefault(s => Plain(s.Key.Split(':')[^1]) == last)
            ?? SettingsTable.All.FirstOrDefault(s => last.Length > 0 && Plain(s.Key) == last)
            ?? Close(whole) ?? Close(last);
    }

    /// <summary>The setting with the same letters, whatever separates its parts. Returns null when there is none.</summary>
    public static Setting? Equal(string name) => SettingsTable.All.FirstOrDefault(s => Plain(s.Key) == Plain(name));

    private static Setting? Close(string name)
    {
        const int Part = 4;
        const int MaxCompared = 60;
        if (name.Length is < Part or > MaxCompared)
        {
            return null;
        }

        var (nearest, distance) = SettingsTable.All
            .SelectMany(s => new[] { Plain(s.Key), Plain(s.Key.Split(':')[^1]) }
                .Select(known => (Setting: s, Distance: Distance(name, known))))
            .MinBy(candidate => candidate.Distance);
        return distance <= name.Length / Part ? nearest : null;
    }

    /// <summary>Only letters and digits, in lower case.</summary>
    private static string Plain(string name) => string.Concat(name.Where(char.IsAsciiLetterOrDigit).Select(char.ToLowerInvariant));

    /// <summary>The number of letters to insert, remove or replace (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var former = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = former[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(former[j], current[j - 1]) + 1);
            }

            former = current;
        }

        return former[b.Length];
    }
}
