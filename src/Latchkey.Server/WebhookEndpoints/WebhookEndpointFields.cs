using System.Text.Json.Serialization;
using Latchkey.Server.Fields;
using Declare = Latchkey.Server.Fields.FieldsOf<
    Latchkey.Server.WebhookEndpoints.WebhookEndpoint, Latchkey.Server.WebhookEndpoints.WebhookContext>;

namespace Latchkey.Server.WebhookEndpoints;

/// <summary>The context of the fields of a webhook endpoint.</summary>
/// <param name="AllowsPrivate">Whether <c>Webhooks:PrivateNetworks</c> names any network, so that http and other ports make sense.</param>
internal sealed record WebhookContext(bool AllowsPrivate);

/// <summary>The fields of a webhook endpoint.</summary>
internal static class WebhookEndpointFields
{
    private const int HttpsPort = 443;

    private static readonly FieldTable<WebhookSecret, WebhookContext> Secrets = new(
        "WebhookSecret",
        "",
        new(default, "", default),
        [
            FieldsOf<WebhookSecret, WebhookContext>.Shown("id", FieldKinds.Shown, s => s.Id.Value),
            FieldsOf<WebhookSecret, WebhookContext>.Shown("create_time", FieldKinds.ShownTime, s => s.CreatedAt),
            FieldsOf<WebhookSecret, WebhookContext>.Shown("expire_time", FieldKinds.ShownTimeIfAny, s => s.ExpiresAt,
                "The end of a secret that was replaced. Until then, requests are signed with both."),
        ]);

    public static readonly FieldTable<WebhookEndpoint, WebhookContext> Table = new(
        "Webhook",
        "An address of your company that receives events of this server.",
        new() { Id = default, Url = "", CreatedAt = default, UpdatedAt = default },
        [
            Declare.Shown("id", FieldKinds.Shown, e => e.Id.Value),
            Declare.Stored("url", FieldKinds.Required(WebhookEndpoint.MaxUrlLength), e => e.Url, (e, v) => e with { Url = v },
                "The https address on port 443 that gets a POST request per event. http and other ports are only for addresses in "
                + "Webhooks:PrivateNetworks.",
                (url, at) => ValidateUrl(url, at)) with { IsRequired = true, Example = "\"https://app.example.com/webhooks/latchkey\"" },
            Declare.Stored("description", FieldKinds.Text(WebhookEndpoint.MaxDescriptionLength), e => e.Description,
                (e, v) => e with { Description = v }, "Shown in lists.") with { Example = "\"Mail about new programs\"" },
            Declare.Stored("events", FieldKinds.Choices($"must be a list of {string.Join(", ", WebhookEventTypes.All.Select(t => t.Word))}",
                WebhookEventTypes.All), e => e.Events, (e, v) => e with { Events = v },
                "The events to send. An empty list sends every event, also those of later versions.")
                with { Example = """["grant.created","grant.revoked"]""" },
            Declare.Stored("enabled", FieldKinds.Boolean, e => e.IsEnabled,
                (e, v) => e with { IsEnabled = v, DisabledReason = v ? null : e.DisabledReason },
                "false stops it: events are not kept for it. true starts it again."),
            Declare.Shown("disabled_reason", FieldKinds.ShownIfAny, e => e.DisabledReason,
                "Why the server disabled it: every delivery failed for days."),
            Declare.Shown("secrets", FieldKinds.ShownParts(Secrets), (e, at) => new([.. e.Secrets.Select(s => Secrets.Write(s, at))]),
                "The secrets that sign requests, newest first. Their values are shown only once."),
            Declare.Shown("created_by", FieldKinds.Shown, e => e.CreatedBy),
            Declare.Shown("create_time", FieldKinds.ShownTime, e => e.CreatedAt),
            Declare.Shown("update_time", FieldKinds.ShownTime, e => e.UpdatedAt),
        ]);

    private static string? ValidateUrl(string text, WebhookContext at)
    {
        if (!WebUrl.IsOne(text) || text.Contains('#', StringComparison.Ordinal))
        {
            return "must be an absolute https URL of printable ASCII characters, without user information and fragment";
        }

        var url = new Uri(text);
        return at.AllowsPrivate || url is { Scheme: "https", Port: HttpsPort }
            ? null
            : "must be https on port 443 (http and other ports only for addresses in the setting Webhooks:PrivateNetworks)";
    }
}

/// <summary>A webhook endpoint as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<WebhookBody>))]
internal sealed class WebhookBody(WebhookEndpoint endpoint)
    : FieldBody<WebhookEndpoint, WebhookContext>(WebhookEndpointFields.Table, endpoint, new(AllowsPrivate: false));
