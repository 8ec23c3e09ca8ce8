using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Clients.Programs;

/// <summary>A process that a test started. Its output is read line by line and kept in a log.
/// The process is ended when this object is disposed.</summary>
internal sealed partial class RunningProgram : IAsyncDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);
    private static readonly ConcurrentDictionary<string, int> Started = new(StringComparer.Ordinal);

    private readonly string name;
    private readonly string logFile;
    private readonly Process process;
    private readonly Channel<string> lines = Channel.CreateUnbounded<string>();
    private readonly ConcurrentQueue<string> said = new();
    private readonly Task output;

    private RunningProgram(string name, string logFile, Process process)
    {
        (this.name, this.logFile, this.process) = (name, logFile, process);
        output = KeepOutputAsync();
    }

    /// <summary>Every line that the process has written to stdout.</summary>
    public IReadOnlyCollection<string> Output => said;

    public static RunningProgram Start(
        string name, string program, IEnumerable<string> arguments, string workingDirectory,
        params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = workingDirectory,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var inherited
            in start.Environment.Keys.Where(key => key.StartsWith("Latchkey__", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (variable, value) in environment)
        {
            start.Environment[variable] = value;
        }

        var logs = Directory.CreateDirectory(TestEnvironment.Of("Logs"));
        var log = Path.Combine(logs.FullName, $"{name}-{Started.AddOrUpdate(name, 1, (_, count) => count + 1)}.log");
        return new(name, log, Process.Start(start) ?? throw new InvalidOperationException($"{name} did not start."));
    }

    /// <summary>The next line of stdout.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or wrote no line within <see cref="MaxWait"/>.</exception>
    public async Task<string> ReadLineAsync()
    {
        using var late = new CancellationTokenSource(MaxWait);
        try
        {
            return await lines.Reader.ReadAsync(late.Token);
        }
        catch (Exception none) when (none is OperationCanceledException or ChannelClosedException)
        {
            var how = process.HasExited ? $"ended with {process.ExitCode}" : $"wrote no line for {MaxWait.TotalSeconds:0} s";
            throw new InvalidOperationException($"{name} {how}; its log is {logFile}", none);
        }
    }

    /// <summary>Reads lines until one is <paramref name="line"/>.</summary>
    public async Task WaitForAsync(string line)
    {
        while (await ReadLineAsync() != line)
        {
        }
    }

    public async Task WriteLineAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        await process.StandardInput.FlushAsync();
    }

    /// <summary>Sends SIGTERM and does not wait.</summary>
    public void SendSigterm() => _ = SendSignal(process.Id, Terminate);

    /// <summary>Waits until the process ends. Returns its exit code and how long the wait took.</summary>
    public async Task<(int ExitCode, TimeSpan Took)> EndAsync()
    {
        var from = Stopwatch.StartNew();
        using var late = new CancellationTokenSource(MaxWait);
        await process.WaitForExitAsync(late.Token);
        var took = from.Elapsed;
        await output;
        return (process.ExitCode, took);
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            process.StandardInput.Close();
            SendSigterm();
            using var late = new CancellationTokenSource(TimeSpan.FromMinutes(2));
            try
            {
                await process.WaitForExitAsync(late.Token);
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }

        await output;
        process.Dispose();
    }

    private async Task KeepOutputAsync()
    {
        await using var log = TextWriter.Synchronized(new StreamWriter(logFile, append: false) { AutoFlush = true });
        await Task.WhenAll(CopyAsync(process.StandardOutput, log, isAnswer: true), CopyAsync(process.StandardError, log, isAnswer: false));
        lines.Writer.Complete();
    }

    private async Task CopyAsync(StreamReader from, TextWriter log, bool isAnswer)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            await log.WriteLineAsync(line);
            if (isAnswer)
            {
                said.Enqueue(line);
                lines.Writer.TryWrite(line);
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int pid, int signal);
}
