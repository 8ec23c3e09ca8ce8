using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Demo.Programs;

/// <summary>
/// A started program. It cannot outlive this process: <see cref="StopAsync"/> stops it, and if this process is killed, a shell that waits
/// for the end of a pipe sends the signal.
/// </summary>
internal sealed partial class ChildProgram : IDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan MaxStopTime = TimeSpan.FromSeconds(12);
    private readonly Process process;
    private readonly Process? guard;
    private readonly Task output;

    private ChildProgram(string name, string logFile, Process process, Process? guard, Task output)
    {
        Name = name;
        LogFile = logFile;
        this.process = process;
        this.guard = guard;
        this.output = output;
        Exited = process.WaitForExitAsync();
    }

    public string Name { get; }

    public string LogFile { get; }

    public Task Exited { get; }

    public int ExitCode => process.ExitCode;

    /// <param name="name">Latchkey, AcmeApp or NotesMcp.</param>
    /// <param name="arguments">The command line of the program.</param>
    /// <param name="settings">Additional environment variables.</param>
    /// <param name="inheritsLatchkeySettings">Whether the program inherits the variables <c>Latchkey__…</c>,
    /// which are the server's and hold its secrets.</param>
    public static ChildProgram Start(
        string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> settings, bool inheritsLatchkeySettings,
        string workingDirectory, string logFile)
    {
        var start = new ProcessStartInfo(Host())
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory,
        };
        start.ArgumentList.Add(FileOf(name));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var inherited in start.Environment.Keys.Where(key => IsNotFor(key, inheritsLatchkeySettings)).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var running = Process.Start(start) ?? throw new DemoException($"{name} could not be started.");
        running.StandardInput.Close();
        return new ChildProgram(name, logFile, running, StartGuard(running.Id), KeepOutputAsync(running, logFile));
    }

    /// <summary>Sends SIGTERM, waits, and kills the program if it has not ended.</summary>
    public async Task StopAsync()
    {
        if (!process.HasExited)
        {
            if (OperatingSystem.IsWindows())
            {
                process.Kill(entireProcessTree: true);
            }
            else
            {
                _ = SendSignal(process.Id, Terminate);
            }

            await Task.WhenAny(Exited, Task.Delay(MaxStopTime));
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        await Exited;
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1)));
        guard?.Kill();
    }

    /// <summary>The last lines of the program's log, for an error message.</summary>
    public async Task<string> LogTailAsync()
    {
        await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1)));
        return string.Join('\n', File.ReadLines(LogFile).TakeLast(15).Select(line => "  | " + line));
    }

    public void Dispose()
    {
        process.Dispose();
        guard?.Dispose();
    }

    /// <summary>Variables that would change a program's port, and the server's settings where they are not inherited.</summary>
    private static bool IsNotFor(string variable, bool inheritsLatchkeySettings) =>
        variable.StartsWith("ASPNETCORE_", StringComparison.OrdinalIgnoreCase)
        || variable.StartsWith("Kestrel__", StringComparison.OrdinalIgnoreCase)
        || variable.Equals("URLS", StringComparison.OrdinalIgnoreCase)
        || variable.Equals("HTTP_PORTS", StringComparison.OrdinalIgnoreCase)
        || (variable.StartsWith("Latchkey__", StringComparison.OrdinalIgnoreCase) && !inheritsLatchkeySettings);

    private static string FileOf(string name)
    {
        var file = typeof(ChildProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .First(item => item.Key.Equals($"Program:{name}", StringComparison.Ordinal)).Value!;
        return File.Exists(file)
            ? file
            : throw new DemoException($"{name} is not built: {file} is missing. Build samples/Demo, which builds all three.");
    }

    /// <summary>The dotnet executable of this process, so that the programs use the same runtime.</summary>
    private static string Host() =>
        Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path).Equals("dotnet", StringComparison.OrdinalIgnoreCase)
            ? path
            : "dotnet";

    private static Process? StartGuard(int pid)
    {
        if (OperatingSystem.IsWindows())
        {
            return null;
        }

        // Reads from a pipe without a writer: the read ends when this process ends, for whatever reason.
        var start = new ProcessStartInfo("/bin/sh") { UseShellExecute = false, RedirectStandardInput = true };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add("""trap '' INT HUP TERM; read -r _; kill -TERM "$1" 2>/dev/null""");
        start.ArgumentList.Add("guard");
        start.ArgumentList.Add(pid.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return Process.Start(start);
    }

    private static async Task KeepOutputAsync(Process process, string logFile)
    {
        await using var log = TextWriter.Synchronized(new StreamWriter(logFile, append: false) { AutoFlush = true });
        await Task.WhenAll(CopyAsync(process.StandardOutput, log), CopyAsync(process.StandardError, log));
    }

    private static async Task CopyAsync(StreamReader from, TextWriter to)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await to.WriteLineAsync(line);
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
