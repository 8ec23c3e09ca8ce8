using System.CommandLine;
using Latchkey.Server.ConfigurationFile;

namespace Latchkey.Server.Cli;

/// <summary><c>latchkey export</c>: prints the configuration of the database as a file.</summary>
internal static class ExportCommand
{
    public static Command New(CommandRunner run)
    {
        var schema =
            new Option<bool>("--schema") { Description = "Print the JSON schema of the file for editors, instead of the configuration." };
        var export = new Command("export", "Print the configuration as a file for 'apply', without secrets.") { schema };
        export.SetAction((parsed, stop) => run(
            (settings, cancel) => parsed.GetValue(schema) ? Console.Out.WriteAsync(FileSchema.Text()) : ExportAsync(settings, cancel),
            stop));
        return export;
    }

    private static async Task ExportAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var databases = await CommandDatabase.OpenAsync(settings, cancellationToken);
        await Console.Out.WriteAsync(
            Export.Write(await StoredConfiguration.LoadAsync(databases.Main, cancellationToken), settings.BaseUrl));
    }
}
