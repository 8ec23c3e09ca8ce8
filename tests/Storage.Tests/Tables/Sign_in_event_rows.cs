using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Sign_in_event_rows_on_SQLite(SqliteStore store) : Sign_in_event_rows(store), IClassFixture<SqliteStore>;

public sealed class Sign_in_event_rows_on_PostgreSQL(PostgresStore store) : Sign_in_event_rows(store), IClassFixture<PostgresStore>;

public abstract class Sign_in_event_rows(Store store)
{
    private readonly JourneyStore journeys = new(store.Journeys);

    [Fact]
    public async Task Events_are_found_by_auth_request_login_request_and_reference_in_order()
    {
        var (id, first, second) = (AuthRequestId.New(), LoginRequestId.New(), LoginRequestId.New());
        JourneyEvent[] events =
        [
            new(id, first, LoginScenario.Begun, "test.first", "First 🔑."),
            new(id, null, LoginScenario.Begun, "test.second", "Second, in the same millisecond."),
            new(id, second, LoginScenario.Begun.AddSeconds(-1), "test.third", "Third, by a clock that was set back."),
        ];
        foreach (var happened in events)
        {
            await journeys.AppendAsync(happened, CancellationToken.None);
        }

        Assert.All(
            [
                await journeys.FindAsync(id, CancellationToken.None),
                await journeys.FindAsync(first, CancellationToken.None),
                await journeys.FindAsync(second, CancellationToken.None),
                await journeys.FindAsync(JourneyReference.Of(id), CancellationToken.None),
            ],
            found =>
            {
                Assert.Equal((id, JourneyReference.Of(id), LoginScenario.Begun), (found!.AuthRequestId, found.Reference, found.StartedAt));
                Assert.Equal(events, found.Events);
            });
    }

    [Fact]
    public async Task An_unknown_sign_in_is_not_found()
    {
        Assert.Null(await journeys.FindAsync(AuthRequestId.New(), CancellationToken.None));
        Assert.Null(await journeys.FindAsync(LoginRequestId.New(), CancellationToken.None));
        Assert.Null(await journeys.FindAsync("0000-0000", CancellationToken.None));
    }

    [Fact]
    public async Task Of_two_sign_ins_with_the_same_reference_the_newer_is_found()
    {
        var (older, newer) = (AuthRequestId.New(), AuthRequestId.New());
        await journeys.AppendAsync(new(newer, null, LoginScenario.Begun.AddSeconds(1), "test.newer", "Newer."), CancellationToken.None);
        await journeys.AppendAsync(new(older, null, LoginScenario.Begun, "test.older", "Older."), CancellationToken.None);
        await store.Journeys.WriteAsync(
            "UPDATE journeys SET reference = @reference WHERE auth_request_id = @id",
            new() { { "reference", JourneyReference.Of(newer) }, { "id", older.Value } },
            static _ => true,
            CancellationToken.None);

        Assert.Equal(newer, (await journeys.FindAsync(JourneyReference.Of(newer), CancellationToken.None))!.AuthRequestId);
    }

    [Fact]
    public async Task All_of_64_concurrent_first_events_are_stored()
    {
        var id = AuthRequestId.New();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            journeys.AppendAsync(new(id, null, LoginScenario.Begun, $"test.{i}", "One of many."), CancellationToken.None))));

        Assert.Equal(64, (await journeys.FindAsync(id, CancellationToken.None))!.Events.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count());
    }

    // A text that one of the databases cannot store must not prevent the recording of later events.
    [Theory]
    [InlineData("a zero \0 in a name")]
    [InlineData("half a character \ud83d")]
    public async Task Recording_continues_after_an_event_that_cannot_be_stored(string detail)
    {
        using var recorder = new JourneyRecorder(journeys, TimeProvider.System, NullLogger<JourneyRecorder>.Instance);
        await recorder.StartAsync(CancellationToken.None);
        var (first, second) = (AuthRequestId.New(), AuthRequestId.New());
        recorder.Record(first, null, "test.first", detail);
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
        recorder.Record(second, null, "test.second", "Second.");
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal("Second.", Assert.Single((await journeys.FindAsync(second, CancellationToken.None))!.Events).Detail);
        Assert.Single((await journeys.FindAsync(first, CancellationToken.None))!.Events);
        await recorder.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_long_detail_is_cut_at_a_character_boundary()
    {
        using var recorder = new JourneyRecorder(journeys, TimeProvider.System, NullLogger<JourneyRecorder>.Instance);
        await recorder.StartAsync(CancellationToken.None);
        var id = AuthRequestId.New();
        recorder.Record(id, null, "test.long", new string('a', 999) + "🔑 and more");
        await recorder.StopAsync(CancellationToken.None);

        Assert.Equal(new string('a', 999), Assert.Single((await journeys.FindAsync(id, CancellationToken.None))!.Events).Detail);
    }
}
