using Latchkey.Testing;
using Xunit.Runner.InProc.SystemConsole;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(PostgresServer.EndsWithTheRun))]

namespace Fuzz;

/// <summary>
/// A test program like every other: without arguments of its own it runs everything bounded, as <c>./dev check</c> wants it. <c>torture</c> as the first argument
/// (that is how <c>./dev torture</c> calls it) makes the same tests long; what it does not know goes on to xUnit (<c>-class</c>, <c>-method</c>).
/// </summary>
internal static class Program
{
    private const int BadInput = 2;

    public static async Task<int> Main(string[] args)
    {
        if (args is not ["torture", .. var options])
        {
            return await ConsoleRunner.Run(args);
        }

        if (RunOptions.ReadLong(options, out var rest) is { } wrong)
        {
            await Console.Error.WriteLineAsync(wrong);
            return BadInput;
        }

        await Console.Out.WriteLineAsync(RunOptions.Describe());

        // What the servers log goes beside what the run tells.
        var log = new StreamWriter(Path.Combine(Directory.CreateDirectory(Path.Combine(Artifacts.Root, "artifacts", "logs")).FullName, "torture.log")) { AutoFlush = true };
        Console.SetError(log);
        await RunReport.OpenAsync(options);
        int code;
        using (RunReport.KeepTelling())
        {
            code = await ConsoleRunner.Run([.. rest, "-noLogo"]);
        }

        RunReport.Close();
        return code;
    }
}
