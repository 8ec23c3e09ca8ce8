using System.Net;
using Latchkey.Server;
using Latchkey.Server.Network;
using Latchkey.Server.SignIns;
using Latchkey.Testing;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Unattributed_event_rows_on_SQLite(SqliteStore store) : Unattributed_event_rows(store), IClassFixture<SqliteStore>;

public sealed class Unattributed_event_rows_on_PostgreSQL(PostgresStore store)
    : Unattributed_event_rows(store), IClassFixture<PostgresStore>;

/// <summary>What belongs to no sign-in: one row per minute, network, cause and facts.</summary>
public abstract class Unattributed_event_rows(Store store)
{
    private static readonly Cause Unknown = new(
        "test_unknown", Station.Find, [Fixer.McpServer], "Asked for {path}.", "It is not here.", "Fix it.",
        Compared.UnknownValue);
    private static int networks;

    private readonly OffsetTimeProvider clock = new();
    private readonly IPAddress from = IPAddress.Parse($"198.51.{Interlocked.Increment(ref networks)}.7");

    [Fact]
    public async Task Equal_events_of_a_minute_are_one_row_with_their_number()
    {
        using var still = clock.StandStill();
        var events = NewEvents();
        var reference = events.Add(from, Unknown, [Fact.Sent("path", "/a")]).Reference;
        Assert.Equal(reference, events.Add(from, Unknown, [Fact.Sent("path", "/a")]).Reference);
        await events.StoreAsync(CancellationToken.None);
        events.Add(from, Unknown, [Fact.Sent("path", "/a")]);
        Assert.NotEqual(reference, events.Add(from, Unknown, [Fact.Sent("path", "/b")]).Reference);

        var (total, page) = await events.ListAsync(OfNetwork, after: null, 10, CancellationToken.None);
        Assert.Equal((2, 4), (total, page.Sum(e => e.Count)));
        Assert.Equal(3, (await events.FindAsync(reference, CancellationToken.None))!.Count);

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.NotEqual(reference, events.Add(from, Unknown, [Fact.Sent("path", "/a")]).Reference);
        var (_, first) = await events.ListAsync(OfNetwork, after: null, 1, CancellationToken.None);
        var (_, rest) = await events.ListAsync(OfNetwork, new(first[0].Minute, first[0].Id), 10, CancellationToken.None);
        Assert.Equal((1, 2), (first.Count, rest.Count));
    }

    /// <summary>A stranger chooses path and origin.</summary>
    [Fact]
    public async Task A_network_has_a_bounded_number_of_rows_per_minute()
    {
        using var still = clock.StandStill();
        var events = NewEvents();
        for (var i = 0; i < 1_000; i++)
        {
            events.Add(from, Unknown, [Fact.Sent("path", $"/{i}")]);
        }

        var (total, page) = await events.ListAsync(OfNetwork, after: null, 100, CancellationToken.None);
        Assert.Equal((21, 1_000), (total, page.Sum(e => e.Count)));
    }

    [Fact]
    public async Task Old_rows_are_deleted()
    {
        var events = NewEvents();
        events.Add(from, Unknown, []);
        await events.StoreAsync(CancellationToken.None);
        clock.Advance(UnattributedEvents.Retention - TimeSpan.FromMinutes(2));
        await events.SweepAsync(clock.GetUtcNow(), CancellationToken.None);
        Assert.Single((await events.ListAsync(OfNetwork, after: null, 10, CancellationToken.None)).Page);

        clock.Advance(TimeSpan.FromMinutes(4));
        await events.SweepAsync(clock.GetUtcNow(), CancellationToken.None);
        Assert.Empty((await events.ListAsync(OfNetwork, after: null, 10, CancellationToken.None)).Page);
    }

    private UnattributedFilter OfNetwork => new(SiteNetwork.Of(from), Cause: null, From: null, Before: null);

    private UnattributedEvents NewEvents() => new(store.SignIns, new SignInLosses(clock), new Settings(), clock);
}
