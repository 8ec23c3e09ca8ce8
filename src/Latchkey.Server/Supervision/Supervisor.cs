using System.Collections.Concurrent;
using System.Data.Common;

namespace Latchkey.Server.Supervision;

/// <summary>The pause before background work that failed runs again: it doubles from the first to the longest.</summary>
internal sealed record RetryPace(TimeSpan First, TimeSpan Longest)
{
    public static readonly RetryPace Default = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(1));

    public TimeSpan PauseAfter(int failuresInARow) =>
        First * Math.Pow(2, Math.Clamp(failuresInARow - 1, 0, 20)) is var pause && pause < Longest ? pause : Longest;
}

/// <summary>
/// Runs all background work. No failure of it, of whatever type, ends the work or the server: it is counted
/// (<see cref="BackgroundFailures"/>), logged once per kind and ten minutes, and the work runs again after a pause.
/// </summary>
internal sealed partial class Supervisor(BackgroundFailures failures, TimeProvider clock, ILogger<Supervisor> logger)
{
    /// <summary>A failure of the same kind is logged once in this time.</summary>
    public static readonly TimeSpan LogPeriod = TimeSpan.FromMinutes(10);

    /// <summary>The kinds of failures that were logged, with the time. There are as many as pieces of work and types of
    /// exceptions.</summary>
    private readonly ConcurrentDictionary<(string Name, string Kind), DateTimeOffset> logged = [];

    /// <summary>Runs a loop until it returns or is cancelled. When it throws, it starts again after a pause.</summary>
    public async Task RunAsync(string name, Func<CancellationToken, Task> loop, CancellationToken stop, RetryPace? pace = null)
    {
        pace ??= RetryPace.Default;
        while (!stop.IsCancellationRequested)
        {
            var started = clock.GetTimestamp();
            if (await AttemptAsync(name, loop, stop) is not { } failed)
            {
                return;
            }

            // A loop that ran for longer than the longest pause was working.
            var inARow = clock.GetElapsedTime(started) > pace.Longest ? 1 : failed.FailuresInARow;
            await Task.Delay(pace.PauseAfter(inARow), clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs a loop on the thread pool until the result is disposed.</summary>
    public IAsyncDisposable Start(string name, Func<CancellationToken, Task> loop, RetryPace? pace = null) =>
        new Started(stop => RunAsync(name, loop, stop, pace));

    /// <summary>Runs one step of a loop. Returns false when it failed; the loop goes on with its next step.</summary>
    public async Task<bool> TryAsync(string name, Func<CancellationToken, Task> step, CancellationToken stop)
    {
        var isDone = await AttemptAsync(name, step, stop) is null;
        if (isDone && !stop.IsCancellationRequested)
        {
            Succeeded(name);
        }

        return isDone;
    }

    /// <summary>Ends a row of failures. A loop that never returns calls it after each round.</summary>
    public void Succeeded(string name)
    {
        if (failures.Succeeded(name) is var before and > 0)
        {
            WorksAgain(logger, name, before);
            foreach (var key in logged.Keys.Where(key => key.Name == name))
            {
                logged.TryRemove(key, out _);
            }
        }
    }

    /// <summary>Returns the state after a failure, or null when the work returned or was cancelled.</summary>
    private async Task<BackgroundState?> AttemptAsync(string name, Func<CancellationToken, Task> work, CancellationToken stop)
    {
        _ = failures.Of(name);
        try
        {
            await work(stop);
            return null;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // a list of exceptions would hold those that were thought of; every other one would end the server
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (stop.IsCancellationRequested)
            {
                // What the work uses is being closed.
                return null;
            }

            var state = failures.Count(name, failure, clock.GetUtcNow());
            Log(name, failure, state.FailuresInARow);
            return state;
        }
    }

    private void Log(string name, Exception failure, int inARow)
    {
        var now = clock.GetUtcNow();
        var key = (name, $"{failure.GetType().FullName} {(failure as DbException)?.SqlState}");
        if (logged.TryGetValue(key, out var before) && now - before < LogPeriod && now >= before)
        {
            return;
        }

        logged[key] = now;
        Failed(logger, name, inARow, failure);
    }

    [LoggerMessage(
        2301, LogLevel.Warning,
        "Background work failed: {Work} (failures in a row: {InARow}). It is tried again; further failures of this kind are logged every "
        + "ten minutes")]
    private static partial void Failed(ILogger logger, string work, int inARow, Exception failure);

    [LoggerMessage(2302, LogLevel.Information, "Background work succeeds again after {Failures} failures: {Work}")]
    private static partial void WorksAgain(ILogger logger, string work, int failures);

    private sealed class Started : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task running;

        public Started(Func<CancellationToken, Task> loop) => running = Task.Run(() => loop(stop.Token));

        public async ValueTask DisposeAsync()
        {
            // May be called twice: a cancelled source is not cancelled again, and holds no timer to dispose of.
            await stop.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
