using System.Collections;
using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using Demo;

namespace EndToEnd.Programs;

/// <summary>Latchkey, AcmeApp or NotesMcp as one process. It is stopped by its process id, and its output is kept.</summary>
internal sealed class SampleProgram : IAsyncDisposable
{
    private static readonly TimeSpan MaxStop = TimeSpan.FromSeconds(20);
    private readonly Process process;
    private readonly TextWriter log;

    private SampleProgram(Process process, TextWriter log) => (this.process, this.log) = (process, log);

    /// <param name="name">The name of the program as samples/Demo knows it.</param>
    /// <param name="settings">Its environment variables. It inherits no setting of Latchkey.</param>
    public static SampleProgram Start(
        string name, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> settings, string logFolder)
    {
        var start = new ProcessStartInfo("dotnet", [FileOf(name), .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (DictionaryEntry inherited in Environment.GetEnvironmentVariables())
        {
            if (inherited.Key is string key && key.StartsWith("Latchkey", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(key);
            }
        }

        foreach (var (key, value) in settings)
        {
            start.Environment[key] = value;
        }

        var folder = Directory.CreateDirectory(Path.Combine(DemoProgram.Built("Artifacts"), "logs", "end-to-end", logFolder)).FullName;
        var output = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, name + ".log")) { AutoFlush = true });
        var program = new SampleProgram(Process.Start(start)!, output);
        program.process.StandardInput.Close();
        program.process.OutputDataReceived += (_, line) => output.WriteLine(line.Data);
        program.process.ErrorDataReceived += (_, line) => output.WriteLine(line.Data);
        program.process.BeginOutputReadLine();
        program.process.BeginErrorReadLine();
        return program;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
            await kill.WaitForExitAsync();
            await Task.WhenAny(process.WaitForExitAsync(), Task.Delay(MaxStop));
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }

        await process.WaitForExitAsync();
        process.Dispose();
        await log.DisposeAsync();
    }

    private static string FileOf(string name) =>
        typeof(DemoUser).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(item => item.Key.Equals($"Program:{name}", StringComparison.Ordinal)).Value!;
}
