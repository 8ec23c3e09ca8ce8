using System.Collections.Concurrent;
using Latchkey.Server.Storage;
using Latchkey.Server.Supervision;
using Latchkey.Testing;
using Microsoft.Extensions.Logging;

namespace Latchkey.Server.Tests.Supervision;

/// <summary>No exception of background work ends it or the server, whatever its type is.</summary>
public sealed class Supervision_of_background_work : IDisposable
{
    private static readonly RetryPace Fast = new(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(5));
    private readonly OffsetTimeProvider clock = new();
    private readonly BackgroundFailures failures = new();
    private readonly RecordedLog log = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Supervisor supervisor;

    public Supervision_of_background_work() => supervisor = new(failures, clock, log);

    public static TheoryData<Type> Exceptions =>
    [
        .. new[] { typeof(InvalidOperationException), typeof(NullReferenceException), typeof(TimeoutException), typeof(IOException),
            typeof(UnauthorizedAccessException), typeof(OperationCanceledException), typeof(ObjectDisposedException) },
    ];

    public void Dispose() => stop.Dispose();

    [Theory]
    [MemberData(nameof(Exceptions))]
    public async Task A_loop_runs_again_after_an_exception_of_any_type(Type type)
    {
        var runs = 0;
        var exception = type == typeof(ObjectDisposedException) ? new ObjectDisposedException("thing")
            : (Exception)Activator.CreateInstance(type)!;
        await supervisor.RunAsync("loop", _ => ++runs < 4 ? throw exception : Task.CompletedTask, stop.Token, Fast);

        Assert.Equal(4, runs);
        Assert.Equal((3, 3), (failures.Of("loop").Failures, failures.Of("loop").FailuresInARow));
    }

    [Fact]
    public async Task A_loop_ends_when_it_is_cancelled_and_that_is_no_failure()
    {
        var running = supervisor.RunAsync("loop", cancel => Task.Delay(Timeout.Infinite, cancel), stop.Token);
        await stop.CancelAsync();
        await running;

        Assert.Equal(0, failures.Of("loop").Failures);
        Assert.Empty(log.Lines);
    }

    [Fact]
    public async Task A_disposed_loop_ends_while_it_waits_for_its_next_try()
    {
        var loop = supervisor.Start("loop", _ => throw new IOException(), new(TimeSpan.FromHours(1), TimeSpan.FromHours(1)));
        await loop.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromMinutes(5));
    }

    [Fact]
    public void The_pause_doubles_up_to_the_longest()
    {
        var pace = new RetryPace(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(5));

        Assert.Equal(
            [1, 2, 4, 5, 5], new[] { 1, 2, 3, 4, 1_000_000 }.Select(failed => pace.PauseAfter(failed).TotalSeconds));
    }

    [Fact]
    public async Task A_failure_is_logged_once_per_kind_and_period_and_its_end_is_logged()
    {
        Task<bool> FailAsync(Exception failure) => supervisor.TryAsync("step", _ => throw failure, stop.Token);

        Assert.False(await FailAsync(new IOException("first")));
        Assert.False(await FailAsync(new IOException("second")));
        Assert.False(await FailAsync(new StorageUnavailable("third")));
        Assert.Equal(2, log.Lines.Count);
        clock.Advance(Supervisor.LogPeriod);
        Assert.False(await FailAsync(new IOException("fourth")));
        Assert.Equal(3, log.Lines.Count);
        Assert.True(Assert.Single(failures.Failing) is { Name: "step", FailuresInARow: 4, LastFailureAt: not null });

        Assert.True(await supervisor.TryAsync("step", _ => Task.CompletedTask, stop.Token));
        Assert.Contains("4 failures", log.Lines.Last(), StringComparison.Ordinal);
        Assert.Empty(failures.Failing);
        Assert.Equal(4, failures.Of("step").Failures);
    }

    [Fact]
    public async Task A_failed_step_does_not_stop_the_others()
    {
        var swept = new List<string>();
        Sweep[] sweeps =
        [
            new("refused", (_, _) => throw new InvalidOperationException("permission denied for table refused")),
            new("sound", (_, _) =>
            {
                swept.Add("sound");
                return Task.FromResult(swept.Count < 3 ? 500 : 0);
            }),
        ];
        await new Cleanup(sweeps, supervisor, clock).SweepAsync(stop.Token);

        Assert.Equal(3, swept.Count);
        Assert.Equal("cleanup of refused", Assert.Single(failures.Failing).Name);
    }

    private sealed class RecordedLog : ILogger<Supervisor>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
