using System.Collections.Frozen;
using Latchkey.Server.Audit;
using Latchkey.Server.Storage;

namespace Latchkey.Server.WebhookEndpoints;

/// <summary>
/// The outbox of webhooks: SQL that a store appends to the statements of a change, so that the event is stored if and only if the change
/// is. Where no enabled endpoint wants the event there is no such SQL. The endpoints are those of the configuration in memory, which
/// another node may have changed up to a second ago; commands of the program do not hold it and ask the database in the statement itself.
/// </summary>
internal sealed class WebhookOutbox
{
    private const string Columns = "id, type, created_at, grant_id, connection_id, subject, client_id, resource_id, data";

    /// <summary>
    /// The statements that take a person out of every event and answer; events about the person that still wait are not sent.
    /// Parameters: <c>@connection</c>, <c>@subject</c>.
    /// </summary>
    public const string ErasePerson =
        """
        UPDATE webhook_deliveries SET answer = NULL, due_at = NULL, state = CASE WHEN state = 'pending' THEN 'erased' ELSE state END
         WHERE event_id IN (SELECT id FROM webhook_events WHERE connection_id = @connection AND subject = @subject);
        UPDATE webhook_events SET subject = NULL, grant_id = NULL, payload = NULL, data = '{}',
               spread_at = CASE WHEN spread_at IS NULL THEN created_at ELSE spread_at END
         WHERE connection_id = @connection AND subject = @subject
        """;

    /// <summary>Null until the configuration was read.</summary>
    private volatile FrozenSet<WebhookEventType>? wanted;

    /// <summary>Takes over the endpoints of a new version of the configuration.</summary>
    public void Follow(IReadOnlyList<WebhookEndpoint> endpoints) =>
        wanted = WebhookEventTypes.All.Select(t => t.Value).Where(type => endpoints.Any(e => e.Wants(type))).ToFrozenSet();

    public bool Wants(WebhookEventType type) => wanted is not { } known || known.Contains(type);

    /// <summary>
    /// Raises <c>grant.revoked</c> for the grants that this step has ended: those with <c>ended_at = @now</c>. Returns null when no
    /// endpoint wants it. A grant ends once, so the id of the event is made of that of the grant.
    /// </summary>
    /// <param name="which">The condition of the UPDATE, without that on <c>ended_at</c>.</param>
    public string? GrantsEnded(string which) => !Wants(WebhookEventType.GrantRevoked) ? null :
        $$"""
        ;
        INSERT INTO webhook_events ({{Columns}})
        SELECT 'evt_' || substr(id, 5), 'grant.revoked', @now, id, connection_id, subject, client_id, resource_id, '{}'
          FROM grants WHERE ended_at = @now AND {{which}}{{IfAnyEndpoint}} ON CONFLICT DO NOTHING
        """;

    /// <summary>Raises an event under a condition. Returns null when no endpoint wants it.</summary>
    /// <param name="values">The values of the step, to which those of the event are added.</param>
    /// <param name="from">What follows the SELECT of constants: <c>WHERE …</c>, or <c>FROM … WHERE …</c>.</param>
    public string? Raise(WebhookEvent raised, SqlValues values, DateTimeOffset now, string from)
    {
        if (!Wants(raised.Type))
        {
            return null;
        }

        values.Add("event_id", raised.Id.Value);
        values.Add("event_type", raised.Type.Name());
        values.Add("event_at", now);
        values.Add("event_grant", raised.Grant?.Value);
        values.Add("event_connection", raised.Connection?.Value);
        values.Add("event_subject", raised.Subject);
        values.Add("event_client", raised.Client?.Value);
        values.Add("event_resource", raised.Resource?.Value);
        values.Add("event_data", AuditedChange.Of(raised.Details));
        return
            $"""
            ;
            INSERT INTO webhook_events ({Columns})
            SELECT @event_id, @event_type, @event_at, @event_grant, @event_connection, @event_subject, @event_client, @event_resource,
                   @event_data {from}{IfAnyEndpoint} ON CONFLICT DO NOTHING
            """;
    }

    private string IfAnyEndpoint => wanted is null ? " AND EXISTS (SELECT 1 FROM webhook_endpoints)" : "";
}

/// <summary>Raises events that come with no change of the database.</summary>
internal sealed class WebhookEvents(IDatabase database, WebhookOutbox outbox, TimeProvider clock)
{
    /// <summary>Stores the event, unless no endpoint wants it or it was raised before.</summary>
    public async Task RaiseAsync(WebhookEvent raised, CancellationToken cancellationToken)
    {
        var values = new SqlValues();
        if (outbox.Raise(raised, values, clock.GetUtcNow(), "WHERE 1 = 1") is { } sql)
        {
            await database.WriteAsync(sql.TrimStart(';', '\r', '\n'), values, static _ => true, cancellationToken);
        }
    }
}
