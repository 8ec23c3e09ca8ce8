using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Dashboard.Webhooks;

/// <summary>A row of the list of deliveries.</summary>
/// <param name="HasFailed">Whether the last attempt failed.</param>
/// <param name="Answer">Status and time of the last answer, or why there is none.</param>
public sealed record DeliveryLine(
    string Path, string EventType, string EventId, string State, bool HasFailed, string Answer, long Attempts, DateTimeOffset At)
{
    internal static DeliveryLine Of(WebhookDelivery delivery) => new(
        WebhookPageRoutes.Delivery.Path(delivery.EndpointId.Value, delivery.Id.Value), delivery.EventType, delivery.EventId.Value,
        delivery.State, delivery.Failure is not null,
        delivery is { Status: { } status, Duration: { } duration } ? $"{status} in {(long)duration.TotalMilliseconds} ms"
            : delivery.Failure ?? "none yet",
        delivery.Attempts, delivery.CreatedAt);
}
