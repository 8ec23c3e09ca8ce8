using Latchkey.Server;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Sign_in_summaries_on_SQLite(SqliteStore store) : Sign_in_summaries(store), IClassFixture<SqliteStore>;

public sealed class Sign_in_summaries_on_PostgreSQL(PostgresStore store) : Sign_in_summaries(store), IClassFixture<PostgresStore>;

/// <summary>The row of each attempt in the sign-in log.</summary>
public abstract class Sign_in_summaries(Store store)
{
    private static readonly DateTimeOffset At = LoginScenario.Begun;

    private readonly SignInStore signIns = new(store.SignIns);
    private readonly SignInList list = new(store.SignIns);

    [Fact]
    public async Task A_batch_writes_one_summary_per_sign_in()
    {
        var (id, other) = (AuthorizationId.New(), AuthorizationId.New());
        var grant = GrantId.New();
        await AppendAsync(
            Begun(id, At, client: "client-1"),
            Begun(other, At, client: "client-2"),
            Event(id, At.AddSeconds(3), "login.reported", new()
            {
                Outcome = SignInOutcome.Running,
                Station = Station.Return,
                DueAt = At.AddMinutes(
                    3),
                Subject = "ada",
                Email = "Ada@acme.example"
            }),
            Event(
                id, At.AddSeconds(9), "token.issued",
                new() { Outcome = SignInOutcome.Connected, Station = Station.Token, GrantId = grant }));

        var summary = (await signIns.FindAsync(id, CancellationToken.None))!.Summary;
        Assert.Equal(
            (At, At.AddSeconds(9), SignInOutcome.Connected, "client-1", "ada", "ada@acme.example", grant.Value),
            (summary.StartedAt, summary.LastAt, summary.Outcome, summary.ClientId, summary.Subject, summary.Email, summary.GrantId));
        Assert.Equal(SignInOutcome.Running, (await signIns.FindAsync(other, CancellationToken.None))!.Summary.Outcome);
    }

    /// <summary>Nodes write their events at different times.</summary>
    [Fact]
    public async Task An_earlier_event_that_is_written_later_does_not_undo_a_later_one()
    {
        var id = AuthorizationId.New();
        await AppendAsync(
            Event(id, At.AddSeconds(9), "token.issued", new() { Outcome = SignInOutcome.Connected, Station = Station.Token }));
        await AppendAsync(Event(id, At.AddSeconds(5), "callback.accepted", new()
        {
            Outcome = SignInOutcome.Running,
            Station = Station.Consent,
            DueAt = At.AddMinutes(9)
        }));
        await AppendAsync(Begun(id, At, client: "late"));

        var summary = (await signIns.FindAsync(id, CancellationToken.None))!.Summary;
        Assert.Equal((SignInOutcome.Connected, "late"), (summary.Outcome, summary.ClientId));
    }

    [Fact]
    public async Task A_refusal_that_decides_nothing_keeps_its_cause_until_the_sign_in_goes_on()
    {
        var id = AuthorizationId.New();
        await AppendAsync(Begun(id, At, client: "c"));
        await AppendAsync(Refusal(id, At.AddSeconds(1), "came_before_report", Station.Return));
        var refused = (await signIns.FindAsync(id, CancellationToken.None))!.Summary;
        Assert.Equal(
            (SignInOutcome.Running, Station.LogIn, "came_before_report"),
            (refused.Outcome!.Value, refused.Station!.Value, refused.CauseCode));

        await AppendAsync(Event(id, At.AddSeconds(2), "login.reported", new()
        {
            Outcome = SignInOutcome.Running,
            Station = Station.Return,
            DueAt = At.AddMinutes(2)
        }));
        var goesOn = (await signIns.FindAsync(id, CancellationToken.None))!.Summary;
        Assert.Equal((SignInOutcome.Running, Station.Return, null), (goesOn.Outcome!.Value, goesOn.Station!.Value, goesOn.CauseCode));
    }

