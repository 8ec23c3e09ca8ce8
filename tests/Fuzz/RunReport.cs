using System.Diagnostics;
using System.Reflection;
using Latchkey.Testing;
using Xunit.v3;

[assembly: Fuzz.Reported]

namespace Fuzz;

/// <summary>What a long run tells while it runs, and what it writes down when it is over. The tests run one after the other.</summary>
internal static class RunReport
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private static readonly Stopwatch Watch = Stopwatch.StartNew();
    private static readonly Lock Gate = new();
    private static string test = "";
    private static string progress = "";
    private static string? conclusion;
    private static TimeSpan begun;
    private static int properties;
    private static int told;
    private static int failures;

    private static bool IsKept => RunOptions.IsLong && RunOptions.Only is null;

    /// <summary>How far the test is; shown every twenty seconds.</summary>
    public static void Reached(string howFar) => progress = howFar;

    /// <summary>What the test did, in numbers, at its end.</summary>
    public static void Conclude(string numbers) => conclusion = numbers;

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

            var line = $"{test}: {conclusion ?? (progress.Length > 0 ? progress : "no numbers")} ({Watch.Elapsed - begun:hh\\:mm\\:ss}); {(failure is null ? "nothing was wrong" : "FAILED")}";
            Say(line);
            told++;
            Write(failure is null ? $"- {line}\n" : $"- {line}\n\n  ```text\n{Indented(failure)}\n  ```\n\n");
        }
    }

    /// <summary>Notes in <c>docs/torture.md</c> what is being run, while the files are still those it was built from. What follows is added as it comes: a run that is stopped leaves what it had.</summary>
    public static async Task OpenAsync(string[] args)
    {
        // The newest commit of the server's code: that of the run itself may not be there yet, and says less. With its title, which a rebase leaves.
        var server = await GitAsync("log", "-1", "--format=%h (%s)", "--", "src") + (await GitAsync("status", "--porcelain", "--", "src") is "" ? "" : " and changes that were not committed");
        Write($"\n## {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC: `./dev torture {string.Join(' ', args)}`\n\nServer of {server}; {Environment.ProcessorCount} cores; seed {RunOptions.Seed}.\n\n");
    }

    /// <summary>Says something at least every twenty seconds until it is disposed.</summary>
    public static IDisposable KeepTelling() => new Timer(
        static _ => Say($"{test} since {Watch.Elapsed - begun:hh\\:mm\\:ss}{(progress.Length > 0 ? $": {progress}" : "")}; {properties + told} tests done, {failures} failed, heap {Heap.Shown(GC.GetTotalMemory(forceFullCollection: false))}"),
        state: null, Pause, Pause);

    public static void Close()
    {
        if (properties > 0)
        {
            Write($"- {properties} tests without numbers of their own, most of them properties of words with {RunOptions.Properties} samples each; nothing was wrong\n");
        }

        Write($"- In all {Watch.Elapsed:hh\\:mm\\:ss}, {failures} failures, at most {Heap.Shown(Process.GetCurrentProcess().PeakWorkingSet64)} of memory\n");
    }

    private static void Write(string text)
    {
        if (IsKept)
        {
            File.AppendAllText(Path.Combine(Artifacts.Root, "docs", "torture.md"), text);
        }
    }

    private static void Say(string line)
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
            using var git = Process.Start(new ProcessStartInfo("git", arguments) { WorkingDirectory = Artifacts.Root, RedirectStandardOutput = true, UseShellExecute = false })!;
            var answer = await git.StandardOutput.ReadToEndAsync();
            await git.WaitForExitAsync();
            return git.ExitCode == 0 ? answer.Trim() : "unknown";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return "unknown";
        }
    }
}

/// <summary>Every test of this program begins and ends in the <see cref="RunReport"/>.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class ReportedAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => RunReport.Begin($"{methodUnderTest.DeclaringType!.Name}.{methodUnderTest.Name}");

    public override void After(MethodInfo methodUnderTest, IXunitTest test) =>
        RunReport.End(TestContext.Current.TestState is { Result: TestResult.Failed } state ? string.Join('\n', state.ExceptionMessages ?? []) : null);
}
