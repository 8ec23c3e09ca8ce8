using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using System.Text;
using Latchkey.Testing;
using Xunit.v3;

[assembly: Torture.Logged]

namespace Torture;

/// <summary>What a long run tells while it runs, and what it writes down when it is over. The tests run one after the other.</summary>
internal static class Logbook
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(20);

    private static readonly Stopwatch Watch = Stopwatch.StartNew();
    private static readonly List<string> Lines = [];
    private static readonly Lock Gate = new();
    private static string test = "";
    private static string progress = "";
    private static string? conclusion;
    private static string server = "";
    private static TimeSpan begun;
    private static int properties;
    private static int failures;

    private static bool IsKept => Runs.IsLong && Runs.Only is null;

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

            var line = $"{test}: {conclusion ?? progress} ({Watch.Elapsed - begun:hh\\:mm\\:ss}); {(failure is null ? "nothing was wrong" : "FAILED")}";
            Say(line);
            Lines.Add(failure is null ? $"- {line}" : $"- {line}\n\n  ```text\n{Indented(failure)}\n  ```\n");
        }
    }

    /// <summary>Notes what is being run, while the files are still those it was built from.</summary>
    public static async Task OpenAsync() =>
        // The newest commit of the server's code: that of the run itself may not be there yet, and says less.
        server = await GitAsync("log", "-1", "--format=%h", "--", "src") + (await GitAsync("status", "--porcelain", "--", "src") is "" ? "" : " and changes that were not committed");

    /// <summary>Says something at least every twenty seconds until it is disposed.</summary>
    public static IDisposable KeepTelling() => new Timer(
        static _ => Say($"{test} since {Watch.Elapsed - begun:hh\\:mm\\:ss}{(progress.Length > 0 ? $": {progress}" : "")}; {properties + Lines.Count} tests done, {failures} failed, heap {Heap.Shown(GC.GetTotalMemory(forceFullCollection: false))}"),
        state: null, Pause, Pause);

    /// <summary>Adds this run to <c>docs/torture.md</c>.</summary>
    public static async Task WriteAsync(string[] args)
    {
        if (!IsKept)
        {
            return;
        }

        if (properties > 0)
        {
            Lines.Insert(0, $"- {properties} tests without numbers of their own, most of them properties of words with {Runs.Properties} samples each; nothing was wrong");
        }

        var text = new StringBuilder()
            .Append(CultureInfo.InvariantCulture, $"\n## {TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC: `./dev torture {string.Join(' ', args)}`\n\n")
            .Append(CultureInfo.InvariantCulture, $"Server of {server}; {Environment.ProcessorCount} cores; seed {Runs.Seed}; {Watch.Elapsed:hh\\:mm\\:ss}; {failures} failures; at most {Heap.Shown(Process.GetCurrentProcess().PeakWorkingSet64)} of memory.\n\n");
        foreach (var line in Lines)
        {
            text.Append(line).Append('\n');
        }

        var file = Path.Combine(Artifacts.Root, "docs", "torture.md");
        await File.AppendAllTextAsync(file, text.ToString());
        Say($"Written down in {Path.GetRelativePath(Environment.CurrentDirectory, file)}.");
    }

    private static void Say(string line)
    {
        if (Runs.IsLong)
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

/// <summary>Every test of this program begins and ends in the <see cref="Logbook"/>.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class LoggedAttribute : BeforeAfterTestAttribute
{
    public override void Before(MethodInfo methodUnderTest, IXunitTest test) => Logbook.Begin($"{methodUnderTest.DeclaringType!.Name}.{methodUnderTest.Name}");

    public override void After(MethodInfo methodUnderTest, IXunitTest test) =>
        Logbook.End(TestContext.Current.TestState is { Result: TestResult.Failed } state ? string.Join('\n', state.ExceptionMessages ?? []) : null);
}
