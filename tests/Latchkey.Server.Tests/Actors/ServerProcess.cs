using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Latchkey.Server.Keys;
using Latchkey.Testing;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A server as a process of its own: for signals, limits of the operating system, restarts and exit codes.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const string ReadyLine = "Latchkey listening on ";
    private static readonly TimeSpan MaxStart = TimeSpan.FromMinutes(5);

    private readonly Process process;
    private readonly ConcurrentQueue<string> errors = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Output(line.Data);
        process.ErrorDataReceived += (_, line) => errors.Enqueue(line.Data ?? "");
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>Everything on stderr so far.</summary>
    public string Errors => string.Join('\n', errors);

    /// <summary>The lines of stdout so far.</summary>
    public ConcurrentQueue<string> Lines { get; } = new();

    public bool HasExited => process.HasExited;

    public int ExitCode => process.ExitCode;

    /// <summary>Starts the server and waits until it can serve.</summary>
    /// <param name="prelude">Shell commands before the server, for example a limit.</param>
    public static async Task<ServerProcess> StartAsync(IReadOnlyDictionary<string, string> environment, string prelude = "")
    {
        var server = Start(environment, prelude);
        await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync()).WaitAsync(MaxStart);
        Assert.True(server.ready.Task.IsCompleted, $"the server ended: {server.Errors}");
        return server;
    }

    /// <summary>Starts a server that is expected to refuse to start. Returns its exit code and its stderr.</summary>
    public static async Task<(int ExitCode, string Errors)> RefusesAsync(IReadOnlyDictionary<string, string> environment)
    {
        await using var server = Start(environment, prelude: "");
        await Task.WhenAny(server.ready.Task, server.process.WaitForExitAsync()).WaitAsync(MaxStart);
        Assert.False(server.ready.Task.IsCompleted, "the server started");
        await server.process.WaitForExitAsync();
        return (server.ExitCode, server.Errors);
    }

    /// <summary>Sends a signal, for example HUP.</summary>
    public Task SignalAsync(string signal) => RunAsync("kill", $"-{signal}", Id);

    /// <summary>Changes the limit of the size of files, in bytes.</summary>
    public Task LimitFileSizeAsync(string bytes) => RunAsync("prlimit", "--pid", Id, $"--fsize={bytes}:unlimited");

    /// <summary>Stops the server as an orchestrator does, and expects that it ends without an error.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        await process.WaitForExitAsync();
        Assert.Equal(0, ExitCode);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
        }

        process.Dispose();
    }

    private string Id => process.Id.ToString(CultureInfo.InvariantCulture);

    private static ServerProcess Start(IReadOnlyDictionary<string, string> environment, string prelude)
    {
        string[] arguments = ["-c", $"{prelude}\nexec dotnet \"$0\" serve", typeof(KeyRing).Assembly.Location];
        var start = new ProcessStartInfo("/bin/bash", arguments)
        {
            WorkingDirectory = Path.GetTempPath(),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new(Process.Start(start)!);
    }

    private static async Task RunAsync(string program, params string[] arguments)
    {
        using var run = Process.Start(program, arguments);
        await run.WaitForExitAsync();
        Assert.Equal(0, run.ExitCode);
    }

    private void Output(string? line)
    {
        if (line is null)
        {
            return;
        }

        Lines.Enqueue(line);
        if (line.StartsWith(ReadyLine, StringComparison.Ordinal))
        {
            ready.TrySetResult();
        }
    }
}

/// <summary>A host whose server is a process of its own, which a test limits, stops and starts again.</summary>
public abstract class InAProcess : LatchkeyHost
{
    private Dictionary<string, string> environment = new(StringComparer.Ordinal);

    internal ServerProcess Server { get; private set; } = null!;

    /// <summary>The settings of the server as environment variables.</summary>
    internal IReadOnlyDictionary<string, string> Variables => environment;

    public string Folder => DataDirectory;

    public string DatabaseFile => Path.Combine(DataDirectory, "latchkey.db");

    /// <summary>Shell commands before the server.</summary>
    private protected virtual string Prelude => "";

    public Task StopServerAsync() => Server.StopAsync();

    public async Task StartServerAsync()
    {
        await Server.DisposeAsync();
        Server = await ServerProcess.StartAsync(environment, Prelude);
    }

    /// <summary>Starts a server with a changed environment and expects that it refuses to start.</summary>
    internal Task<(int ExitCode, string Errors)> StartIsRefusedAsync() => ServerProcess.RefusesAsync(environment);

    /// <summary>Runs a command with the settings of the server.</summary>
    internal async Task<Run> RunAsync(params string[] arguments)
    {
        using var line = CommandLine.With(environment);
        return await line.RunAsync(arguments);
    }

    /// <summary>Returns the status of <c>/readyz</c>, and its body.</summary>
    public async Task<(int Status, JsonElement Body)> ReadinessAsync()
    {
        using var response = await Anonymous.GetAsync("/readyz");
        return ((int)response.StatusCode, JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()));
    }

    /// <summary>Waits until <c>/readyz</c> has this status and names this code.</summary>
    public Task WaitForReadinessAsync(int status, string code = "") => Eventually.TrueAsync(
        async () => await ReadinessAsync() is var (current, body) && current == status
            && body.ToString().Contains(code, StringComparison.Ordinal),
        $"/readyz does not become {status} {code}");

    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override async Task StartAsync(Settings settings)
    {
        environment = new(StringComparer.Ordinal)
        {
            ["Latchkey__BaseUrl"] = settings.BaseUrl,
            ["Latchkey__DataDirectory"] = settings.DataDirectory,
            ["Latchkey__Storage"] = settings.Storage!,
            ["Latchkey__Bootstrap__ApiClientId"] = settings.BootstrapApiClientId!,
            ["Latchkey__Bootstrap__ApiClientSecret"] = settings.BootstrapApiClientSecret!,
            ["Latchkey__SettleTime"] = "00:00:00.2",
            ["Latchkey__RateLimits__Enabled"] = "false",
        };
        foreach (var (name, value) in MoreVariables(settings))
        {
            environment[name] = value;
        }

        Server = await ServerProcess.StartAsync(environment, Prelude);
    }

    /// <summary>Additional environment variables.</summary>
    private protected virtual IEnumerable<(string Name, string Value)> MoreVariables(Settings settings) => [];

    private protected override async Task StopAsync() => await Server.DisposeAsync();
}

/// <summary>A server as a process, with the default settings.</summary>
public sealed class PlainProcess : InAProcess;
