namespace Latchkey.Server.Webhooks;

/// <summary>The stored names of the states of a delivery.</summary>
internal static class DeliveryState
{
    /// <summary>It is sent, or waits for its next attempt.</summary>
    public const string Pending = "pending";

    public const string Delivered = "delivered";

    /// <summary>The last attempt failed.</summary>
    public const string Failed = "failed";

    /// <summary>It is not sent any more, because the person it was about was erased.</summary>
    public const string Erased = "erased";

    public static readonly string[] All = [Pending, Delivered, Failed, Erased];
}

/// <summary>One event on its way to one endpoint, with the result of the last attempt.</summary>
internal sealed record WebhookDelivery
{
    public required WebhookDeliveryId Id { get; init; }
    public required WebhookEndpointId EndpointId { get; init; }
    public required WebhookEventId EventId { get; init; }
    public required string EventType { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string State { get; init; }
    public required long Attempts { get; init; }
    public required long RetriesLeft { get; init; }
    public DateTimeOffset? DueAt { get; init; }
    public DateTimeOffset? AttemptedAt { get; init; }
    public TimeSpan? Duration { get; init; }
    public int? Status { get; init; }
    public string? Answer { get; init; }
    public string? Failure { get; init; }

    /// <summary>The text that is sent. Null when the person it was about was erased.</summary>
    public string? Payload { get; init; }
}
