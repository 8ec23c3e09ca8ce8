namespace Torture.Turns;

/// <summary>
/// Lets several actors play on one store, one storage step at a time: each stops before every step, and who goes on is drawn. What an actor does between two steps
/// it does alone, so the same seed plays the same play. Played together, up to three steps are let go at once and the database decides what comes of them.
/// </summary>
internal sealed class Schedule(Dice dice, bool isTogether, DateTimeOffset begins)
{
    private const int MaxAtOnce = 3;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly AsyncLocal<Seat?> Sitting = new();

    private readonly Lock gate = new();
    private readonly SemaphoreSlim quiet = new(0);
    private readonly List<Turn> waiting = [];
    private readonly List<string> played = [];
    private readonly List<Exception> failures = [];
    private long now = begins.ToUnixTimeMilliseconds();
    private int seats;
    private int busy;

    /// <summary>The schedule of whoever asks; null outside of any.</summary>
    public static Schedule? Current => Sitting.Value?.Schedule;

    /// <summary>The same, for who plays in it; null for who looks at it afterwards.</summary>
    public static Schedule? Playing => Sitting.Value is { IsFree: false } seat ? seat.Schedule : null;

    public bool IsTogether => isTogether;

    public Ledger Ledger { get; } = new();

    public DateTimeOffset Now => DateTimeOffset.FromUnixTimeMilliseconds(Interlocked.Read(ref now));

    /// <summary>How often somebody was let go. What took effect in one round did so after everything of the rounds before it; steps of the same round have no order.</summary>
    public int Round { get; private set; }

    /// <summary>What went wrong inside an actor.</summary>
    public IReadOnlyList<Exception> Failures => failures;

    /// <summary>Every step in the order in which it was let go.</summary>
    public IReadOnlyList<string> Played => played;

    public void Advance(TimeSpan by) => Interlocked.Add(ref now, (long)by.TotalMilliseconds);

    /// <summary>A storage step: waits for its turn where a schedule is played, and is taken at once elsewhere.</summary>
    public static Task<T> StepAsync<T>(string what, Func<Task<T>> step) => Sitting.Value is { IsFree: false } seat ? seat.Schedule.TakeTurnAsync(seat, what, step) : step();

    /// <summary>A timer of whoever sits there: it fires when its turn is drawn, and it is then as late as it was to be at least.</summary>
    public static void WaitForTimer(TimeSpan due, Action fire)
    {
        var seat = Sitting.Value ?? throw new InvalidOperationException("A timer outside of a schedule.");
        var schedule = seat.Schedule;
        var at = (schedule.Now + due).ToUnixTimeMilliseconds();
        schedule.Wait(new Turn(seat, $"wakes after {due}", () =>
        {
            Interlocked.Exchange(ref schedule.now, Math.Max(Interlocked.Read(ref schedule.now), at));
            fire();
        }));
    }

    /// <summary>Another actor: it goes up to its first step at once.</summary>
    public void Enter(string name, Func<Task> actor)
    {
        Interlocked.Increment(ref busy);
        _ = PerformAsync(new Seat(this, Interlocked.Increment(ref seats), name, IsFree: false), actor);
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

            var turns = Draw();
            if (turns.Count == 0)
            {
                return;
            }

            Interlocked.Add(ref busy, turns.Count);
            foreach (var turn in turns)
            {
                if (turns.Count == 1)
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

    /// <summary>Looks at what came of it: at the schedule's time, without waiting for turns.</summary>
    public async Task AfterwardsAsync(Func<Task> look)
    {
        Sitting.Value = new Seat(this, 0, "afterwards", IsFree: true);
        await look();
    }

    private async Task PerformAsync(Seat seat, Func<Task> actor)
    {
        Sitting.Value = seat;
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

    private async Task<T> TakeTurnAsync<T>(Seat seat, string what, Func<Task<T>> step)
    {
        var turn = new TaskCompletionSource();
        Wait(new Turn(seat, what, turn.SetResult));
        await turn.Task;
        return await step();
    }

    private void Wait(Turn turn)
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

    private List<Turn> Draw()
    {
        lock (gate)
        {
            var drawn = new List<Turn>();
            Round++;
            for (var left = isTogether ? 1 + dice.Below(MaxAtOnce) : 1; left > 0 && waiting.Count > 0; left--)
            {
                // In the order of their seats, which does not depend on who was faster.
                var turn = waiting.OrderBy(t => t.Seat.Number).ElementAt(dice.Below(waiting.Count));
                waiting.Remove(turn);
                drawn.Add(turn);
                played.Add($"{played.Count + 1,3} {turn.Seat.Name}: {turn.What}");
            }

            return drawn;
        }
    }

    private sealed record Seat(Schedule Schedule, int Number, string Name, bool IsFree);

    private sealed record Turn(Seat Seat, string What, Action Go);
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
