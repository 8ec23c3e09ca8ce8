using System.Collections.Concurrent;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Supervision;

/// <summary>How one piece of background work is doing.</summary>
/// <param name="Name">The name in logs and metrics, for example <c>cleanup of grants</c>.</param>
/// <param name="Failures">All failures since the process started.</param>
/// <param name="FailuresInARow">The failures since the last success. Zero when the work succeeds.</param>
/// <param name="LastFailure">The type and message of the last failure. For logs and operators, never for strangers.</param>
internal sealed record BackgroundState(
    string Name, long Failures, int FailuresInARow, DateTimeOffset? LastFailureAt, string? LastFailure)
{
    public bool IsFailing => FailuresInARow > 0;
}

/// <summary>Counts the failures of all background work, for the details of <c>/readyz</c> and for metrics.</summary>
internal sealed class BackgroundFailures
{
    private readonly ConcurrentDictionary<string, BackgroundState> states = new(StringComparer.Ordinal);

    /// <summary>Every piece of work that has run, by name.</summary>
    public IReadOnlyList<BackgroundState> All => [.. states.Values.OrderBy(state => state.Name, StringComparer.Ordinal)];

    /// <summary>The work that has failed since its last success.</summary>
    public IReadOnlyList<BackgroundState> Failing => [.. All.Where(state => state.IsFailing)];

    public BackgroundState Of(string name) => states.GetOrAdd(name, New);

    /// <summary>Counts a failure. Returns the state with it.</summary>
    public BackgroundState Count(string name, Exception failure, DateTimeOffset at)
    {
        Instruments.LoopFailed(name);
        return states.AddOrUpdate(name, _ => Failed(New(name), failure, at), (_, state) => Failed(state, failure, at));
    }

    /// <summary>Ends a row of failures. Returns how many there were.</summary>
    public int Succeeded(string name)
    {
        var state = Of(name);
        return state.IsFailing && states.TryUpdate(name, state with { FailuresInARow = 0 }, state) ? state.FailuresInARow : 0;
    }

    private static BackgroundState New(string name) => new(name, Failures: 0, FailuresInARow: 0, LastFailureAt: null, LastFailure: null);

    private static BackgroundState Failed(BackgroundState state, Exception failure, DateTimeOffset at) => state with
    {
        Failures = state.Failures + 1,
        FailuresInARow = state.FailuresInARow + 1,
        LastFailureAt = at,
        LastFailure = $"{failure.GetType().Name}: {failure.Message}",
    };
}
