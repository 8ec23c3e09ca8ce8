namespace Fuzz.Interleavings;

/// <summary>
/// Runs several actors on one database, one storage step at a time. Each actor stops before every step, and a random one continues. Between
/// two steps an actor runs alone, so the same seed reproduces the same schedule. In the other mode up to three steps run at once and
/// the database decides their order.
/// </summary>
internal sealed class Schedule(SeededRandom random, bool isTogether, DateTimeOffset begins)
{
    private const int MaxAtOnce = 3;
    private static readonly TimeSpan MaxWait = TimeSpan.FromMinutes(5);
    private static readonly AsyncLocal<ActorContext?> Context = new();

    private readonly Lock gate = new();
    private readonly SemaphoreSlim quiet = new(0);
    private readonly List<PendingStep> waiting = [];
    private readonly List<string> played = [];
    private readonly List<Exception> failures = [];
    private long now = begins.ToUnixTimeMilliseconds();
    private int actorCount;
    private int busy;

    /// <summary>The schedule of the current actor, or null.</summary>
    public static Schedule? Current => Context.Value?.Schedule;

    /// <summary>The same for an actor of the schedule; null for the check after it.</summary>
    public static Schedule? Playing => Context.Value is { IsFree: false } context ? context.Schedule : null;

    public bool IsTogether => isTogether;

    public StepLog StepLog { get; } = new();

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref now));

    /// <summary>The number of the round. All effects of a round come after those of the rounds before it;
    /// steps of the same round have no order.</summary>
    public int Round { get; private set; }

    /// <summary>The exceptions of the actors.</summary>
    public IReadOnlyList<Exception> Failures => failures;

    /// <summary>Every step in the order in which it was released.</summary>
    public IReadOnlyList<string> Played => played;

    public void Advance(TimeSpan by) => Interlocked.Add(ref now, (long)by.TotalMilliseconds);

    /// <summary>Runs a storage step: within a schedule when the step is selected, otherwise at once.</summary>
    public static Task<T> StepAsync<T>(string what, Func<Task<T>> step) =>
        Context.Value is { IsFree: false } context ? context.Schedule.WaitAndRunAsync(context, what, step) : step();

    /// <summary>A timer of the current actor. It fires when it is selected;
    /// the schedule's clock is then at least at its due time.</summary>
    public static void WaitForTimer(TimeSpan due, Action fire)
    {
        var context = Context.Value ?? throw new InvalidOperationException("A timer was created outside of a schedule.");
        var schedule = context.Schedule;
        var at = (schedule.Now + due).ToUnixTimeMilliseconds();
        schedule.Wait(new PendingStep(context, $"wakes after {due}", () =>
        {
            Interlocked.Exchange(ref schedule.now, Math.Max(Interlocked.Read(ref schedule.now), at));
            fire();
        }));
    }

    /// <summary>Adds an actor, which runs up to its first step at once.</summary>
    public void Enter(string name, Func<Task> actor)
    {
        Interlocked.Increment(ref busy);
        _ = PerformAsync(new ActorContext(this, Interlocked.Increment(ref actorCount), name, IsFree: false), actor);
    }

    /// <summary>Runs the schedule until all actors are done.</summary>
    public async Task PlayAsync(Action begin)
    {
        busy = 1;
        begin();
        Leave();
        while (true)
        {
            if (!await quiet.WaitAsync(MaxWait))
            {
                throw new TimeoutException(
                    $"The schedule has stopped: {waiting.Count} steps wait, {busy} actors are busy.\n{string.Join('\n', played)}");
            }

            var pending = Draw();
            if (pending.Count == 0)
            {
                return;
            }

            Interlocked.Add(ref busy, pending.Count);
            foreach (var turn in pending)
            {
                if (pending.Count == 1)
                {
                    turn.Go();
                }
                else
                {
                    _ = Task.Run(turn.Go);
                }
            }
        }
    }

    /// <summary>Runs the check after the schedule with the schedule's clock and without its order of steps.</summary>
    public async Task AfterwardsAsync(Func<Task> look)
    {
        Context.Value = new ActorContext(this, 0, "afterwards", IsFree: true);
        await look();
    }

    private async Task PerformAsync(ActorContext context, Func<Task> actor)
    {
        Context.Value = context;
        try
        {
            await actor();
        }
#pragma warning disable CA1031 // every failure belongs into the report of this schedule
        catch (Exception failure)
#pragma warning restore CA1031
        {
            lock (gate)
            {
                failures.Add(failure);
            }
        }
        finally
        {
            Leave();
        }
    }

    private async Task<T> WaitAndRunAsync<T>(ActorContext context, string what, Func<Task<T>> step)
    {
        var released = new TaskCompletionSource();
        Wait(new PendingStep(context, what, released.SetResult));
        await released.Task;
        return await step();
    }

    private void Wait(PendingStep turn)
    {
        lock (gate)
        {
            waiting.Add(turn);
        }

        Leave();
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref busy) == 0)
        {
            quiet.Release();
        }
    }

    private List<PendingStep> Draw()
    {
        lock (gate)
        {
            var drawn = new List<PendingStep>();
            Round++;
            for (var left = isTogether ? 1 + random.Below(MaxAtOnce) : 1; left > 0 && waiting.Count > 0; left--)
            {
                // In the order of the actors' numbers, which does not depend on timing.
                var turn = waiting.OrderBy(t => t.ActorContext.Number).ElementAt(random.Below(waiting.Count));
                waiting.Remove(turn);
                drawn.Add(turn);
                played.Add($"{played.Count + 1,3} {turn.ActorContext.Name}: {turn.What}");
            }

            return drawn;
        }
    }

    private sealed record ActorContext(Schedule Schedule, int Number, string Name, bool IsFree);

    private sealed record PendingStep(ActorContext ActorContext, string What, Action Go);
}

/// <summary>The clock of the current schedule.</summary>
internal sealed class ScheduleClock : TimeProvider
{
    public static readonly DateTimeOffset Begin = new(2026, 7, 28, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Schedule.Current?.Now ?? Begin;

    /// <summary>A schedule has one clock: timestamps follow its UTC time.</summary>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Schedule.WaitForTimer(dueTime, () => callback(state));
        return new Fired();
    }

    /// <summary>A timer that fires once, when its step is selected.</summary>
    private sealed class Fired : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
