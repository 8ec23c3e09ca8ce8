using System.Security.Cryptography;
using System.Text;

namespace Latchkey.Server.WebhookEndpoints;

/// <summary>
/// An event as a store raises it. It names what it is about; the text that is sent is made of the rows when it is distributed, so that a
/// change costs one more row and no question.
/// </summary>
internal sealed record WebhookEvent(WebhookEventType Type)
{
    public WebhookEventId Id { get; init; } = WebhookEventId.New();
    public GrantId? Grant { get; init; }
    public ConnectionId? Connection { get; init; }
    public string? Subject { get; init; }
    public ClientId? Client { get; init; }
    public ResourceId? Resource { get; init; }

    /// <summary>Further members of <c>data</c>.</summary>
    public IReadOnlyList<(string Member, string Value)> Details { get; init; } = [];

    /// <summary>An id for an event that is raised at most once per text.</summary>
    public static WebhookEventId IdOnce(string text) =>
        new(WebhookEventId.Prefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..Ids.RandomLength]);

    /// <summary>The id of an event that happens once to a row, made of the id of the row.</summary>
    public static WebhookEventId IdOf(string prefixedId) => new(WebhookEventId.Prefix + prefixedId[(prefixedId.IndexOf('_') + 1)..]);
}
