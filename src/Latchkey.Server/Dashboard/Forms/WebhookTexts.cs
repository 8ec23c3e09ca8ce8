namespace Latchkey.Server.Dashboard.Forms;

/// <summary>The words of the fields of a webhook endpoint.</summary>
internal static class WebhookTexts
{
    public static readonly IReadOnlyDictionary<string, FormText> All = new Dictionary<string, FormText>(StringComparer.Ordinal)
    {
        ["Webhook.url"] = new("Address", "Your application gets a signed POST request here for each event. https on port 443.")
        { IsUrl = true },
        ["Webhook.description"] = new("Note for operators", "Only the dashboard and the API show it."),
        ["Webhook.events"] = new("Events", "None ticked: every event, also those of later versions.")
        {
            Choices = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["grant.created"] = "A person connected a program (grant.created)",
                ["grant.narrowed"] = "An access got fewer permissions (grant.narrowed)",
                ["grant.revoked"] = "An access ended early (grant.revoked)",
                ["consent.denied"] = "A person pressed Deny (consent.denied)",
                ["client.registered"] = "A client is new here (client.registered)",
                ["client.document_changed"] = "A client changed its name, return addresses or keys (client.document_changed)",
                ["login.suspicious"] = "A sign-in looks like an attack (login.suspicious)",
                ["key.rotated"] = "A key was replaced (key.rotated)",
                ["operator.changed"] = "An operator was invited, joined, changed or removed (operator.changed)",
            },
        },
        ["Webhook.enabled"] = new("Events are sent", "When it is off, events are not kept for it."),
    };
}
