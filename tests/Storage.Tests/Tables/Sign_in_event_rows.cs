using Latchkey.Server.Journeys;
using Latchkey.Server.OAuth;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class A_journey_on_SQLite(OnSqlite store) : A_journey(store), IClassFixture<OnSqlite>;

public sealed class A_journey_on_PostgreSQL(OnPostgres store) : A_journey(store), IClassFixture<OnPostgres>;

public abstract class A_journey(Store store)
{
    private readonly JourneyStore journeys = new(store.Journeys);

    [Fact]
    public async Task Is_found_by_auth_request_login_request_and_reference_with_its_events_in_order()
    {
        var (id, first, second) = (AuthRequestId.New(), LoginRequestId.New(), LoginRequestId.New());
        JourneyEvent[] events =
        [
            new(id, first, Login.Begun, "test.first", "First 🔑."),
            new(id, null, Login.Begun, "test.second", "Second, in the same millisecond."),
            new(id, second, Login.Begun.AddSeconds(-1), "test.third", "Third, by a clock that was set back."),
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
                Assert.Equal((id, JourneyReference.Of(id), Login.Begun), (found!.AuthRequestId, found.Reference, found.StartedAt));
                Assert.Equal(events, found.Events);
            });
    }

    [Fact]
    public async Task That_nobody_began_is_not_found()
    {
        Assert.Null(await journeys.FindAsync(AuthRequestId.New(), CancellationToken.None));
        Assert.Null(await journeys.FindAsync(LoginRequestId.New(), CancellationToken.None));
        Assert.Null(await journeys.FindAsync("0000-0000", CancellationToken.None));
    }

    [Fact]
    public async Task Of_two_with_the_same_reference_is_the_newer()
    {
        var (older, newer) = (AuthRequestId.New(), AuthRequestId.New());
        await journeys.AppendAsync(new(newer, null, Login.Begun.AddSeconds(1), "test.newer", "Newer."), CancellationToken.None);
        await journeys.AppendAsync(new(older, null, Login.Begun, "test.older", "Older."), CancellationToken.None);
        await store.Journeys.WriteAsync(
            "UPDATE journeys SET reference = @reference WHERE auth_request_id = @id",
            new() { { "reference", JourneyReference.Of(newer) }, { "id", older.Value } },
            static _ => true,
            CancellationToken.None);

        Assert.Equal(newer, (await journeys.FindAsync(JourneyReference.Of(newer), CancellationToken.None))!.AuthRequestId);
    }

    [Fact]
    public async Task Begun_by_64_events_at_once_has_all_of_them()
    {
        var id = AuthRequestId.New();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            journeys.AppendAsync(new(id, null, Login.Begun, $"test.{i}", "One of many."), CancellationToken.None))));

        Assert.Equal(64, (await journeys.FindAsync(id, CancellationToken.None))!.Events.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count());
    }

    // Text that one of the databases cannot keep must cost its own event at most, never the diary of everybody after it.
    [Theory]
    [InlineData("a zero \0 in a name")]
    [InlineData("half a character \ud83d")]
    public async Task Goes_on_after_an_event_that_cannot_be_kept(string detail)
    {
        using var recorder = new JourneyRecorder(journeys, TimeProvider.System, NullLogger<JourneyRecorder>.Instance);
        await recorder.StartAsync(CancellationToken.None);
        var (first, second) = (AuthRequestId.New(), AuthRequestId.New());
        recorder.Record(first, null, "test.first", detail);
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));
        recorder.Record(second, null, "test.second", "Second.");
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(10));

        Assert.Equal("Second.", Assert.Single((await journeys.FindAsync(second, CancellationToken.None))!.Events).Detail);
        Assert.Single((await journeys.FindAsync(first, CancellationToken.None))!.Events);
        await recorder.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task Keeps_whole_characters_of_what_is_too_long()
    {
        using var recorder = new JourneyRecorder(journeys, TimeProvider.System, NullLogger<JourneyRecorder>.Instance);
        await recorder.StartAsync(CancellationToken.None);
        var id = AuthRequestId.New();
        recorder.Record(id, null, "test.long", new string('a', 999) + "🔑 and more");
        await recorder.StopAsync(CancellationToken.None);

        Assert.Equal(new string('a', 999), Assert.Single((await journeys.FindAsync(id, CancellationToken.None))!.Events).Detail);
    }
}
