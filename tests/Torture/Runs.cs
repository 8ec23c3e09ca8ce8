using System.Globalization;

namespace Torture;

/// <summary>How often what is repeated. Set once, before the first test.</summary>
internal static class Runs
{
    private const string Usage =
        "usage: ./dev torture [--properties <number>] [options of xUnit, such as -class <name>]";

    /// <summary>Samples of each property.</summary>
    public static int Properties { get; private set; } = 3_000;

    public static string Describe() => $"{Properties} samples of each property";

    /// <summary>Sets the numbers of a long run.</summary>
    /// <param name="rest">What is xUnit's.</param>
    /// <returns>What is wrong with the arguments, or null.</returns>
    public static string? ReadLong(string[] args, out List<string> rest)
    {
        Properties = 1_000_000;
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
            case "--properties":
                Properties = number;
                return true;
            default:
                return false;
        }
    }
}