    [Theory]
    [InlineData("LogIn", false, "login_never_reported", SignInOutcome.Stopped)]
    [InlineData("LogIn", true, "login_left", SignInOutcome.Left)]
    [InlineData("Return", true, "never_came_back", SignInOutcome.Stopped)]
    [InlineData("Consent", true, "consent_left", SignInOutcome.Left)]
    [InlineData("Token", true, "code_never_redeemed", SignInOutcome.Stopped)]
    internal async Task A_sign_in_whose_time_ran_out_is_ended_where_it_waits(
        string station, bool hasReports, string cause, SignInOutcome outcome)
    {
        var clock = new OffsetTimeProvider();
        var now = clock.GetUtcNow();
        var (id, connection) = (AuthorizationId.New(), ConnectionId.New());
        if (hasReports)
        {
            await AppendAsync(Event(AuthorizationId.New(), now.AddHours(-1), "login.reported", new()
            {
                Outcome = SignInOutcome.Connected,
                ConnectionId = connection,
                Subject = "bob"
            }));
        }

        await AppendAsync(Event(id, now, "test.waits", new()
        {
            Outcome = SignInOutcome.Running,
            Station = Enum.Parse<Station>(station),
            DueAt = now.AddMinutes(1),
            ConnectionId = connection
        }));
        var (recorder, closer) = NewCloser(clock);
        using (recorder)
        {
            await recorder.StartAsync(CancellationToken.None);
            clock.Advance(TimeSpan.FromSeconds(50));
            await closer.CloseAsync(CancellationToken.None);
            Assert.Equal(SignInOutcome.Running, (await signIns.FindAsync(id, CancellationToken.None))!.Summary.Outcome);

            // With the pause between two runs, at most 15 seconds after the time ran out.
            clock.Advance(TimeSpan.FromSeconds(10) + TimeSpan.FromSeconds(15) - SignInCloser.Pause);
            await closer.CloseAsync(CancellationToken.None);
            await recorder.StopAsync(CancellationToken.None);
        }

        var ended = (await signIns.FindAsync(id, CancellationToken.None))!;
        Assert.Equal(
            (outcome, Enum.Parse<Station>(station), cause),
            (ended.Summary.Outcome!.Value, ended.Summary.Station!.Value, ended.Summary.CauseCode));
        Assert.Equal((SignInCloser.EventName, cause), (ended.Events[^1].Name, ended.Events[^1].CauseCode));
    }

    [Fact]
    public async Task A_late_event_reopens_a_sign_in_that_was_ended()
    {
        var clock = new OffsetTimeProvider();
        var now = clock.GetUtcNow();
        var id = AuthorizationId.New();
        await AppendAsync(Begun(id, now, "c"));
        var (recorder, closer) = NewCloser(clock);
        using (recorder)
        {
            await recorder.StartAsync(CancellationToken.None);
            clock.Advance(TimeSpan.FromHours(1));
            await Task.WhenAll(closer.CloseAsync(CancellationToken.None), closer.CloseAsync(CancellationToken.None));
            recorder.Record(
                id, null, "callback.expired", [],
                new() { Outcome = SignInOutcome.Stopped, Station = Station.Return, CauseCode = "return_late" });
            await recorder.StopAsync(CancellationToken.None);
        }

        var late = (await signIns.FindAsync(id, CancellationToken.None))!;
        Assert.Equal("return_late", late.Summary.CauseCode);
        Assert.Single(late.Events, e => e.Name == SignInCloser.EventName);
    }

    [Fact]
    public async Task The_list_is_filtered_and_paged_newest_first()
    {
        var client = $"client-{AuthorizationId.New().Value}";
        for (var i = 0; i < 5; i++)
        {
            await AppendAsync(Begun(AuthorizationId.New(), At.AddMinutes(i), client));
        }

        var refused = AuthorizationId.New();
        await AppendAsync(
            Begun(refused, At.AddMinutes(9), client),
            Refusal(refused, At.AddMinutes(9).AddSeconds(1), "redirect_not_registered", Station.Ask, SignInOutcome.Stopped));

        var filter = new SignInFilter { ClientId = client };
        var (total, first) = await list.FindAsync(filter, after: null, 4, CancellationToken.None);
        Assert.Equal(6, total);
        Assert.Equal([9, 4, 3, 2], first.Select(s => (s.StartedAt - At).TotalMinutes));
        var (_, rest) = await list.FindAsync(filter, new(first[^1].StartedAt, first[^1].AuthorizationId.Value), 4, CancellationToken.None);
        Assert.Equal([1, 0], rest.Select(s => (s.StartedAt - At).TotalMinutes));

        foreach (var narrowed in (SignInFilter[])
            [
                filter with { Outcome = "stopped" }, filter with { Cause = "redirect_not_registered" }, filter with { Station = "ask" },
                filter with { From = At.AddMinutes(8) }, filter with { LastFrom = At.AddMinutes(9) },
                filter with { Reference = SignInReference.Of(refused) },
            ])
        {
            Assert.Equal(
                refused, Assert.Single((await list.FindAsync(narrowed, after: null, 10, CancellationToken.None)).Page).AuthorizationId);
        }

        var events = await list.RefusalsAsync([first[0]], CancellationToken.None);
        Assert.Equal("redirect_not_registered", Assert.Single(events[refused]).CauseCode);
    }

