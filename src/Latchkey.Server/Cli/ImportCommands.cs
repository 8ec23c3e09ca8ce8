using System.CommandLine;
using System.Text;
using Latchkey.Server.ScalekitImport;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey import scalekit</c>: reads a Scalekit environment through its management API and writes a configuration file for
/// <c>latchkey apply</c>. It changes neither Scalekit nor the database.
/// </summary>
internal static class ImportCommands
{
    private sealed record ImportOptions(string Url, string ClientId, string ClientSecret, string? Output, bool DryRun);

    public static Command New(CommandRunner run)
    {
        var url = new Option<string>("--url")
        {
            Description = "The URL of the environment, for example https://acme.scalekit.dev.",
            Required = true
        };
        var clientId =
            new Option<string>("--client-id") { Description = "The client id of an API credential of the environment.", Required = true };
        var clientSecret =
            new Option<string>("--client-secret") { Description = "The source of its secret: env:NAME or file:<path>.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The file to write. Default: stdout." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Print a summary and write no file." };
        var scalekit = new Command("scalekit", "Write a configuration file from a Scalekit environment.") { url, clientId, clientSecret,
            output, dryRun };
        scalekit.SetAction((parsed, stop) =>
        {
            var options = new ImportOptions(
                parsed.GetValue(url)!, parsed.GetValue(clientId)!, parsed.GetValue(clientSecret)!, parsed.GetValue(output),
                parsed.GetValue(dryRun));
            return run((_, cancel) => ImportAsync(options, cancel), stop);
        });
        return new Command("import", "Import the configuration of another service.") { scalekit };
    }

    private static async Task ImportAsync(ImportOptions options, CancellationToken cancellationToken)
    {
        var environment = Address(options.Url);
        using var api = await ScalekitApi.SignInAsync(
            environment, options.ClientId, SecretArgument.Read("--client-secret", options.ClientSecret), cancellationToken);
        var found = new List<ScalekitResource>();
        foreach (var resource in await api.ResourcesAsync(cancellationToken))
        {
            found.Add(new(resource, resource.Text("id") is { } id ? await api.ClientsOfAsync(id, cancellationToken) : []));
        }

        var import = ImportedFile.Write(environment, found, await api.ScopesAsync(cancellationToken), options.ClientId);
        if (!options.DryRun)
        {
            await WriteAsync(import.Yaml, options.Output, cancellationToken);
        }

        await Console.Error.WriteLineAsync(import.Summary);
    }

    private static async Task WriteAsync(string yaml, string? path, CancellationToken cancellationToken)
    {
        if (path is null)
        {
            await Console.Out.WriteAsync(yaml.AsMemory(), cancellationToken);
            return;
        }

        if (Path.Exists(path))
        {
            throw new UnusableSetting($"{path} exists already. Nothing was written.");
        }

        await File.WriteAllTextAsync(path, yaml, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
    }

    /// <summary>Requires https or loopback, because the credential is sent there.</summary>
    private static Uri Address(string text) =>
        WebUrl.IsOne(text) && new Uri(text) is { AbsolutePath: "/", Query: "" } address && (address.Scheme == "https" || address.IsLoopback)
            ? address
            : throw new UnusableSetting(
                "--url must be the https URL of the environment without a path, for example https://acme.scalekit.dev.");
}
