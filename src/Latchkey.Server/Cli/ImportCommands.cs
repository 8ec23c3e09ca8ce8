using System.CommandLine;
using System.Text;
using Latchkey.Server.Keys;
using Latchkey.Server.OAuth;
using Latchkey.Server.ScalekitImport;

namespace Latchkey.Server.Cli;

/// <summary>
/// <c>latchkey import scalekit</c>: reads an environment of Scalekit's through its management REST and writes a configuration file for <c>latchkey apply</c>. It changes
/// nothing there, and nothing here.
/// </summary>
internal static class ImportCommands
{
    private sealed record From(string Url, string ClientId, string ClientSecret, string? Output, bool DryRun);

    public static Command New(Func<Func<Settings, CancellationToken, Task>, CancellationToken, Task<int>> run)
    {
        var url = new Option<string>("--url") { Description = "The environment, such as https://acme.scalekit.dev.", Required = true };
        var clientId = new Option<string>("--client-id") { Description = "An API credential of the environment.", Required = true };
        var clientSecret = new Option<string>("--client-secret") { Description = "Where its secret is: env:NAME or file:<path>.", Required = true };
        var output = new Option<string>("--output", "-o") { Description = "The file to write; stdout when not said." };
        var dryRun = new Option<bool>("--dry-run") { Description = "Only say what is found." };
        var scalekit = new Command("scalekit", "Write a configuration file from what Scalekit's management REST answers.") { url, clientId, clientSecret, output, dryRun };
        scalekit.SetAction((parsed, stop) =>
        {
            var from = new From(parsed.GetValue(url)!, parsed.GetValue(clientId)!, parsed.GetValue(clientSecret)!, parsed.GetValue(output), parsed.GetValue(dryRun));
            return run((_, cancel) => ImportAsync(from, cancel), stop);
        });
        return new Command("import", "Take over a configuration from another service.") { scalekit };
    }

    private static async Task ImportAsync(From from, CancellationToken cancellationToken)
    {
        var environment = Address(from.Url);
        using var api = await ScalekitApi.SignInAsync(environment, from.ClientId, SecretOf(from.ClientSecret), cancellationToken);
        var found = new List<ScalekitResource>();
        foreach (var resource in await api.ResourcesAsync(cancellationToken))
        {
            found.Add(new(resource, resource.Text("id") is { } id ? await api.ClientsOfAsync(id, cancellationToken) : []));
        }

        var import = ImportedFile.Write(environment, found, await api.ScopesAsync(cancellationToken), from.ClientId);
        if (!from.DryRun)
        {
            await WriteAsync(import.Yaml, from.Output, cancellationToken);
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
            throw new UnusableSetting($"{path} is there already; nothing was written.");
        }

        await File.WriteAllTextAsync(path, yaml, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), cancellationToken);
    }

    /// <summary>The credential travels to it: https, or this machine.</summary>
    private static Uri Address(string text) =>
        WebUrl.IsOne(text) && new Uri(text) is { AbsolutePath: "/", Query: "" } address && (address.Scheme == "https" || address.IsLoopback)
            ? address
            : throw new UnusableSetting("--url must be the environment's https address without a path, such as https://acme.scalekit.dev.");

    private static Secret SecretOf(string reference)
    {
        var value = reference.Split(':', 2) switch
        {
            ["env", { Length: > 0 } name] => Environment.GetEnvironmentVariables()[name] as string ?? throw new UnusableSetting($"--client-secret: the variable {name} is not set."),
            ["file", { Length: > 0 } path] => Read(path),
            _ => throw new UnusableSetting("--client-secret must be env:NAME or file:<path>: what stands in a command line is seen by every process."),
        };
        return new(value);
    }

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path).TrimEnd('\r', '\n');
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new UnusableSetting($"--client-secret: {path} cannot be read.");
        }
    }
}
