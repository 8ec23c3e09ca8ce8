using System.Diagnostics;

namespace Latchkey.Testing;

/// <summary>
/// Checks an upper limit of time. A slow machine makes some runs of a step late; a wait in the server makes all of them late. So one run
/// within the limit is enough, and the step is repeated until there is one.
/// </summary>
public static class Promptness
{
    private const int MaxRuns = 20;

    /// <summary>Runs the step, which measures itself, until a run is within the limit.</summary>
    /// <exception cref="TimeoutException">No run was.</exception>
    public static async Task ExpectWithinAsync(TimeSpan limit, Func<Task<TimeSpan>> step)
    {
        var shortest = TimeSpan.MaxValue;
        for (var runs = 0; runs < MaxRuns; runs++)
        {
            var took = await step();
            if (took < limit)
            {
                return;
            }

            shortest = took < shortest ? took : shortest;
        }

        throw new TimeoutException(
            $"the shortest of {MaxRuns} runs took {shortest.TotalMilliseconds} ms; allowed are {limit.TotalMilliseconds} ms");
    }

    /// <summary>Runs the step until a run takes less than the limit.</summary>
    /// <exception cref="TimeoutException">No run did.</exception>
    public static Task ExpectWithinAsync(TimeSpan limit, Func<Task> step) => ExpectWithinAsync(
        limit,
        async () =>
        {
            var from = Stopwatch.GetTimestamp();
            await step();
            return Stopwatch.GetElapsedTime(from);
        });
}
