using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;
using Latchkey.Server.Webhooks;
using Storage.Tests.Steps;
using Storage.Tests.Stores;

namespace Storage.Tests.Tables;

public sealed class Pages_of_webhooks_on_SQLite(SqliteStore store) : Pages_of_webhooks(store), IClassFixture<SqliteStore>;

public sealed class Pages_of_webhooks_on_PostgreSQL(PostgresStore store) : Pages_of_webhooks(store), IClassFixture<PostgresStore>;

/// <summary>Deliveries of webhooks: what the dashboard and the loop read, and the claim of an attempt.</summary>
public abstract class Pages_of_webhooks(Store store)
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000);

    private static readonly SqlValues Values = new()
    {
        { "endpoint", "wh_x" }, { "now", 1L }, { "limit", 1L }, { "place_at", 1L }, { "place_id", "whd_x" },
    };

    private readonly DeliveryStore deliveries = new(store.Main);
    private readonly DeliveryStore otherNode = new(store.OtherNode);

    [Fact]
    public async Task Every_query_uses_an_index()
    {
        var place = new RowPlace(Now, "whd_x");
        foreach (var text in new[]
            {
                DeliveryStore.PageText(new(null, IsNewer: false)), DeliveryStore.PageText(new(place, IsNewer: false)),
                DeliveryStore.PageText(new(place, IsNewer: true)), DeliveryStore.DueText, WaitingEvents.NextText,
            })
        {
            // Endpoints are at most twenty.
            Assert.DoesNotContain(
                await QueryPlan.FullScansAsync(store.Main, text, Values),
                step => step.Contains("deliveries", StringComparison.Ordinal) || step.Contains("events", StringComparison.Ordinal)
                    || step.Contains("grants", StringComparison.Ordinal) || step.Contains("clients", StringComparison.Ordinal)
                    || step is "SCAN d" or "SCAN e" or "SCAN g" or "SCAN c" or "SCAN u");
        }
    }

    [Fact]
    public async Task An_attempt_is_claimed_by_one_of_many_nodes_and_again_after_its_lease()
    {
        var endpoint = WebhookEndpointId.New();
        for (var i = 0; i < 20; i++)
        {
            await deliveries.SendTestAsync(endpoint, WebhookEventId.New(), "{}", Now, default);
        }

        var claimed = await Task.WhenAll(Enumerable.Range(0, 16).Select(i =>
            Task.Run(() => (i % 2 == 0 ? deliveries : otherNode).ClaimAsync(endpoint, 4, Now, default))));
        var ids = claimed.SelectMany(c => c).Select(d => d.Id).ToList();
        Assert.Distinct(ids);
        for (var left = 1; left > 0;)
        {
            var more = await deliveries.ClaimAsync(endpoint, 4, Now, default);
            ids.AddRange(more.Select(d => d.Id));
            left = more.Count;
        }

        Assert.Equal(20, ids.Distinct().Count());
        Assert.Equal(20, ids.Count);
        Assert.Empty(await otherNode.ClaimAsync(endpoint, 4, Now + DeliveryStore.Lease - TimeSpan.FromMilliseconds(1), default));
        Assert.Equal(4, (await otherNode.ClaimAsync(endpoint, 4, Now + DeliveryStore.Lease, default)).Count);
    }

    [Fact]
    public async Task Old_deliveries_and_events_are_deleted()
    {
        var endpoint = WebhookEndpointId.New();
        await deliveries.SendTestAsync(endpoint, WebhookEventId.New(), "{}", Now.AddDays(-20), default);
        await deliveries.SendTestAsync(endpoint, WebhookEventId.New(), "{}", Now, default);
        Assert.True(await deliveries.SweepAsync(Now.AddDays(-14), default) >= 2);
        Assert.Single(await deliveries.PageAsync(endpoint, new(null, IsNewer: false), 10, default));
    }
}
