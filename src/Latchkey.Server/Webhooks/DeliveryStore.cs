using System.Data.Common;
using System.Globalization;
using System.Text;
using Latchkey.Server.Storage;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Webhooks;

/// <summary>
/// Rows of deliveries. An attempt is claimed by one conditional update that moves its time behind the longest attempt: of any number of
/// nodes one sends it, and when that node dies another one sends it later. So each event is delivered at least once.
/// </summary>
internal sealed class DeliveryStore(IDatabase database)
{
    /// <summary>Longer than an attempt and its storage step.</summary>
    public static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>Beyond this number the oldest deliveries are deleted, and so are events.</summary>
    public const int MaxRows = 200_000;

    private const string Columns =
        "d.id, d.endpoint_id, d.event_id, d.event_type, d.created_at, d.state, d.attempts, d.retries_left, d.due_at, d.attempted_at, "
        + "d.duration, d.status, d.answer, d.failure, e.payload";

    private const string Tables = "webhook_deliveries d LEFT JOIN webhook_events e ON e.id = d.event_id";

    /// <summary>Stores a delivery of the event to each endpoint, and its text. Of several nodes one does it.</summary>
    public Task SpreadAsync(
        WebhookEventId id, string type, string payload, IReadOnlyList<WebhookEndpointId> endpoints, DateTimeOffset now,
        CancellationToken cancellationToken)
    {
        var values = new SqlValues
        {
            { "event", id.Value }, { "type", type }, { "payload", payload }, { "now", now }, { "retries", WebhookRetries.Attempts },
        };
        var sql = new StringBuilder(
            "UPDATE webhook_events SET spread_at = @now, payload = @payload WHERE id = @event AND spread_at IS NULL");
        for (var i = 0; i < endpoints.Count; i++)
        {
            sql.Append(CultureInfo.InvariantCulture, $"""
                ;
                INSERT INTO webhook_deliveries (id, endpoint_id, event_id, event_type, created_at, state, attempts, retries_left, due_at)
                SELECT @delivery{i}, @endpoint{i}, @event, @type, @now, 'pending', 0, @retries, @now
                 WHERE EXISTS (SELECT 1 FROM webhook_events WHERE id = @event AND payload = @payload) ON CONFLICT DO NOTHING
                """);
            values.Add($"delivery{i}", WebhookDeliveryId.New().Value);
            values.Add($"endpoint{i}", endpoints[i].Value);
        }

        return database.WriteAsync(sql.ToString(), values, static _ => true, cancellationToken);
    }

    /// <summary>Deletes an event that no endpoint wants, or whose subject is gone.</summary>
    public Task DropAsync(WebhookEventId id, CancellationToken cancellationToken) => database.WriteAsync(
        "DELETE FROM webhook_events WHERE id = @id AND spread_at IS NULL", new() { { "id", id.Value } }, static _ => true,
        cancellationToken);

    /// <summary>Stores an event for one endpoint only.</summary>
    public Task<WebhookDeliveryId> SendTestAsync(
        WebhookEndpointId endpoint, WebhookEventId id, string payload, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var delivery = WebhookDeliveryId.New();
        return database.WriteAsync(
            """
            INSERT INTO webhook_events (id, type, created_at, data, spread_at, payload) VALUES (@event, @type, @now, '{}', @now, @payload);
            INSERT INTO webhook_deliveries (id, endpoint_id, event_id, event_type, created_at, state, attempts, retries_left, due_at)
            VALUES (@id, @endpoint, @event, @type, @now, 'pending', 0, 1, @now)
            """,
            new()
            {
                { "id", delivery.Value }, { "endpoint", endpoint.Value }, { "event", id.Value }, { "type", WebhookEventTypes.Test },
                { "payload", payload }, { "now", now },
            },
            _ => delivery,
            cancellationToken);
    }

    public const string DueText =
        "SELECT p.id FROM webhook_endpoints p WHERE EXISTS (SELECT 1 FROM webhook_deliveries d WHERE d.endpoint_id = p.id "
        + "AND d.state = 'pending' AND d.due_at <= @now)";

