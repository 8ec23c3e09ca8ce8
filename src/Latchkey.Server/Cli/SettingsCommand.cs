using System.CommandLine;

namespace Latchkey.Server.Cli;

/// <summary><c>latchkey settings</c>: every setting with its value in force, the source of the value, and its default.</summary>
internal static class SettingsCommand
{
    public static Command New(CommandRunner run)
    {
        var settings = new Command("settings", "List every setting with its value, where the value comes from, and its default.");
        settings.SetAction((_, cancellationToken) => run((read, _) => ListAsync(read), cancellationToken));
        return settings;
    }

    /// <summary>Setting, value, source and default of each setting. Of a secret, only whether it is set.</summary>
    public static IEnumerable<string[]> Rows(Settings settings) => SettingsTable.All.Select(setting => new[]
    {
        $"{SettingsSources.Section}:{setting.Key}",
        setting.Shown(settings) is { Length: > 0 } value ? value : "-",
        settings.Origins.TryGetValue(setting.Key, out var origin) ? origin : "default",
        setting.Default.Replace("`", "", StringComparison.Ordinal),
    });

    private static async Task ListAsync(Settings settings)
    {
        List<string[]> rows = [["setting", "value", "source", "default"], .. Rows(settings)];
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            await Console.Out.WriteLineAsync(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
