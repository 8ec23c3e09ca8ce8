using System.CommandLine;
using Latchkey.Server.ConfigurationFile;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey apply</c>: 1. the whole file is read and checked, and the differences are printed; 2. deletions are confirmed; 3. the
/// changes are made, in the database directly or through the API of a remote server; 4. what login pages and MCP servers need is printed,
/// or written as variables.
/// </summary>
internal static class ApplyCommand
{
    private const string Stdout = "-";

    /// <param name="Prune">Deletes entries that the lists of the file do not name.</param>
    /// <param name="Yes">Deletes without a confirmation.</param>
    /// <param name="Env">The file of variables, <c>-</c> for stdout, or null.</param>
    /// <param name="Resource">The resource URI whose variables are written, or null when the file has one resource.</param>
    private sealed record ApplyOptions(string File, bool DryRun, bool Prune, bool Yes, string? Env, string? Resource);

    public static Command New(CommandRunner run)
    {
        var file = new Option<string>("--file", "-f") { Description = "The configuration file, in YAML.", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print the differences and change nothing." };
        var prune = new Option<bool>("--prune")
        {
            Description = "Also delete entries that the lists of the file do not name, after a confirmation."
        };
        var yes = new Option<bool>("--yes") { Description = "Delete without a confirmation." };
        var env = new Option<string>("--env")
        {
            Description = "Write the variables of login page and MCP server to this file (mode 0600); other lines of it stay. - is stdout; "
                + "the differences go to stderr then."
        };
        var resource = new Option<string>("--resource")
        {
            Description = "The resource_uri of the resource whose variables --env writes. Needed when the file has several."
        };
        var server = new RemoteServerOptions.Declared();
        var apply = new Command(
            "apply",
            """
            Change the configuration to match a file. Applying the same file again changes nothing. Prints what login pages and MCP
            servers need.

            Examples:
              latchkey apply -f latchkey.yaml --dry-run
              latchkey apply -f latchkey.yaml --env .env
              latchkey apply -f latchkey.yaml --prune
              latchkey apply -f latchkey.yaml --url https://auth.example.com --client-id skc_ops --client-secret file:ops.secret

            Exit codes: 0 done; 1 failed, try again; 2 the file, an option or a setting has to be corrected.
            """)
        {
            file, dryRun, prune, yes, env, resource,
        };
        server.AddTo(apply);
        apply.SetAction((parsed, stop) =>
        {
            var options = new ApplyOptions(
                parsed.GetValue(file)!, parsed.GetValue(dryRun), parsed.GetValue(prune), parsed.GetValue(yes), parsed.GetValue(env),
                parsed.GetValue(resource));
            var connect = server.Server(parsed);
            return run((settings, cancel) => ApplyAsync(connect(settings), options, cancel), stop);
        });
        return apply;
    }

    private static async Task ApplyAsync(ConfigurationServer server, ApplyOptions options, CancellationToken cancellationToken)
    {
        await using (server)
        {
            var file = new FileToApply(options.File, Read(options.File));
            var secrets = SecretReference.OnThisMachine(
                Environment.GetEnvironmentVariables(), Path.GetDirectoryName(Path.GetFullPath(options.File))!);
            var plan = await server.PlanAsync(file, secrets, options.Prune, cancellationToken);
            using var env = options.Env is null or Stdout ? null : EnvFile.Open(options.Env);
            var chosen = options.Env is null ? null : ChosenResource(file, options.Resource);
            if (chosen is not null)
            {
                env?.AssertIsFor(chosen);
            }

            var output = options.Env == Stdout ? Console.Error : Console.Out;
            await PrintAsync(output, plan);
            var deletions = plan.Differences.Count(d => d.Kind == "delete");
            if (options.DryRun || (deletions > 0 && !options.Yes && !await ConfirmDeletionAsync(deletions)))
            {
                return;
            }

            var applied = await server.CarryOutAsync(cancellationToken);
            if (plan.Differences.Count > 0)
            {
                await output.WriteLineAsync("Done.");
            }

            await PrintAsync(output, applied.Integrations);
            if (chosen is not null)
            {
                var integration = applied.Integrations.First(i => ResourceUri.Canonical(i.ResourceUri) == chosen);
                await InitCommand.WriteAsync(VariablesOf(integration, file, secrets), env, options.Env!);
            }
        }
    }

    /// <summary>Returns the canonical URI of the resource whose variables are written.</summary>
    /// <exception cref="UnusableSetting">It is not clear which one.</exception>
    private static string ChosenResource(FileToApply file, string? wanted)
    {
        var root = FileParser.Parse(file.Text.Span, new FileErrors(file.Name));
        List<string> named = [
            .. from list in root?.Members ?? []
               where list is { Name: "resources", Value: FileNode.List }
               from entry in ((FileNode.List)list.Value).Entries.OfType<FileNode.Mapping>()
               from member in entry.Members
               where member is { Name: "resource_uri", Value: FileNode.Scalar }
               select ResourceUri.Canonical(((FileNode.Scalar)member.Value).Text)];
        return wanted is not null && ResourceUri.Canonical(wanted) is { } canonical && named.Contains(canonical, StringComparer.Ordinal)
            ? canonical
            : wanted is null && named.Count == 1 ? named[0]
            : throw new UnusableSetting(
                $"--env writes the variables of one resource; {file.Name} has {(named.Count == 0 ? "none" : string.Join(", ", named))}. "
                + "Nothing was changed. Name one with --resource <resource_uri>.");
    }

    /// <summary>The API client of the login page is one of the file, if the file has one, because its secret is known.</summary>
    private static IntegrationVariables VariablesOf(IntegrationBody integration, FileToApply file, SecretLookup secrets)
    {
        var root = FileParser.Parse(file.Text.Span, new FileErrors(file.Name))!;
        foreach (var id in integration.LoginClientIds)
        {
            if (SecretReference.OfApiClient(root, id) is { } reference)
            {
                return IntegrationVariables.Of(integration, id, secrets(reference));
            }
        }

        return IntegrationVariables.Of(integration, integration.LoginClientIds.FirstOrDefault(), secret: null);
    }

    private static async Task PrintAsync(TextWriter output, PlanResponse plan)
    {
        var isColoured = output == Console.Out && !Console.IsOutputRedirected;
        foreach (var difference in plan.Differences)
        {
            var (sign, colour) = difference.Kind switch
            {
                "create" => ('+', "\e[32m"),
                "change" => ('~', "\e[33m"),
                _ => ('-', "\e[31m"),
            };
            await output.WriteLineAsync(isColoured ? $"{colour}{sign} {difference.Title}\e[0m" : $"{sign} {difference.Title}");
            foreach (var line in difference.Lines)
            {
                await output.WriteLineAsync($"    {line}");
            }
        }

        var counts = plan.Differences.CountBy(d => d.Kind).ToDictionary(StringComparer.Ordinal);
        await output.WriteLineAsync(plan.Differences.Count == 0
            ? "Nothing to change."
            : $"{counts.GetValueOrDefault("create")} to create, {counts.GetValueOrDefault("change")} to change, "
                + $"{counts.GetValueOrDefault("delete")} to delete.");
        if (plan.Unlisted > 0)
        {
            await output.WriteLineAsync(plan.Unlisted == 1
                ? "1 entry exists on the server but not in the file. Use --prune to delete it."
                : $"{plan.Unlisted} entries exist on the server but not in the file. Use --prune to delete them.");
        }
    }

    private static async Task PrintAsync(TextWriter output, IEnumerable<IntegrationBody> integrations)
    {
        foreach (var each in integrations)
        {
            await output.WriteLineAsync($"\nFor the MCP server {each.ResourceUri}");
            (string Name, string? Value)[] lines =
            [
                ("issuer", each.Issuer),
                ("resource id", each.ResourceId),
                ("audience", each.Audience),
                ("metadata", each.ProtectedMetadataUri),
                ("key set", each.JwksUri),
                ("connection", each.ConnectionId ?? "none: users cannot sign in yet"),
                ("login page", each.LoginUrl),
                ("report", each.UserPostUrl),
                ("callback", each.RedirectUrl),
                ("credentials", each.ConnectionId is null ? null
                    : each.LoginClientIds is { Count: > 0 } ids ? string.Join(", ", ids)
                    : "none: add an API client of role login"),
            ];
            foreach (var (name, value) in lines.Where(line => line.Value is not null))
            {
                await output.WriteLineAsync($"    {name,-13}{value}");
            }
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
}
