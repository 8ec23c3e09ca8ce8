using Latchkey.Server;
using Latchkey.Server.Network;
using Latchkey.Server.OAuth;
using Latchkey.Server.SignIns;
using Microsoft.Extensions.Logging.Abstractions;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Sign_in_event_rows_on_SQLite(SqliteStore store) : Sign_in_event_rows(store), IClassFixture<SqliteStore>;

public sealed class Sign_in_event_rows_on_PostgreSQL(PostgresStore store) : Sign_in_event_rows(store), IClassFixture<PostgresStore>;

public abstract class Sign_in_event_rows(Store store)
{
    private readonly SignInStore signIns = new(store.SignIns);

    [Fact]
    public async Task Events_are_found_by_auth_request_login_request_and_reference_in_order()
    {
        var (id, first, second) = (AuthorizationId.New(), LoginRequestId.New(), LoginRequestId.New());
        SignInEvent[] events =
        [
            new(id, first, LoginScenario.Begun, "test.first", Detail("First 🔑.")),
            new(id, null, LoginScenario.Begun, "test.second", Detail("Second, in the same millisecond.")),
            new(id, second, LoginScenario.Begun.AddSeconds(-1), "test.third", Detail("Third, by a clock that was set back.")),
        ];
        foreach (var happened in events)
        {
            await signIns.AppendAsync([happened], CancellationToken.None);
        }

        Assert.All(
            [
                await signIns.FindAsync(id, CancellationToken.None),
                await signIns.FindAsync(first, CancellationToken.None),
                await signIns.FindAsync(second, CancellationToken.None),
                await signIns.FindAsync(SignInReference.Of(id), CancellationToken.None),
            ],
            found =>
            {
                Assert.Equal((id, SignInReference.Of(id), LoginScenario.Begun), (found!.AuthorizationId, found.Reference, found.StartedAt));
                Assert.Equal(
                    events.Select(e => (e.AuthorizationId, e.LoginRequestId, e.At, e.Name, e.Detail)),
                    found.Events.Select(e => (e.AuthorizationId, e.LoginRequestId, e.At, e.Name, e.Detail)));
            });
    }

    [Fact]
    public async Task An_unknown_sign_in_is_not_found()
    {
        Assert.Null(await signIns.FindAsync(AuthorizationId.New(), CancellationToken.None));
        Assert.Null(await signIns.FindAsync(LoginRequestId.New(), CancellationToken.None));
        Assert.Null(await signIns.FindAsync("0000-0000", CancellationToken.None));
    }

    [Fact]
    public async Task Of_two_sign_ins_with_the_same_reference_the_newer_is_found()
    {
        var (older, newer) = (AuthorizationId.New(), AuthorizationId.New());
        await signIns.AppendAsync(
            [new(newer, null, LoginScenario.Begun.AddSeconds(1), "test.newer", Detail("Newer."))], CancellationToken.None);
        await signIns.AppendAsync([new(older, null, LoginScenario.Begun, "test.older", Detail("Older."))], CancellationToken.None);
        await store.SignIns.WriteAsync(
            "UPDATE journeys SET reference = @reference WHERE auth_request_id = @id",
            new() { { "reference", SignInReference.Of(newer) }, { "id", older.Value } },
            static _ => true,
            CancellationToken.None);

        Assert.Equal(newer, (await signIns.FindAsync(SignInReference.Of(newer), CancellationToken.None))!.AuthorizationId);
    }

    [Fact]
    public async Task All_of_64_concurrent_first_events_are_stored()
    {
        var id = AuthorizationId.New();
        await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() =>
            signIns.AppendAsync([new(id, null, LoginScenario.Begun, $"test.{i}", Detail("One of many."))], CancellationToken.None))));

        Assert.Equal(
            64, (await signIns.FindAsync(id, CancellationToken.None))!.Events.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count());
    }

    // A text that one of the databases cannot store must not prevent the recording of later events.
    [Theory]
    [InlineData("a zero \0 in a name")]
    [InlineData("half a character \ud83d")]
    public async Task Recording_continues_after_an_event_that_cannot_be_stored(string detail)
    {
        using var recorder = NewRecorder();
        await recorder.StartAsync(CancellationToken.None);
        var (first, second) = (AuthorizationId.New(), AuthorizationId.New());
        recorder.Record(first, null, "test.first", Detail(detail));
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
        recorder.Record(second, null, "test.second", Detail("Second."));
        await recorder.FlushAsync(CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));

        Assert.Equal("Second.", Assert.Single((await signIns.FindAsync(second, CancellationToken.None))!.Events).Detail);
        Assert.Single((await signIns.FindAsync(first, CancellationToken.None))!.Events);
        await recorder.StopAsync(CancellationToken.None);
    }

    [Fact]
    public async Task A_long_detail_is_cut_at_a_character_boundary()
    {
        using var recorder = NewRecorder();
        await recorder.StartAsync(CancellationToken.None);
        var id = AuthorizationId.New();
        recorder.Record(id, null, "test.long", Detail(new string('a', 999) + "🔑 and more"));
        await recorder.StopAsync(CancellationToken.None);

        Assert.Equal(new string('a', 999), Assert.Single((await signIns.FindAsync(id, CancellationToken.None))!.Events).Detail);
    }

    private static IReadOnlyList<Fact> Detail(string detail) => [Fact.Seen(RecordedFacts.Detail, detail)];

    private SignInRecorder NewRecorder()
    {
        var settings = new Settings();
        var address = new ClientAddress(settings, NullLogger<ClientAddress>.Instance);
        var losses = new SignInLosses(TimeProvider.System);
        return new(
            signIns, new UnattributedEvents(store.SignIns, losses, settings, TimeProvider.System), losses, address, settings,
            Supervisors.New(), TimeProvider.System, NullLogger<SignInRecorder>.Instance);
    }
}
