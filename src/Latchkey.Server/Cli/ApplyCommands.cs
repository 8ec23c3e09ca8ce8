using System.CommandLine;
using Latchkey.Server.Audit;
using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey apply</c> and <c>latchkey export</c>: the configuration as a file. They work on the database itself, also while servers run on it; those see a change
/// within a second. Everything is read and checked before anything is written.
/// </summary>
internal static class ApplyCommands
{
    /// <param name="Prune">What a list of the file does not name is deleted.</param>
    /// <param name="Yes">Nobody is asked.</param>
    private sealed record How(string File, bool DryRun, bool Prune, bool Yes);

    public static IEnumerable<Command> New(Func<Func<Settings, CancellationToken, Task>, CancellationToken, Task<int>> run)
    {
        var file = new Option<string>("--file", "-f") { Description = "The configuration file, in YAML.", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Show the differences and change nothing." };
        var prune = new Option<bool>("--prune") { Description = "Also delete what a list of the file does not name; asks first." };
        var yes = new Option<bool>("--yes") { Description = "Delete without asking." };
        var apply = new Command("apply", "Make the configuration what a file says. Applied twice, it changes nothing.") { file, dryRun, prune, yes };
        apply.SetAction((parsed, stop) =>
        {
            var how = new How(parsed.GetValue(file)!, parsed.GetValue(dryRun), parsed.GetValue(prune), parsed.GetValue(yes));
            return run((settings, cancel) => ApplyAsync(settings, how, cancel), stop);
        });
        yield return apply;

        var schema = new Option<bool>("--schema") { Description = "Print the JSON schema of the file instead, for editors." };
        var export = new Command("export", "Print the configuration as a file that 'apply' takes, without secrets.") { schema };
        export.SetAction((parsed, stop) => run((settings, cancel) => parsed.GetValue(schema) ? Console.Out.WriteAsync(FileSchema.Text()) : ExportAsync(settings, cancel), stop));
        yield return export;
    }

    private static async Task ApplyAsync(Settings settings, How how, CancellationToken cancellationToken)
    {
        var errors = new FileErrors(how.File);
        if (FileParser.Parse(Read(how.File), errors) is not { } root)
        {
            throw Unusable(errors.All);
        }

        await using var databases = Databases.Open(settings);
        await databases.MigrateAsync(cancellationToken);
        var before = await StoredConfiguration.LoadAsync(databases.Main, cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        var situation = new FileSituation(settings, Environment.GetEnvironmentVariables(), Path.GetDirectoryName(Path.GetFullPath(how.File))!, how.Prune, now);
        switch (FileReader.Read(root, before, situation, errors))
        {
            case FileAnswer.Wrong wrong:
                throw Unusable(wrong.Errors);

            case FileAnswer.Right right:
                var plan = Plan.Between(before, right.Target, right.References);
                await TellAsync(plan, how.Prune ? 0 : right.Unlisted);
                if (!how.DryRun && plan.Steps.Count > 0 && (plan.Deletions == 0 || how.Yes || await MayDeleteAsync(plan.Deletions)))
                {
                    await CarryOutAsync(settings, databases, plan, now, cancellationToken);
                }

                break;
        }
    }

    private static async Task CarryOutAsync(Settings settings, Databases databases, Plan plan, DateTimeOffset now, CancellationToken cancellationToken)
    {
        using var seal = new Seal(KeyEncryptionKey.Find(settings, databases.AreShared));
        var audit = new AuditLog(databases.Main, seal, TimeProvider.System);
        var keys = new KeyRing(new KeyStore(databases.Main, audit), seal, TimeProvider.System);
        await keys.StartAsync(cancellationToken);
        var stored = new StoredConfiguration(
            new ConfigurationStore(databases.Main, audit), new ClientDirectory(databases.Main, audit), new SecretUses(databases.Main, NullLogger<SecretUses>.Instance), new Actor.Machine("apply"));
        if (await stored.CarryOutAsync(plan, keys, now) is { } trouble)
        {
            throw new UnusableDatabase(trouble);
        }

        await Console.Out.WriteLineAsync("Done.");
    }

    private static async Task ExportAsync(Settings settings, CancellationToken cancellationToken)
    {
        await using var databases = Databases.Open(settings);
        await databases.MigrateAsync(cancellationToken);
        await Console.Out.WriteAsync(Export.Write(await StoredConfiguration.LoadAsync(databases.Main, cancellationToken), settings.BaseUrl));
    }

    private static async Task TellAsync(Plan plan, int unlisted)
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
            : $"{counts.GetValueOrDefault(DifferenceKind.Create)} to create, {counts.GetValueOrDefault(DifferenceKind.Change)} to change, {counts.GetValueOrDefault(DifferenceKind.Delete)} to delete.");
        if (unlisted > 0)
        {
            await Console.Out.WriteLineAsync($"{unlisted} that are there stand in no list of the file and stay; --prune deletes them.");
        }
    }

    /// <summary>Asks the person at the terminal.</summary>
    /// <exception cref="UnusableSetting">There is nobody to ask.</exception>
    private static async Task<bool> MayDeleteAsync(int count)
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            throw new UnusableSetting("Nothing was changed: --prune asks before it deletes, and here is no terminal. Add --yes when you have seen what --dry-run shows.");
        }

        await Console.Out.WriteAsync($"Delete {count} for good? [y/N] ");
        var may = (await Console.In.ReadLineAsync())?.Trim() is "y" or "Y" or "yes";
        if (!may)
        {
            await Console.Out.WriteLineAsync("Nothing was changed.");
        }

        return may;
    }

    private static byte[] Read(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            var bytes = new byte[FileParser.MaxLength + 1];
            return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new UnusableSetting($"{path} cannot be read: {unreadable.Message}");
        }
    }

    private static UnusableSetting Unusable(IReadOnlyList<string> errors) => new(string.Join(Environment.NewLine, [.. errors, "Nothing was changed."]));
}
