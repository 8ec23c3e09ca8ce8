using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Management.Webhooks;

/// <param name="PlainSecret">The new secret, which is shown only once.</param>
internal sealed record WebhookResponse(WebhookBody Webhook, string? PlainSecret);

internal sealed record WebhookListResponse(int TotalSize, string NextPageToken, IReadOnlyList<WebhookBody> Webhooks);

/// <summary>A delivery as responses show it.</summary>
internal sealed record DeliveryBody
{
    public required string Id { get; init; }
    public required string EventId { get; init; }
    public required string EventType { get; init; }

    /// <summary><c>pending</c>, <c>delivered</c>, <c>failed</c> or <c>erased</c>.</summary>
    public required string State { get; init; }
    public required long Attempts { get; init; }
    public required DateTimeOffset CreateTime { get; init; }

    /// <summary>The time of the last attempt.</summary>
    public DateTimeOffset? AttemptTime { get; init; }

    /// <summary>The time of the next attempt.</summary>
    public DateTimeOffset? NextAttemptTime { get; init; }

    /// <summary>How long the last attempt took, in milliseconds.</summary>
    public long? Duration { get; init; }

    /// <summary>The HTTP status of the last answer.</summary>
    public int? ResponseStatus { get; init; }

    /// <summary>The first KiB of the last answer.</summary>
    public string? ResponseBody { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Failure { get; init; }

    /// <summary>The text that is sent.</summary>
    public string? Payload { get; init; }

    public static DeliveryBody Of(WebhookDelivery delivery) => new()
    {
        Id = delivery.Id.Value,
        EventId = delivery.EventId.Value,
        EventType = delivery.EventType,
        State = delivery.State,
        Attempts = delivery.Attempts,
        CreateTime = delivery.CreatedAt,
        AttemptTime = delivery.AttemptedAt,
        NextAttemptTime = delivery.DueAt,
        Duration = delivery.Duration is { } duration ? (long)duration.TotalMilliseconds : null,
        ResponseStatus = delivery.Status,
        ResponseBody = delivery.Answer,
        Failure = delivery.Failure,
        Payload = delivery.Payload,
    };
}

internal sealed record DeliveryResponse(DeliveryBody Delivery);

internal sealed record DeliveryListResponse(int TotalSize, string NextPageToken, IReadOnlyList<DeliveryBody> Deliveries);

internal sealed record TestSentResponse(string DeliveryId);
