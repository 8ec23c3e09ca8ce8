using System.CommandLine;
using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Credentials;
using Latchkey.Server.Crypto;
using Latchkey.Server.Keys;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey apply</c> and <c>latchkey export</c>: the configuration as a file. Both work on the database directly.
/// Running servers see a change within a second.
/// The whole file is read and checked before anything is written.
/// </summary>
internal static class ApplyCommands
{
    /// <param name="Prune">Deletes entries that the lists of the file do not name.</param>
    /// <param name="Yes">Deletes without a confirmation.</param>
    private sealed record ApplyOptions(string File, bool DryRun, bool Prune, bool Yes);

    public static Command NewApply(CommandRunner run)
    {
        var file = new Option<string>("--file", "-f") { Description = "The configuration file, in YAML.", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the differences and change nothing." };
        var prune = new Option<bool>("--prune")
        {
            Description = "Also delete entries that the lists of the file do not name, after a confirmation."
        };
        var yes = new Option<bool>("--yes") { Description = "Delete without a confirmation." };
        var apply = new Command("apply", "Change the configuration to match a file. Applying the same file again changes nothing.")
        {
            file, dryRun, prune, yes,
        };
        apply.SetAction((parsed, stop) =>
        {
            var options = new ApplyOptions(parsed.GetValue(file)!, parsed.GetValue(dryRun), parsed.GetValue(prune), parsed.GetValue(yes));
            return run((settings, cancel) => ApplyAsync(settings, options, cancel), stop);
        });
        return apply;
    }

    public static Command NewExport(CommandRunner run)
    {
        var schema =
            new Option<bool>("--schema") { Description = "Print the JSON schema of the file for editors, instead of the configuration." };
        var export = new Command("export", "Print the configuration as a file for 'apply', without secrets.") { schema };
        export.SetAction((parsed, stop) => run(
            (settings, cancel) => parsed.GetValue(schema) ? Console.Out.WriteAsync(FileSchema.Text()) : ExportAsync(settings, cancel),
            stop));
        return export;
    }

    private static async Task ApplyAsync(Settings settings, ApplyOptions options, CancellationToken cancellationToken)
    {
        var errors = new FileErrors(options.File);
        if (FileParser.Parse(Read(options.File), errors) is not { } root)
        {
            throw Unusable(errors.All);
        }

        await using var databases = Databases.Open(settings);
        await databases.MigrateAsync(cancellationToken);
        var before = await StoredConfiguration.LoadAsync(databases.Main, cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        var situation = new FileSituation(
            settings, Environment.GetEnvironmentVariables(), Path.GetDirectoryName(Path.GetFullPath(options.File))!, options.Prune, now);
        switch (FileReader.Read(root, before, situation, errors))
        {
            case FileReadResult.Wrong wrong:
                throw Unusable(wrong.Errors);

            case FileReadResult.Right right:
                var plan = Plan.Between(before, right.Target, right.References);
                await PrintAsync(plan, options.Prune ? 0 : right.Unlisted);
                if (!options.DryRun && plan.Steps.Count > 0
                    && (plan.Deletions == 0 || options.Yes || await ConfirmDeletionAsync(plan.Deletions)))
                {
                    await CarryOutAsync(settings, databases, plan, now, cancellationToken);
                }

                break;
        }
    }

    private static async Task CarryOutAsync(
        Settings settings, Databases databases, Plan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        var audit = new AuditLog(databases.Main, seal, TimeProvider.System);
        var keys = new KeyRing(new KeyStore(databases.Main, audit), seal, TimeProvider.System);
        await keys.StartAsync(cancellationToken);
        var stored = new StoredConfiguration(
            new ConfigurationStore(databases.Main, audit), new ClientDirectory(databases.Main, audit),
            new SecretUses(databases.Main, NullLogger<SecretUses>.Instance), new Actor.Machine("apply"));
        if (await stored.CarryOutAsync(plan, keys, now) is { } trouble)
        {
            throw new CommandFailed(trouble);
        }

        await Console.Out.WriteLineAsync("Done.");
    }

    private static async Task ExportAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var databases = Databases.Open(settings);
        await databases.MigrateAsync(cancellationToken);
        await Console.Out.WriteAsync(
            Export.Write(await StoredConfiguration.LoadAsync(databases.Main, cancellationToken), settings.BaseUrl));
    }

    private static async Task PrintAsync(Plan plan, int unlisted)
    {
        var isColoured = !Console.IsOutputRedirected;
        foreach (var difference in plan.Differences)
        {
            var (sign, colour) = difference.Kind switch
            {
                DifferenceKind.Create => ('+', "\e[32m"),
                DifferenceKind.Change => ('~', "\e[33m"),
                _ => ('-', "\e[31m"),
            };
            await Console.Out.WriteLineAsync(isColoured ? $"{colour}{sign} {difference.Title}\e[0m" : $"{sign} {difference.Title}");
            foreach (var line in difference.Lines)
            {
                await Console.Out.WriteLineAsync($"    {line}");
            }
        }

        var counts = plan.Differences.CountBy(d => d.Kind).ToDictionary();
        await Console.Out.WriteLineAsync(plan.Differences.Count == 0
            ? "Nothing to change."
            : $"{counts.GetValueOrDefault(DifferenceKind.Create)} to create, {counts.GetValueOrDefault(DifferenceKind.Change)} to change, "
                + $"{counts.GetValueOrDefault(DifferenceKind.Delete)} to delete.");
        if (unlisted > 0)
        {
            await Console.Out.WriteLineAsync(unlisted == 1
                ? "1 entry exists on the server but not in the file. Use --prune to delete it."
                : $"{unlisted} entries exist on the server but not in the file. Use --prune to delete them.");
        }
    }

    /// <summary>Asks at the terminal whether to delete.</summary>
    /// <exception cref="UnusableSetting">Input or output is not a terminal.</exception>
    private static async Task<bool> ConfirmDeletionAsync(int count)
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            throw new UnusableSetting("Nothing was changed. --prune asks for a confirmation, and this is not a terminal. "
                + "Check the output of --dry-run, then add --yes.");
        }

        await Console.Out.WriteAsync($"Delete {count} permanently? [y/N] ");
        var isConfirmed = (await Console.In.ReadLineAsync())?.Trim() is "y" or "Y" or "yes";
        if (!isConfirmed)
        {
            await Console.Out.WriteLineAsync("Nothing was changed.");
        }

        return isConfirmed;
    }

    private static byte[] Read(string path)
    {
        try
        {
            return FileParser.ReadBytes(path);
        }
        catch (Exception unreadable)
            when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnusableSetting($"{path} cannot be read: {unreadable.Message}");
        }
    }

    private static UnusableSetting Unusable(IReadOnlyList<string> errors) =>
        new(string.Join(Environment.NewLine, [.. errors, "Nothing was changed."]));
}