    /// <summary>The endpoints with a delivery that is due.</summary>
    public Task<List<WebhookEndpointId>> DueAsync(DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(
        DueText,
        new() { { "now", now } },
        static reader =>
        {
            var endpoints = new List<WebhookEndpointId>();
            while (reader.Read())
            {
                endpoints.Add(new(reader.GetString(0)));
            }

            return endpoints;
        },
        cancellationToken);

    /// <summary>Claims the next deliveries to an endpoint. The outer conditions hold on a row that another node has just claimed.</summary>
    public async Task<List<WebhookDelivery>> ClaimAsync(
        WebhookEndpointId endpoint, int limit, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var ids = await database.WriteAsync(
            """
            UPDATE webhook_deliveries SET due_at = @lease, attempts = attempts + 1, retries_left = retries_left - 1
             WHERE state = 'pending' AND due_at <= @now
               AND id IN (SELECT id FROM webhook_deliveries WHERE endpoint_id = @endpoint AND state = 'pending' AND due_at <= @now
                           ORDER BY due_at LIMIT @limit)
            RETURNING id
            """,
            new() { { "endpoint", endpoint.Value }, { "now", now }, { "lease", now + Lease }, { "limit", limit } },
            static reader =>
            {
                var claimed = new List<WebhookDeliveryId>();
                while (reader.Read())
                {
                    claimed.Add(new(reader.GetString(0)));
                }

                return claimed;
            },
            cancellationToken);
        var deliveries = new List<WebhookDelivery>();
        foreach (var id in ids)
        {
            if (await FindAsync(endpoint, id, cancellationToken) is { } delivery)
            {
                deliveries.Add(delivery);
            }
        }

        return deliveries;
    }

    /// <summary>Records a delivery that the endpoint accepted.</summary>
    public Task SucceedAsync(
        WebhookDelivery delivery, WebhookAttempt attempt, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        $"""
        UPDATE webhook_deliveries SET state = 'delivered', due_at = NULL, {Result} WHERE id = @id AND attempts = @attempts
           AND state = 'pending';
        DELETE FROM webhook_failures WHERE endpoint_id = @endpoint
        """,
        ValuesOf(delivery, attempt, now),
        static _ => true,
        cancellationToken);

    /// <summary>Records an attempt that failed.</summary>
    /// <param name="next">The time of the next attempt. Null: it was the last one.</param>
    /// <returns>Since when every attempt of the endpoint has failed.</returns>
    public Task<DateTimeOffset> FailAsync(
        WebhookDelivery delivery, WebhookAttempt attempt, DateTimeOffset? next, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var values = ValuesOf(delivery, attempt, now);
        values.Add("next", next);
        return database.WriteAsync(
            $"""
            UPDATE webhook_deliveries SET state = CASE WHEN @next IS NULL THEN 'failed' ELSE 'pending' END, due_at = @next, {Result}
             WHERE id = @id AND attempts = @attempts AND state = 'pending';
            INSERT INTO webhook_failures (endpoint_id, since) SELECT id, @now FROM webhook_endpoints WHERE id = @endpoint
            ON CONFLICT DO NOTHING;
            SELECT since FROM webhook_failures WHERE endpoint_id = @endpoint
            """,
            values,
            reader => reader.Read() ? DateTimeOffset.FromUnixTimeMilliseconds(reader.GetInt64(0)) : now,
            cancellationToken);
    }

    /// <summary>Sends a delivery once more, with new attempts.</summary>
    /// <returns>False when it is on its way already, or its text was erased.</returns>
    public Task<bool> SendAgainAsync(
        WebhookEndpointId endpoint, WebhookDeliveryId id, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(
        """
        UPDATE webhook_deliveries SET state = 'pending', due_at = @now, retries_left = @retries
         WHERE id = @id AND endpoint_id = @endpoint AND state IN ('delivered', 'failed')
           AND EXISTS (SELECT 1 FROM webhook_events WHERE webhook_events.id = event_id AND payload IS NOT NULL)
        RETURNING id
        """,
        new() { { "id", id.Value }, { "endpoint", endpoint.Value }, { "now", now }, { "retries", WebhookRetries.Attempts } },
        Rows.Any,
        cancellationToken);

    public Task<WebhookDelivery?> FindAsync(WebhookEndpointId endpoint, WebhookDeliveryId id, CancellationToken cancellationToken) =>
        database.ReadAsync(
            $"SELECT {Columns} FROM {Tables} WHERE d.id = @id AND d.endpoint_id = @endpoint",
            new() { { "id", id.Value }, { "endpoint", endpoint.Value } },
            ReadOne,
            cancellationToken);

    /// <summary>The deliveries of an endpoint, newest first, with their number.</summary>
    public Task<(int Total, List<WebhookDelivery> Page)> ListAsync(
        WebhookEndpointId endpoint, string? state, RowPlace? after, int limit, CancellationToken cancellationToken)
    {
        var rows = new RowFilter().Is("d.endpoint_id", "endpoint", endpoint.Value).Is("d.state", "state", state);
        return database.ReadAsync(
            rows.CountAndPage(Columns, Tables, "d.created_at", "d.id", after, limit),
            rows.Values,
            static reader => Rows.Counted(reader, ReadOne),
            cancellationToken);
    }

    /// <summary>
    /// Deliveries of an endpoint behind a place, newest first, or before it, oldest first. Without their number, which costs more.
    /// </summary>
    public Task<List<WebhookDelivery>> PageAsync(
        WebhookEndpointId endpoint, DeliveryPlace from, int limit, CancellationToken cancellationToken)
    {
        var values = new SqlValues { { "endpoint", endpoint.Value }, { "limit", limit } };
        if (from.Place is { } place)
        {
            values.Add("place_at", place.At);
            values.Add("place_id", place.Id);
        }

        return database.ReadAsync(
            PageText(from),
            values,
            static reader =>
            {
                var page = new List<WebhookDelivery>();
                while (ReadOne(reader) is { } delivery)
                {
                    page.Add(delivery);
                }

                return page;
            },
            cancellationToken);
    }

    public static string PageText(DeliveryPlace from)
    {
        var (sign, order) = from.IsNewer ? (">", "ASC") : ("<", "DESC");
        var behind = from.Place is null ? "" : $" AND (d.created_at, d.id) {sign} (@place_at, @place_id)";
        return $"SELECT {Columns} FROM {Tables} WHERE d.endpoint_id = @endpoint{behind} "
            + $"ORDER BY d.created_at {order}, d.id {order} LIMIT @limit";
    }

    /// <summary>Deletes old deliveries and events, and the oldest beyond <see cref="MaxRows"/>, at most 500 of each per call.</summary>
    public Task<int> SweepAsync(DateTimeOffset before, CancellationToken cancellationToken) => database.WriteAsync(
        """
        DELETE FROM webhook_deliveries
         WHERE id IN (SELECT id FROM webhook_deliveries WHERE created_at < @before ORDER BY created_at LIMIT 500)
            OR id IN (SELECT id FROM webhook_deliveries ORDER BY created_at DESC LIMIT 500 OFFSET @most) RETURNING id;
        DELETE FROM webhook_events
         WHERE id IN (SELECT id FROM webhook_events WHERE created_at < @before ORDER BY created_at LIMIT 500)
            OR id IN (SELECT id FROM webhook_events ORDER BY created_at DESC LIMIT 500 OFFSET @most) RETURNING id
        """,
        new() { { "before", before }, { "most", MaxRows } },
        static reader =>
        {
            var count = Rows.Count(reader);
            return reader.NextResult() ? count + Rows.Count(reader) : count;
        },
        cancellationToken);

    private const string Result =
        "attempted_at = @now, duration = @duration, status = @status, answer = @answer, failure = @failure";

    private static SqlValues ValuesOf(WebhookDelivery delivery, WebhookAttempt attempt, DateTimeOffset now) => new()
    {
        { "id", delivery.Id.Value }, { "attempts", delivery.Attempts }, { "endpoint", delivery.EndpointId.Value }, { "now", now },
        { "duration", (long)attempt.Duration.TotalMilliseconds }, { "status", attempt.Status }, { "answer", attempt.Answer },
        { "failure", attempt.Failure },
    };

    private static WebhookDelivery? ReadOne(DbDataReader row) => !row.Read() ? null : new()
    {
        Id = new(row.GetString(0)),
        EndpointId = new(row.GetString(1)),
        EventId = new(row.GetString(2)),
        EventType = row.GetString(3),
        CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(4)),
        State = row.GetString(5),
        Attempts = row.GetInt64(6),
        RetriesLeft = row.GetInt64(7),
        DueAt = TimeOf(row, 8),
        AttemptedAt = TimeOf(row, 9),
        Duration = row.IsDBNull(10) ? null : TimeSpan.FromMilliseconds(row.GetInt64(10)),
        Status = row.IsDBNull(11) ? null : (int)row.GetInt64(11),
        Answer = TextOf(row, 12),
        Failure = TextOf(row, 13),
        Payload = TextOf(row, 14),
    };

    private static string? TextOf(DbDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? TimeOf(DbDataReader row, int column) =>
        row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}

/// <summary>Where a page of deliveries begins.</summary>
/// <param name="Place">Null for the newest rows.</param>
/// <param name="IsNewer">Whether the rows before the place are read, in ascending order.</param>
internal readonly record struct DeliveryPlace(RowPlace? Place, bool IsNewer);
