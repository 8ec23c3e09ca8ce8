using Storage.Tests.Stores;
using Xunit.Runner.InProc.SystemConsole;

namespace Storage.Tests;

internal static class Program
{
    /// <summary>Runs the tests, or acts as another process on a SQLite file when a test starts this program with a role.</summary>
    public static Task<int> Main(string[] args) => args switch
    {
        [OtherProcess.Writes, var path, var first] => OtherProcess.WriteUntilKilledAsync(path, first),
        [OtherProcess.Holds, var path, var sql] => OtherProcess.HoldUntilToldAsync(path, sql),
        _ => ConsoleRunner.Run(args),
    };
}
