using System.Globalization;

namespace Fuzz;

/// <summary>How often what is repeated, and from which seed. Set once, before the first test.</summary>
internal static class RunOptions
{
    private const string Usage =
        "usage: ./dev torture [--seed <number>] [--properties <number, at least 3000>] [--requests <number>] [--schedules <number>] [--minutes <number>] [--only <number>] [options of xUnit, such as -class <name>]";

    /// <summary>With fewer samples some properties do not see what they are about, and say so.</summary>
    private const int MinProperties = 3_000;

    /// <summary>Samples of each property.</summary>
    public static int Properties { get; private set; } = MinProperties;

    /// <summary>Mutated requests, half of them to each store.</summary>
    public static int Requests { get; private set; } = 20_000;

    /// <summary>Schedules of storage steps, on each store.</summary>
    public static int Schedules { get; private set; } = 10_000;

    /// <summary>Of what is drawn by <see cref="SeededRandom"/>. The bounded run is always the same one.</summary>
    public static ulong Seed { get; private set; } = 1;

    /// <summary>The one case that is run, for looking at a failure; null: all.</summary>
    public static int? Only { get; private set; }

    /// <summary>After how long a test stops that goes from case to case, with what it has done by then; null: when it has done all.</summary>
    public static TimeSpan? Time { get; private set; }

    public static bool IsLong { get; private set; }

    public static string Describe() => $"Seed {Seed}: {Properties} samples of each property, {Requests} mutated requests, {Schedules} schedules on each store{(Time is { } time ? $", {time.TotalMinutes} minutes at most for each test of these two" : "")}.";

    /// <summary>Sets the numbers of a long run.</summary>
    /// <param name="rest">What is xUnit's.</param>
    /// <returns>What is wrong with the arguments, or null.</returns>
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
            else if (i + 1 == args.Length || !int.TryParse(args[++i], NumberStyles.None, CultureInfo.InvariantCulture, out var number) || !Set(args[i - 1], number))
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