    /// <summary>A list must not visit every row of a log with millions of them.</summary>
    [Fact]
    public async Task Every_filter_of_the_list_uses_an_index()
    {
        if (store is not SqliteStore)
        {
            // PostgreSQL reads a small table as a whole, whatever its indexes.
            return;
        }

        foreach (var filter in (SignInFilter[])
            [
                new(), new() { Outcome = "stopped" }, new() { Cause = "code_late" }, new() { ClientId = "c" }, new() { Family = "other" },
                new() { ResourceId = "r" }, new() { Subject = "ada" }, new() { Person = "ada" }, new() { Network = "n" },
                new() { Reference = "r" }, new() { ClientId = "c", Outcome = "stopped", Station = "token", From = At },
                new() { ConnectionId = "c", From = At, Before = At },
            ])
        {
            var (_, page, values) = SignInList.QueryOf(filter, new(At, "req_x"), 50);
            var plan = await store.SignIns.ReadAsync(
                $"EXPLAIN QUERY PLAN {page}", values,
                static row =>
                {
                    var steps = new List<string>();
                    while (row.Read())
                    {
                        steps.Add(row.GetString(3));
                    }

                    return steps;
                },
                CancellationToken.None);
            Assert.All(
                plan.Where(step => step.StartsWith("SCAN", StringComparison.Ordinal)),
                step => Assert.Contains("USING INDEX journeys_by_start", step, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Beyond_the_limit_the_oldest_sign_ins_are_deleted()
    {
        for (var i = 0; i < 12; i++)
        {
            await AppendAsync(Begun(AuthorizationId.New(), At.AddYears(1).AddSeconds(i), "many"));
        }

        Assert.True(await signIns.SweepBeyondAsync(10, CancellationToken.None) > 0);
        while (await signIns.SweepBeyondAsync(10, CancellationToken.None) > 0)
        {
            // Batches of 500.
        }

        Assert.Equal(10, (await list.FindAsync(new(), after: null, 20, CancellationToken.None)).Page.Count);
        Assert.Equal(10, (await list.FindAsync(new() { ClientId = "many" }, after: null, 20, CancellationToken.None)).Page.Count);
    }

    [Fact]
    public async Task A_person_is_erased_from_summaries_and_events()
    {
        var (id, connection) = (AuthorizationId.New(), ConnectionId.New());
        await AppendAsync(
            Begun(id, At, "c"),
            new SignInEvent(
                id, LoginRequestId.New(), At.AddSeconds(1), "login.reported", [Fact.Seen("sub", "ada-1"), Fact.Seen("address", "1.2.3.4")])
            {
                Change = new() { ConnectionId = connection, Subject = "ada-1", Email = "ada@acme.example" }
            },
            new SignInEvent(id, null, At.AddSeconds(2), "consent.allowed", [Fact.Seen("sub", "ada-1"), Fact.Seen("scope", "notes:read")]));
        var (recorder, closer) = NewCloser(TimeProvider.System);
        using (recorder)
        {
            await recorder.StartAsync(CancellationToken.None);
            var erasure = new SignInErasure(store.SignIns, recorder);
            Assert.Equal(0, await erasure.EraseAsync(ConnectionId.New(), "ada-1", [], CancellationToken.None));
            Assert.Equal(1, await erasure.EraseAsync(connection, "ada-1", [], CancellationToken.None));
            await recorder.StopAsync(CancellationToken.None);
        }

        var erased = (await signIns.FindAsync(id, CancellationToken.None))!;
        Assert.Equal((SignInErasure.Erased, null, null), (erased.Summary.Subject, erased.Summary.Email, erased.Summary.Network));
        Assert.All(erased.Events.SelectMany(e => e.Facts), f => Assert.DoesNotContain("ada", f.Value, StringComparison.Ordinal));
        Assert.Contains(erased.Events.SelectMany(e => e.Facts), f => f.Value == "notes:read");
    }

    private Task AppendAsync(params SignInEvent[] events) => signIns.AppendAsync(events, CancellationToken.None);

    private static SignInEvent Begun(AuthorizationId id, DateTimeOffset at, string client) => Event(id, at, "authorize.accepted", new()
    {
        Outcome = SignInOutcome.Running,
        Station = Station.LogIn,
        DueAt = at.AddMinutes(15),
        ClientId = client,
        Network = "203.0.113.0/24"
    });

    private static SignInEvent Event(AuthorizationId id, DateTimeOffset at, string name, SignInChange change) =>
        new(id, null, at, name, []) { Change = change };

    private static SignInEvent Refusal(
        AuthorizationId id, DateTimeOffset at, string cause, Station station, SignInOutcome? outcome = null) =>
        new(id, null, at, "test.refused", [])
        {
            CauseCode = cause,
            Change = new() { CauseCode = cause, Station = station, Outcome = outcome }
        };

    private (SignInRecorder Recorder, SignInCloser Closer) NewCloser(TimeProvider clock)
    {
        var (settings, losses) = (new Settings(), new SignInLosses(clock));
        var unattributed = new UnattributedEvents(store.SignIns, losses, settings, clock);
        var address = new ClientAddress(settings, NullLogger<ClientAddress>.Instance);
        var recorder = new SignInRecorder(
            signIns, unattributed, losses, address, settings, Supervisors.New(), clock, NullLogger<SignInRecorder>.Instance);
        return (recorder, new(store.SignIns, recorder, unattributed, Supervisors.New(), clock));
    }
}
