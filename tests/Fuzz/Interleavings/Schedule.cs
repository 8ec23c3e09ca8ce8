namespace Fuzz.Interleavings;

/// <summary>
/// Lets several actors play on one store, one storage step at a time: each stops before every step, and who goes on is drawn. What an actor does between two steps
/// it does alone, so the same seed plays the same play. Played together, up to three steps are let go at once and the database decides what comes of them.
/// </summary>
internal sealed class Schedule(SeededRandom random, bool isTogether, DateTimeOffset begins)
{
    private const int MaxAtOnce = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly AsyncLocal<ActorContext?> Context = new();

    private readonly Lock gate = new();
    private readonly SemaphoreSlim quiet = new(0);
    private readonly List<PendingStep> waiting = [];
    private readonly List<string> played = [];
    private readonly List<Exception> failures = [];
    private long now = begins.ToUnixTimeMilliseconds();
    private int actorCount;
    private int busy;

    /// <summary>The schedule of whoever asks; null outside of any.</summary>
    public static Schedule? Current => Context.Value?.Schedule;

    /// <summary>The same, for who plays in it; null for who looks at it afterwards.</summary>
    public static Schedule? Playing => Context.Value is { IsFree: false } context ? context.Schedule : null;

    public bool IsTogether => isTogether;

    public StepLog StepLog { get; } = new();

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref now));

    /// <summary>How often somebody was let go. What took effect in one round did so after everything of the rounds before it; steps of the same round have no order.</summary>
    public int Round { get; private set; }

    /// <summary>What went wrong inside an actor.</summary>
    public IReadOnlyList<Exception> Failures => failures;

    /// <summary>Every step in the order in which it was let go.</summary>
    public IReadOnlyList<string> Played => played;

    public void Advance(TimeSpan by) => Interlocked.Add(ref now, (long)by.TotalMilliseconds);

    /// <summary>A storage step: waits for its turn where a schedule is played, and is taken at once elsewhere.</summary>
    public static Task<T> StepAsync<T>(string what, Func<Task<T>> step) => Context.Value is { IsFree: false } context ? context.Schedule.TakeTurnAsync(context, what, step) : step();

    /// <summary>A timer of whoever sits there: it fires when its turn is drawn, and it is then as late as it was to be at least.</summary>
    public static void WaitForTimer(TimeSpan due, Action fire)
    {
        var context = Context.Value ?? throw new InvalidOperationException("A timer outside of a schedule.");
        var schedule = context.Schedule;
        var at = (schedule.Now + due).ToUnixTimeMilliseconds();
        schedule.Wait(new PendingStep(context, $"wakes after {due}", () =>
        {
            Interlocked.Exchange(ref schedule.now, Math.Max(Interlocked.Read(ref schedule.now), at));
            fire();
        }));
    }

    /// <summary>Another actor: it goes up to its first step at once.</summary>
    public void Enter(string name, Func<Task> actor)
    {
        Interlocked.Increment(ref busy);
        _ = PerformAsync(new ActorContext(this, Interlocked.Increment(ref actorCount), name, IsFree: false), actor);
    }

    /// <summary>Plays until everybody is done.</summary>
    public async Task PlayAsync(Action begin)
    {
        busy = 1;
        begin();
        Leave();
        while (true)
        {
            if (!await quiet.WaitAsync(Patience))
            {
                throw new TimeoutException($"The schedule stands still; {waiting.Count} wait, {busy} are busy.\n{string.Join('\n', played)}");
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

    /// <summary>Looks at what came of it: at the schedule's time, without waiting for pending.</summary>
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
#pragma warning disable CA1031 // whatever it is, it belongs into the report of this schedule
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

    private async Task<T> TakeTurnAsync<T>(ActorContext context, string what, Func<Task<T>> step)
    {
        var turn = new TaskCompletionSource();
        Wait(new PendingStep(context, what, turn.SetResult));
        await turn.Task;
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
                // In the order of their actorCount, which does not depend on who was faster.
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

/// <summary>The time of the schedule that asks.</summary>
internal sealed class ScheduleClock : TimeProvider
{
    public static readonly DateTimeOffset Begin = new(2026, 7, 28, 12, 0, 0, TimeSpan.Zero);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => Schedule.Current?.Now ?? Begin;

    /// <summary>A schedule has one time: what is measured passes as its calendar does.</summary>
    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        Schedule.WaitForTimer(dueTime, () => callback(state));
        return new Fired();
    }

    /// <summary>Fires once, when its turn comes.</summary>
    private sealed class Fired : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => false;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
