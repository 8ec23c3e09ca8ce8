using Latchkey.Testing;
using Xunit.Runner.InProc.SystemConsole;
using Xunit.Sdk;
using Xunit.v3;

[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(PostgresServer.EndsWithTheRun))]

namespace Fuzz;

/// <summary>
/// The entry point. Without arguments all tests run with bounded numbers of cases, as <c>./dev check</c> does. With <c>torture</c> as the
/// first argument (<c>./dev torture</c>) the same tests run long. Other arguments are passed to xUnit (<c>-class</c>, <c>-method</c>).
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

        if (RunOptions.ReadLong(options, out var rest) is { } error)
        {
            await Console.Error.WriteLineAsync(error);
            return BadInput;
        }

        await Console.Out.WriteLineAsync(RunOptions.Describe());

        // The log of the servers goes to a file.
        var log = new StreamWriter(
            Path.Combine(Directory.CreateDirectory(Path.Combine(Artifacts.Root, "artifacts", "logs")).FullName, "torture.log"))
        {
            AutoFlush = true
        };
        Console.SetError(log);
        await RunReport.OpenAsync(options);
        int code;
        using (RunReport.StartReporting())
        {
            code = await ConsoleRunner.Run([.. rest, "-noLogo"]);
        }

        RunReport.Close();
        return code;
    }
}
