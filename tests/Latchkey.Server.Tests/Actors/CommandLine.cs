using System.Diagnostics;
using Latchkey.Server.Keys;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The output and exit code of one run of the program.</summary>
internal sealed record Run(int ExitCode, string Output, string Errors)
{
    /// <summary>Expects the exit code. Returns the output on success and the error output otherwise.</summary>
    public string Ended(int exitCode = 0)
    {
        Assert.True(ExitCode == exitCode, $"exit code {ExitCode}: {Output} {Errors}");
        return exitCode == 0 ? Output : Errors;
    }

    /// <summary>The lines of the output that begin with the sign of a difference: +, ~ or -.</summary>
    public IReadOnlyList<string> Differences => [.. Output.Split('\n').Where(line => line is ['+' or '~' or '-', ' ', ..])];
}

/// <summary>Runs the program as a process of its own, in a folder for its files.</summary>
internal sealed class CommandLine : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("lkcli");
    private readonly Dictionary<string, string> environment;

    private CommandLine(IReadOnlyDictionary<string, string> environment) => this.environment = new(environment, StringComparer.Ordinal);

    /// <summary>Uses the database of a running server.</summary>
    public static CommandLine At(LatchkeyHost host) => new(host.Environment);

    /// <summary>Uses these environment variables.</summary>
    public static CommandLine With(IReadOnlyDictionary<string, string> environment) => new(environment);

    /// <summary>Uses a new database.</summary>
    public static CommandLine WithNewDatabase()
    {
        var line = new CommandLine(new Dictionary<string, string>(StringComparer.Ordinal));
        return line.With("Latchkey__DataDirectory", System.IO.Path.Combine(line.folder.FullName, "data"))
            .With("Latchkey__BaseUrl", "http://localhost:5480");
    }

    public CommandLine With(string variable, string value)
    {
        environment[variable] = value;
        return this;
    }

    /// <summary>Writes a file into the working directory of the program.</summary>
    public string Write(string name, string content)
    {
        File.WriteAllText(System.IO.Path.Combine(folder.FullName, name), content);
        return name;
    }

    public string Path(string name) => System.IO.Path.Combine(folder.FullName, name);

    public string Read(string name) => File.ReadAllText(System.IO.Path.Combine(folder.FullName, name));

    public bool Holds(string name) => System.IO.Path.Exists(System.IO.Path.Combine(folder.FullName, name));

    public Task<Run> RunAsync(params string[] arguments) =>
        StartAsync("dotnet", [typeof(KeyRing).Assembly.Location, .. arguments], input: "");

    /// <summary>Applies a configuration file with this content.</summary>
    public Task<Run> ApplyAsync(string yaml, params string[] options) =>
        RunAsync(["apply", "-f", Write("latchkey.yaml", yaml), .. options]);

    /// <summary>Applies a configuration file at a terminal and answers the prompt.</summary>
    public Task<Run> ApplyAtTerminalAsync(string yaml, string answer, params string[] options)
    {
        string[] command = ["dotnet", typeof(KeyRing).Assembly.Location, "apply", "-f", Write("latchkey.yaml", yaml), .. options];
        return StartAsync("script", ["--quiet", "--return", "--command", string.Join(' ', command), "/dev/null"], answer);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private async Task<Run> StartAsync(string program, IEnumerable<string> arguments, string input)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder.FullName,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        await process.StandardInput.FlushAsync();
        if (input.Length == 0)
        {
            process.StandardInput.Close();
        }

        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new(process.ExitCode, await output, await errors);
    }
}
