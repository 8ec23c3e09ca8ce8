using System.Globalization;

namespace Fuzz;

/// <summary>The numbers of cases and the seed of a run. Set once, before the first test.</summary>
internal static class RunOptions
{
    private const string Usage =
        "usage: ./dev torture [--seed <number>] [--properties <number, at least 3000>] [--requests <number>] [--schedules <number>] "
        + "[--minutes <number>] [--only <number>] [options of xUnit, such as -class <name>]";

    /// <summary>With fewer samples some property tests do not reach the cases that they are about and fail.</summary>
    private const int MinProperties = 3_000;

    /// <summary>The number of samples per property.</summary>
    public static int Properties { get; private set; } = MinProperties;

    /// <summary>The number of mutated requests; each database gets half of them.</summary>
    public static int Requests { get; private set; } = 20_000;

    /// <summary>The number of schedules of storage steps per database.</summary>
    public static int Schedules { get; private set; } = 10_000;

    /// <summary>The seed of <see cref="SeededRandom"/>. A bounded run always has the same seed.</summary>
    public static ulong Seed { get; private set; } = 1;

    /// <summary>The single case to run, to reproduce a failure; null stands for all.</summary>
    public static int? Only { get; private set; }

    /// <summary>The time after which a test with single cases stops; null stands for no limit.</summary>
    public static TimeSpan? Time { get; private set; }

    public static bool IsLong { get; private set; }

    public static string Describe() => $"Seed {Seed}: {Properties} samples of each property, {Requests} mutated requests, {Schedules} "
        + $"schedules on each store{(Time is { } time ? $", at most {time.TotalMinutes} minutes for each of these two tests" : "")}.";

    /// <summary>Reads the options of a long run.</summary>
    /// <param name="rest">The arguments for xUnit.</param>
    /// <returns>An error message, or null.</returns>
    public static string? ReadLong(string[] args, out List<string> rest)
    {
        (IsLong, Properties, Requests, Schedules) = (true, 1_000_000, 1_000_000, 1_000_000);
        Seed = (ulong)TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        rest = [];
        for (var i = 0; i < args.Length; i++)
        {
            if (!args[i].StartsWith("--", StringComparison.Ordinal))
            {
                rest.Add(args[i]);
            }
            else if (i + 1 == args.Length || !int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                || !Set(args[i - 1], number))
            {
                return Usage;
            }
        }

        return null;
    }

    private static bool Set(string option, int number)
    {
        switch (option)
        {
            case "--properties" when number >= MinProperties:
                Properties = number;
                return true;
            case "--requests":
                Requests = number;
                return true;
            case "--schedules":
                Schedules = number;
                return true;
            case "--minutes":
                Time = TimeSpan.FromMinutes(number);
                return true;
            case "--seed":
                Seed = (ulong)number;
                return true;
            case "--only":
                Only = number;
                return true;
            default:
                return false;
        }
    }
}
