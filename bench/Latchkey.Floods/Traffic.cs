using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Latchkey.Bench;

namespace Latchkey.Floods;

/// <summary>The latency of good logins, from the time at which each was due.</summary>
internal sealed record LoginFigures(int Count, int Failures, double P50, double P95, string? Failure)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Count} logins, {Failures} failed, p50 {P50:0.0} ms, p95 {P95:0.0} ms {Failure}");
}

/// <summary>Open loops: a request is sent when it is due, however late the responses to earlier ones are.</summary>
internal static class Traffic
{
    private const int LoginsPerSecond = 5;
    private const int FloodPerSecond = 200;

    /// <summary>Beyond this number of unanswered requests, none are sent: an attacker has a bounded number of connections too.</summary>
    private const int MaxUnanswered = 2_000;

    public static async Task<LoginFigures> LoginsAsync(Actors actors, TimeSpan duration)
    {
        var running = new List<Task<double>>();
        string? failure = null;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed < duration)
        {
            var due = TimeSpan.FromSeconds((double)running.Count / LoginsPerSecond);
            await WaitAsync(watch, due);
            running.Add(TimedAsync(due));
        }

        var latencies = await Task.WhenAll(running);
        var good = latencies.Where(latency => latency >= 0).Order().ToArray();
        return new(latencies.Length, latencies.Length - good.Length, Quantile(good, 0.5), Quantile(good, 0.95), failure);

        async Task<double> TimedAsync(TimeSpan due)
        {
            try
            {
                await Task.Run(actors.LogInAsync);
                return (watch.Elapsed - due).TotalMilliseconds;
            }
            catch (Exception failed)
            {
                failure = failed.Message;
                return -1;
            }
        }
    }

    /// <summary>Returns the number of responses by status; 0 stands for no response.</summary>
    public static async Task<IReadOnlyDictionary<int, int>> FloodAsync(
        Attacker attacker, Func<int, HttpRequestMessage> requests, CancellationToken stop)
    {
        var statuses = new ConcurrentDictionary<int, int>();
        var unanswered = 0;
        var watch = Stopwatch.StartNew();
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            await WaitAsync(watch, TimeSpan.FromSeconds((double)number / FloodPerSecond));
            if (Volatile.Read(ref unanswered) >= MaxUnanswered)
            {
                statuses.AddOrUpdate(-1, 1, static (_, count) => count + 1);
                continue;
            }

            Interlocked.Increment(ref unanswered);
            var request = requests(number);
            _ = Task.Run(() => SendAsync(request), CancellationToken.None);
        }

        return statuses;

        async Task SendAsync(HttpRequestMessage request)
        {
            var status = await attacker.StatusAsync(request);
            Interlocked.Decrement(ref unanswered);
            statuses.AddOrUpdate(status, 1, static (_, count) => count + 1);
        }
    }

    private static async Task WaitAsync(Stopwatch watch, TimeSpan due)
    {
        // A timer may fire some milliseconds early, and a login that began before it was due would seem faster than it is.
        while (due - watch.Elapsed is { Ticks: > 0 } wait)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(wait.TotalMilliseconds)));
        }
    }

    private static double Quantile(double[] sorted, double quantile) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * quantile))];
}
