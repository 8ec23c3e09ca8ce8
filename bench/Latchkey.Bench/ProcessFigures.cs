using System.Globalization;

namespace Latchkey.Bench;

/// <summary>CPU time and memory of a process and its children, from Linux's /proc.</summary>
internal static class ProcessFigures
{
    /// <summary>Clock ticks per second in <c>/proc/[pid]/stat</c>: 100 on every Linux that .NET supports.</summary>
    private const double TicksPerSecond = 100;

    /// <summary>The CPU seconds (user and system) of a process.</summary>
    public static double CpuSeconds(int pid)
    {
        var fields = Fields(pid);
        return (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
    }

    /// <summary>The CPU seconds of a process and of its running and ended children.</summary>
    public static double CpuSecondsOfTree(int pid)
    {
        var own = Fields(pid);
        var seconds = (Number(own[11]) + Number(own[12]) + Number(own[13]) + Number(own[14])) / TicksPerSecond;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var child) || child == pid)
            {
                continue;
            }

            try
            {
                var fields = Fields(child);
                if (Number(fields[1]) == pid)
                {
                    seconds += (Number(fields[11]) + Number(fields[12])) / TicksPerSecond;
                }
            }
            catch (IOException)
            {
                // The process ended in the meantime.
            }
        }

        return seconds;
    }

    /// <summary>Megabytes of anonymous memory (heaps and stacks without mapped files) and of all resident memory.</summary>
    public static (double RssAnon, double Rss) Megabytes(int pid)
    {
        var lines = File.ReadAllLines($"/proc/{pid}/status");
        return (Kilobytes("RssAnon:") / 1024, Kilobytes("VmRSS:") / 1024);

        double Kilobytes(string name) => double.Parse(
            lines.First(l => l.StartsWith(name, StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2],
            CultureInfo.InvariantCulture);
    }

    /// <summary>The fields after the name, which can contain spaces: [0] is the state, [1] the parent.</summary>
    private static string[] Fields(int pid)
    {
        var text = File.ReadAllText($"/proc/{pid}/stat");
        return text[(text.LastIndexOf(')') + 2)..].Split(' ');
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
