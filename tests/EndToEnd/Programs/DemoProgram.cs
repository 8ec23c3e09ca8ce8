using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Demo;
using Latchkey.Testing;

namespace EndToEnd.Programs;

/// <summary>
/// A process of samples/Demo, which starts Latchkey, AcmeApp and NotesMcp as three more, on free ports and with its own state directory. It
/// is stopped by its process id. The output of all four is kept under artifacts/logs/end-to-end/ and must not contain a secret.
/// </summary>
internal sealed partial class DemoProgram : IAsyncDisposable
{
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);
    private readonly string name;
    private readonly Process process;
    private readonly List<string> lines = [];
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private DemoProgram(string name, Process process, int[] ports, string state) =>
        (this.name, this.process, Ports, State) = (name, process, ports, state);

    /// <summary>The ports of Latchkey, AcmeApp and NotesMcp, in this order.</summary>
    public int[] Ports { get; }

    /// <summary>The state directory.</summary>
    public string State { get; }

    /// <summary>Everything that the demo has written so far.</summary>
    public string Output
    {
        get
        {
            lock (lines)
            {
                return string.Join('\n', lines);
            }
        }
    }

    /// <param name="verb"><c>up</c> or <c>walk</c>.</param>
    /// <param name="name">The name of the folder of its logs.</param>
    /// <param name="storage">The value of <c>Latchkey__Storage</c>; null stands for SQLite in the state directory.</param>
    public static DemoProgram Start(string verb, string name, string? storage)
    {
        var state = Directory.CreateTempSubdirectory("lkdemo").FullName;
        int[] ports = [FreePorts.Next(), FreePorts.Next(), FreePorts.Next()];
        var start = new ProcessStartInfo("dotnet", [Built("Demo"), verb])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = state,
        };
        foreach (DictionaryEntry inherited in Environment.GetEnvironmentVariables())
        {
            // Settings in the environment of the test run must not reach the server under test.
            if (inherited.Key is string key && key.StartsWith("Latchkey", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(key);
            }
        }

        start.Environment["LATCHKEY_DEMO_PORTS"] = string.Join(',', ports);
        start.Environment["LATCHKEY_DEMO_STATE"] = state;
        if (storage is not null)
        {
            start.Environment["Latchkey__Storage"] = storage;
        }

        var demo = new DemoProgram(name, Process.Start(start)!, ports, state);
        demo.process.StandardInput.Close();
        demo.process.OutputDataReceived += (_, line) => demo.Take(line.Data);
        demo.process.ErrorDataReceived += (_, line) => demo.Take(line.Data);
        demo.process.BeginOutputReadLine();
        demo.process.BeginErrorReadLine();
        return demo;
    }

    /// <summary>Waits until the demo has printed <c>Ready</c>.</summary>
    public async Task ReadyAsync()
    {
        var ended = process.WaitForExitAsync();
        if (await Task.WhenAny(ready.Task, ended, Task.Delay(MaxWait)) != ready.Task)
        {
            await KeepLogsAsync();
            var failure = ended.IsCompleted
                ? $"ended with exit code {process.ExitCode}"
                : $"was not ready within {MaxWait.TotalSeconds} s";
            Assert.Fail($"The demo {failure}:\n{Output}");
        }
    }

    /// <summary>Waits until the demo ends on its own.</summary>
    public async Task<int> ExitCodeAsync()
    {
        using var late = new CancellationTokenSource(MaxWait);
        try
        {
            await process.WaitForExitAsync(late.Token);
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"The demo did not end within {MaxWait.TotalSeconds} s:\n{Output}");
        }

        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            // On SIGTERM the demo stops its three programs first.
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(TimeSpan.FromSeconds(20)));
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        await process.WaitForExitAsync();
        var written = await KeepLogsAsync();
        process.Dispose();
        Directory.Delete(State, recursive: true);
        Assert.DoesNotMatch(Secrets(), Output);
        Assert.DoesNotMatch(Secrets(), written);
        Assert.All(DemoUser.All, person => Assert.DoesNotContain(person.Password, written, StringComparison.Ordinal));
    }

    /// <summary>Reads a path from the assembly's metadata (see EndToEnd.csproj).</summary>
    public static string Built(string key) =>
        typeof(DemoProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key.Equals(key, StringComparison.Ordinal)).Value!;

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (lines)
        {
            lines.Add(line);
        }

        if (line is "Ready")
        {
            ready.TrySetResult();
        }
    }

    /// <returns>The output of the three programs.</returns>
    private async Task<string> KeepLogsAsync()
    {
        var written = "";
        var folder = Directory.CreateDirectory(Path.Combine(Built("Artifacts"), "logs", "end-to-end", name)).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, "demo.log"), Output);
        var logs = new DirectoryInfo(Path.Combine(State, "logs"));
        foreach (var log in logs.Exists ? logs.EnumerateFiles() : [])
        {
            log.CopyTo(Path.Combine(folder, log.Name), overwrite: true);
            written += await File.ReadAllTextAsync(log.FullName);
        }

        return written;
    }

    /// <summary>Matches codes, refresh tokens, client secrets, access tokens, and the proof that follows an auth request's id.</summary>
    [GeneratedRegex(
        @"lk[a-z]_[0-9A-Za-z]{8}|eyJ[\w-]{20}|req_[0-9A-Za-z]+\.[\w-]", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Secrets();
}
