using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Latchkey.Server.Storage;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Pages_of_sign_ins_on_SQLite(SqliteStore store) : Pages_of_sign_ins(store), IClassFixture<SqliteStore>;

public sealed class Pages_of_sign_ins_on_PostgreSQL(PostgresStore store) : Pages_of_sign_ins(store), IClassFixture<PostgresStore>;

/// <summary>What the dashboard reads of the sign-in log.</summary>
public abstract class Pages_of_sign_ins(Store store)
{
    private static readonly DateTimeOffset At = LoginScenario.Begun;

    private readonly SignInStore signIns = new(store.SignIns);
    private readonly SignInBrowser browser = new(store.SignIns);

    [Fact]
    public async Task A_list_is_read_in_both_directions()
    {
        var client = $"client-{AuthorizationId.New().Value}";
        var ids = Enumerable.Range(0, 7).Select(_ => AuthorizationId.New()).ToList();
        await AppendAsync([.. ids.Select((id, i) => Begun(id, At.AddMinutes(i), new() { ClientId = client }))]);
        var all = new SignInSelection { ClientId = client };

        var first = await ReadAsync(all, new(Place: null, IsNewer: false, 3));
        Assert.Equal([6, 5, 4], Minutes(first));
        Assert.True(first.HasMore);
        var second = await ReadAsync(all, new(PlaceOf(first.SignIns[^1]), IsNewer: false, 3));
        Assert.Equal([3, 2, 1], Minutes(second));
        var third = await ReadAsync(all, new(PlaceOf(second.SignIns[^1]), IsNewer: false, 3));
        Assert.Equal([0], Minutes(third));
        Assert.False(third.HasMore);
        Assert.Equal([3, 2, 1], Minutes(await ReadAsync(all, new(PlaceOf(third.SignIns[0]), IsNewer: true, 3))));
        Assert.Equal(7, Assert.Single(first.Counts).Value);
        Assert.Equal(7, (await browser.RowsAsync(all, new(null, IsNewer: false, 50), CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Several_values_of_a_filter_widen_it_and_several_filters_narrow_it()
    {
        var network = $"net-{AuthorizationId.New().Value}";
        await AppendAsync(
            Begun(AuthorizationId.New(), At, new() { Network = network, Outcome = SignInOutcome.Stopped, Family = "Claude" }),
            Begun(AuthorizationId.New(), At, new() { Network = network, Outcome = SignInOutcome.Left, Family = "Cursor" }),
            Begun(
                AuthorizationId.New(), At,
                new() { Network = network, Outcome = SignInOutcome.Connected, Family = "Claude", Email = "a@b.c" }));
        var all = new SignInSelection { Network = network };
        foreach (var (selection, number) in ((SignInSelection Selection, int Number)[])
            [
                (all, 3), (all with { Outcomes = ["stopped", "left"] }, 2), (all with { Families = ["Claude"] }, 2),
                (all with { Families = ["Claude"], Outcomes = ["stopped"] }, 1), (all with { Person = "A@b.c" }, 1),
                (all with { From = At.AddSeconds(1) }, 0), (all with { Before = At }, 0), (all with { Tolerated = true }, 0),
                (all with { Causes = ["x"], Stations = ["ask"], Resources = ["r"], Connections = ["c"] }, 0),
            ])
        {
            var page = await ReadAsync(selection, new(null, IsNewer: false, 50));
            Assert.Equal(number, page.SignIns.Count);
        }

        var counted = await ReadAsync(all with { Outcomes = ["left"] }, new(null, IsNewer: false, 50));
        Assert.Equal(3, counted.Counts.Values.Sum());
    }

    [Fact]
    public async Task Attempts_of_the_same_person_are_near()
    {
        var email = $"{AuthorizationId.New().Value}@acme.example";
        var (first, second) = (AuthorizationId.New(), AuthorizationId.New());
        await AppendAsync(
            Begun(first, At, new() { Email = email, CauseCode = "code_expired", Outcome = SignInOutcome.Stopped }),
            Begun(second, At.AddMinutes(3), new() { Email = email, Outcome = SignInOutcome.Connected }));
        var summary = (await signIns.FindAsync(first, CancellationToken.None))!.Summary;
        var near = await new SignInNeighbourhood(store.SignIns).FindAsync(summary, At.AddHours(1), CancellationToken.None);
        Assert.Equal(second, Assert.Single(near.Attempts).AuthorizationId);
        Assert.True(near.SameCause >= 1);
    }

    /// <summary>A page must not visit every row of a log with millions of them.</summary>
    [Fact]
    public async Task Every_query_of_the_dashboard_uses_an_index()
    {
        var some = new RowSlice(new RowPlace(At, "req_x"), IsNewer: false, 50);
        SignInSelection[] selections =
        [
            new(), new() { From = At }, new() { Outcomes = ["stopped"], From = At }, new() { Outcomes = ["stopped", "left"] },
            new() { Causes = ["c"] }, new() { Causes = ["c", "d"] }, new() { Stations = ["ask"] }, new() { Families = ["other"] },
            new() { Resources = ["r"] }, new() { Connections = ["c"] }, new() { ClientId = "c" }, new() { Person = "ada" },
            new() { Network = "n" }, new() { Tolerated = true }, new() { Families = ["other"], Outcomes = ["stopped"], Before = At },
        ];
        var summary = new SignInSummary { AuthorizationId = new("req_x"), Reference = "r", StartedAt = At, Email = "e", CauseCode = "c" };
        var counted = new SqlValues
        {
            { "former", 1L }, { "from", 1L }, { "resource", "r" }, { "max", 1L }, { "connection", "c" }, { "since", At },
        };
        counted.AddJson("causes", "{}");
        List<(string Text, SqlValues Values)> queries =
        [
            .. selections.SelectMany(s => new[] { SignInBrowser.QueryOf(s, some), SignInBrowser.QueryOf(s, some with { IsNewer = true }) }),
            SignInNeighbourhood.QueryOf(summary, At), SignInNeighbourhood.QueryOf(summary with { Email = null, Subject = "s" }, At),
            SignInNeighbourhood.QueryOf(summary with { Email = null, Network = "n" }, At),
            .. new[] { SlotSize.Hour, SlotSize.QuarterOfDay, SlotSize.Day }.SelectMany(size => new string?[] { null, "r" }
                .Select(r => (EndedSignIns.QueryOf(size, r), counted))),
            (SignInsOfServer.Text, counted), (EndedSignIns.NewestQueryOf(null), counted), (EndedSignIns.NewestQueryOf("r"), counted),
        ];
        foreach (var (text, values) in queries)
        {
            foreach (var statement in text.Split(';'))
            {
                Assert.Contains("LIMIT", statement, StringComparison.Ordinal);
                Assert.Empty(await QueryPlan.FullScansAsync(store.SignIns, statement, values));
            }
        }
    }

    private Task<SignInListing> ReadAsync(SignInSelection selection, RowSlice slice) =>
        browser.ReadAsync(selection, slice, CancellationToken.None);

    private Task AppendAsync(params SignInEvent[] events) => signIns.AppendAsync(events, CancellationToken.None);

    private static RowPlace PlaceOf(SignInSummary row) => new(row.StartedAt, row.AuthorizationId.Value);

    private static IEnumerable<double> Minutes(SignInListing page) => page.SignIns.Select(s => (s.StartedAt - At).TotalMinutes);

    private static SignInEvent Begun(AuthorizationId id, DateTimeOffset at, SignInChange change) =>
        new(id, null, at, "test", []) { Change = change with { Outcome = change.Outcome ?? SignInOutcome.Running } };
}
