using System.Text.Json.Serialization;

namespace Latchkey.Server.WebhookEndpoints;

/// <summary>The events that a webhook endpoint can receive.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<WebhookEventType>))]
internal enum WebhookEventType
{
    /// <summary>A person connected a client: a code was redeemed.</summary>
    [JsonStringEnumMemberName("grant.created")]
    GrantCreated,

    /// <summary>A grant has fewer permissions than before.</summary>
    [JsonStringEnumMemberName("grant.narrowed")]
    GrantNarrowed,

    /// <summary>A grant ended early, whatever ended it.</summary>
    [JsonStringEnumMemberName("grant.revoked")]
    GrantRevoked,

    /// <summary>A person pressed Deny.</summary>
    [JsonStringEnumMemberName("consent.denied")]
    ConsentDenied,

    /// <summary>A client registered itself, or was seen for the first time with its metadata document.</summary>
    [JsonStringEnumMemberName("client.registered")]
    ClientRegistered,

    /// <summary>The name, redirect URIs or keys of a client changed.</summary>
    [JsonStringEnumMemberName("client.document_changed")]
    ClientDocumentChanged,

    /// <summary>A sign-in or a refresh looks like an attack.</summary>
    [JsonStringEnumMemberName("login.suspicious")]
    LoginSuspicious,

    /// <summary>A signing or derivation key was replaced.</summary>
    [JsonStringEnumMemberName("key.rotated")]
    KeyRotated,

    /// <summary>An operator of the dashboard was invited, joined, got another role or was removed.</summary>
    [JsonStringEnumMemberName("operator.changed")]
    OperatorChanged,
}

internal static class WebhookEventTypes
{
    /// <summary>The type of the event that an operator sends to try an endpoint. Every endpoint accepts it.</summary>
    public const string Test = "webhook.test";

    public static readonly IReadOnlyList<(string Word, WebhookEventType Value)> All =
    [
        ("grant.created", WebhookEventType.GrantCreated),
        ("grant.narrowed", WebhookEventType.GrantNarrowed),
        ("grant.revoked", WebhookEventType.GrantRevoked),
        ("consent.denied", WebhookEventType.ConsentDenied),
        ("client.registered", WebhookEventType.ClientRegistered),
        ("client.document_changed", WebhookEventType.ClientDocumentChanged),
        ("login.suspicious", WebhookEventType.LoginSuspicious),
        ("key.rotated", WebhookEventType.KeyRotated),
        ("operator.changed", WebhookEventType.OperatorChanged),
    ];

    public static string Name(this WebhookEventType type) => All[(int)type].Word;

    public static WebhookEventType? Parse(string name)
    {
        foreach (var (word, value) in All)
        {
            if (word == name)
            {
                return value;
            }
        }

        return null;
    }
}
