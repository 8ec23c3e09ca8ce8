using System.Diagnostics;
using System.Reflection;
using Latchkey.Testing;
using Xunit.v3;

[assembly: Fuzz.Reported]

namespace Fuzz;

/// <summary>Reports the progress of a long run and writes its results to <c>docs/torture.md</c>.
/// The tests run one after the other.</summary>
internal static class RunReport
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    private static readonly Stopwatch Watch = Stopwatch.StartNew();
    private static readonly Lock Gate = new();
    private static string test = "";
    private static string progress = "";
    private static string? conclusion;
    private static TimeSpan begun;
    private static int properties;
    private static int reported;
    private static int failures;

    private static bool IsKept => RunOptions.IsLong && RunOptions.Only is null;

    /// <summary>Sets the progress of the test, which is printed every twenty seconds.</summary>
    public static void Progress(string text) => progress = text;

    /// <summary>Sets the figures of the test at its end.</summary>
    public static void Conclude(string figures) => conclusion = figures;

    public static void Begin(string name)
    {
        lock (Gate)
        {
            (test, progress, conclusion, begun) = (name, "", null, Watch.Elapsed);
        }
    }

    public static void End(string? failure)
    {
        lock (Gate)
        {
            failures += failure is null ? 0 : 1;
            if (conclusion is null && failure is null)
            {
                properties++;
                return;
            }

            var line = $"{test}: {conclusion ?? (progress.Length > 0 ? progress : "no figures")} ({Watch.Elapsed - begun:hh\\:mm\\:ss}); "
                + $"{(failure is null ? "passed" : "FAILED")}";
            Print(line);
            reported++;
            Write(failure is null ? $"- {line}\n" : $"- {line}\n\n  ```text\n{Indented(failure)}\n  ```\n\n");
        }
    }

    /// <summary>Writes the heading of the run to <c>docs/torture.md</c>, while the sources are still those of the build. Results are added
    /// as they come, so that a stopped run keeps its results.</summary>
    public static async Task OpenAsync(string[] args)
    {
        // The newest commit of the server's code, with its title, which survives a rebase.
        var server = await GitAsync("log", "-1", "--format=%h (%s)", "--", "src")
            + (await GitAsync("status", "--porcelain", "--", "src") is "" ? "" : " with uncommitted changes");
        Write($"\n## {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC: `./dev torture {string.Join(' ', args)}`\n\nServer of "
            + $"{server}; {Environment.ProcessorCount} cores; seed {RunOptions.Seed}.\n\n");
    }

    /// <summary>Prints the progress every twenty seconds until it is disposed.</summary>
    public static IDisposable StartReporting() => new Timer(
        static _ => Print($"{test} since {Watch.Elapsed - begun:hh\\:mm\\:ss}{(progress.Length > 0 ? $": {progress}" : "")}; "
            + $"{properties + reported} tests done, {failures} failed, heap {Heap.Format(GC.GetTotalMemory(forceFullCollection: false))}"),
        state: null, Interval, Interval);

    public static void Close()
    {
        if (properties > 0)
        {
            Write($"- {properties} tests without figures, most of them property tests with {RunOptions.Properties} samples each; passed\n");
        }

        Write($"- In all {Watch.Elapsed:hh\\:mm\\:ss}, {failures} failures, "
            + $"at most {Heap.Format(Process.GetCurrentProcess().PeakWorkingSet64)} of memory\n");
    }

    private static void Write(string text)
    {
        if (IsKept)
        {
            File.AppendAllText(Path.Combine(Artifacts.Root, "docs", "torture.md"), text);
        }
    }

    private static void Print(string line)
    {
        if (RunOptions.IsLong)
        {
            Console.WriteLine(line);
        }
    }

    private static string Indented(string text) => string.Join('\n', text.Split('\n').Take(80).Select(line => "  " + line.TrimEnd()));

    private static async Task<string> GitAsync(params string[] arguments)
    {
        try
        {
            using var git = Process.Start(new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = Artifacts.Root,
                RedirectStandardOutput = true,
                UseShellExecute = false
            })!;
            var output = await git.StandardOutput.ReadToEndAsync();
            await git.WaitForExitAsync();
            return git.ExitCode == 0 ? output.Trim() : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}

/// <summary>Reports the start and the end of every test to <see cref="RunReport"/>.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ReportedAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) =>
        RunReport.Begin($"{methodUnderTest.DeclaringType!.Name}.{methodUnderTest.Name}");

    public override void After(MethodInfo methodUnderTest, IXunitTest test) =>
        RunReport.End(
            TestContext.Current.TestState is { Result: TestResult.Failed } state ? string.Join('\n', state.ExceptionMessages ?? []) : null);
}
