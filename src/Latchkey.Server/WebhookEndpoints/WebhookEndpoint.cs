using System.Text.Json.Serialization;

namespace Latchkey.Server.WebhookEndpoints;

/// <summary>An address of the company that receives events of this server (Standard Webhooks).</summary>
internal sealed record WebhookEndpoint
{
    public const int MaxUrlLength = 1_000;
    public const int MaxDescriptionLength = 200;

    /// <summary>Each endpoint gets every event, so their number multiplies the requests that one sign-in causes.</summary>
    public const int Most = 20;

    public required WebhookEndpointId Id { get; init; }
    public required string Url { get; init; }
    public string? Description { get; init; }

    /// <summary>The events it receives. Empty: all.</summary>
    public IReadOnlyList<WebhookEventType> Events { get; init; } = [];
    public bool IsEnabled { get; init; } = true;

    /// <summary>Why the server disabled it. Null when it did not.</summary>
    public string? DisabledReason { get; init; }

    /// <summary>Newest first. Each request is signed with every secret that is valid.</summary>
    public IReadOnlyList<WebhookSecret> Secrets { get; init; } = [];
    public string CreatedBy { get; init; } = "";
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    public bool Wants(WebhookEventType type) => IsEnabled && (Events.Count == 0 || Events.Contains(type));
}

/// <summary>A secret with which requests to an endpoint are signed. Its bits are derived from a key and are not stored.</summary>
/// <param name="KeyId">The derivation key.</param>
/// <param name="ExpiresAt">When a replaced secret is no longer used. Null for the current one.</param>
internal sealed record WebhookSecret(SecretId Id, string KeyId, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>How long a replaced secret still signs, beside its successor.</summary>
    public static readonly TimeSpan Overlap = TimeSpan.FromHours(24);

    public bool IsValid(DateTimeOffset now) => ExpiresAt is not { } end || now < end;
}
