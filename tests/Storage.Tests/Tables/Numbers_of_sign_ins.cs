using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Numbers_of_sign_ins_on_SQLite(SqliteStore store) : Numbers_of_sign_ins(store), IClassFixture<SqliteStore>;

public sealed class Numbers_of_sign_ins_on_PostgreSQL(PostgresStore store) : Numbers_of_sign_ins(store), IClassFixture<PostgresStore>;

/// <summary>The tables of ended sign-ins per hour and per day, which the overview reads.</summary>
public abstract class Numbers_of_sign_ins(Store store)
{
    private static readonly DateTimeOffset At = LoginScenario.Begun;

    private readonly SignInStore signIns = new(store.SignIns);
    private readonly EndedSignIns counts = new(store.SignIns);
    private readonly string resource = ResourceId.New().Value;

    [Fact]
    public async Task A_sign_in_is_counted_once_when_it_ends()
    {
        var (connected, stopped, running) = (AuthorizationId.New(), AuthorizationId.New(), AuthorizationId.New());
        await AppendAsync(Begun(connected), Begun(stopped), Begun(running));
        Assert.Empty(await FamiliesAsync());

        await AppendAsync(Ended(connected, SignInOutcome.Connected), Ended(stopped, SignInOutcome.Stopped, "code_expired"));
        await AppendAsync(Ended(connected, SignInOutcome.Connected));
        Assert.Equal(
            [new("Claude", SignInOutcome.Connected, "", 1), new("Claude", SignInOutcome.Stopped, "code_expired", 1)],
            await FamiliesAsync());
    }

    [Fact]
    public async Task A_sign_in_that_ends_otherwise_is_counted_anew()
    {
        var id = AuthorizationId.New();
        await AppendAsync(Begun(id), Ended(id, SignInOutcome.Left, "login_left"));
        Assert.Equal([new("Claude", SignInOutcome.Left, "login_left", 1)], await FamiliesAsync());

        await AppendAsync(Event(id, At.AddMinutes(3), new() { Outcome = SignInOutcome.Running, Station = Station.Token }));
        Assert.Empty(await FamiliesAsync());

        await AppendAsync(Ended(id, SignInOutcome.Connected) with { At = At.AddMinutes(4) });
        await AppendAsync(Ended(id, SignInOutcome.Stopped, "refresh_reused") with { At = At.AddMinutes(5) });
        Assert.Equal([new("Claude", SignInOutcome.Stopped, "refresh_reused", 1)], await FamiliesAsync());
    }

    [Fact]
    public async Task Concurrent_batches_count_each_sign_in_once()
    {
        var ids = Enumerable.Range(0, 20).Select(_ => AuthorizationId.New()).ToList();
        await AppendAsync([.. ids.Select(Begun)]);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AppendAsync(
            [.. ids.Select(id => Ended(id, i % 2 == 0 ? SignInOutcome.Connected : SignInOutcome.Declined))])));
        Assert.Equal(20, (await FamiliesAsync()).Sum(f => f.Number));
    }

    [Fact]
    public async Task Slots_of_hours_days_and_quarters_of_days_have_the_same_sums()
    {
        for (var hour = 0; hour < 30; hour++)
        {
            var id = AuthorizationId.New();
            var at = At.AddHours(hour);
            await AppendAsync(Begun(id) with { At = at }, Ended(id, SignInOutcome.Connected) with { At = at.AddSeconds(5) });
        }

        foreach (var size in (SlotSize[])[SlotSize.Hour, SlotSize.QuarterOfDay, SlotSize.Day])
        {
            var (slots, _) = await counts.ReadAsync(size, size.Of(At), size.Of(At), resource, CancellationToken.None);
            Assert.Equal(30, slots.Sum(s => s.Number));
            Assert.Equal(size.Of(At.AddHours(29)) - size.Of(At) + 1, slots.Count);
            Assert.Equal(size.Of(At), slots.Min(s => s.Slot));
        }
    }

    [Fact]
    public async Task Old_numbers_are_deleted()
    {
        var id = AuthorizationId.New();
        await AppendAsync(Begun(id), Ended(id, SignInOutcome.Connected));
        await counts.SweepAsync(At + EndedSignIns.RetentionOfHours + TimeSpan.FromHours(2), CancellationToken.None);
        var (hours, _) = await counts.ReadAsync(SlotSize.Hour, 0, 0, resource, CancellationToken.None);
        var (days, _) = await counts.ReadAsync(SlotSize.Day, 0, 0, resource, CancellationToken.None);
        Assert.Empty(hours);
        Assert.Single(days);
    }

    [Fact]
    public async Task The_newest_time_of_each_cause_and_the_running_sign_ins_are_read()
    {
        var (older, newer) = (AuthorizationId.New(), AuthorizationId.New());
        await AppendAsync(
            Begun(older), Ended(older, SignInOutcome.Stopped, "code_expired"),
            Begun(newer) with { At = At.AddMinutes(7) }, Ended(newer, SignInOutcome.Stopped, "code_expired") with { At = At.AddMinutes(8) },
            Begun(AuthorizationId.New()));
        var (running, newest) = await counts.ReadNewestAsync(At, resource, ["code_expired", "no_code"], CancellationToken.None);
        Assert.Equal(1, running);
        Assert.Equal(new(newer, At.AddMinutes(7)), Assert.Single(newest).Value);
    }

    private async Task<IEnumerable<FamilyCount>> FamiliesAsync()
    {
        var hour = SlotSize.Hour.Of(At);
        var (_, families) = await counts.ReadAsync(SlotSize.Hour, hour, hour, resource, CancellationToken.None);
        return families.Where(f => f.Number != 0).OrderBy(f => f.Outcome);
    }

    private Task AppendAsync(params SignInEvent[] events) => signIns.AppendAsync(events, CancellationToken.None);

    private SignInEvent Begun(AuthorizationId id) => Event(id, At, new()
    {
        Outcome = SignInOutcome.Running,
        Station = Station.LogIn,
        DueAt = At.AddMinutes(15),
        Family = "Claude",
        ResourceId = new(resource),
    });

    private static SignInEvent Ended(AuthorizationId id, SignInOutcome outcome, string? cause = null) => Event(
        id, At.AddMinutes(2), new() { Outcome = outcome, CauseCode = cause, Station = Station.Token }) with
    { CauseCode = cause };

    private static SignInEvent Event(AuthorizationId id, DateTimeOffset at, SignInChange change) =>
        new(id, null, at, "test", []) { Change = change };
}
