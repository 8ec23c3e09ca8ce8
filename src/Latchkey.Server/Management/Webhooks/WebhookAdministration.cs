using System.Text.Json.Nodes;
using Latchkey.Server.Configuration;
using Latchkey.Server.Fields;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Management.Webhooks;

/// <summary>An endpoint with a new secret, which is shown once.</summary>
internal sealed record MadeWebhook(WebhookEndpoint Endpoint, Secret Plain);

/// <summary>
/// Creates, changes and deletes webhook endpoints, rotates their secrets, and sends events on request. Called by the API and the dashboard.
/// </summary>
internal sealed class WebhookAdministration(
    ConfigurationStore store, ConfigurationCache configuration, DeliveryStore deliveries, WebhookSigning signing, Settings settings,
    TimeProvider clock, ILogger<ConfigurationStore> logger)
{
    public static readonly Problem TooMany = new(
        409, "too_many_webhooks", $"There are {WebhookEndpoint.Most} webhook endpoints, which is the maximum. Delete one first.");

    public static readonly Problem IsDisabled = new(
        409, "webhook_disabled", "The webhook endpoint is disabled, so nothing is sent to it. Enable it first.");

    public static readonly Problem NotSendable = new(
        409, "delivery_not_sendable", "The delivery is on its way already, or the person it was about was erased.");

    public async Task<Outcome<MadeWebhook>> CreateAsync(Actor by, JsonBody body, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = WebhookEndpointId.New();
        var created = Read(body, WebhookEndpointFields.Table.Blank with { Id = id, CreatedAt = now, UpdatedAt = now }, FieldUse.Create);
        if (body.Validate() is { } problem)
        {
            return problem;
        }

        var (secret, plain) = signing.New(id, now);
        created = created with { Secrets = [secret], CreatedBy = by.ToString()! };
        var change = await store.InsertAsync(created, by, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return TooMany;
        }

        ChangeLog.Changed(logger, by, "created webhook endpoint", id.Value);
        return new MadeWebhook(created with { Revision = 1 }, plain);
    }

    public Outcome<WebhookEndpoint> Find(string webhook) =>
        configuration.Current.FindWebhook(webhook) is { } found ? found : NotFound(webhook);

    public async Task<Outcome<WebhookEndpoint>> ChangeAsync(
        Actor by, string webhook, JsonBody body, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindWebhook(webhook) is not { } found)
        {
            return NotFound(webhook);
        }

        var changed = Read(body, found, FieldUse.Change) with { UpdatedAt = clock.GetUtcNow() };
        if ((body.Validate() ?? expected.Validate(found.Revision)) is { } problem)
        {
            return problem;
        }

        return await UpdateAsync(by, found, changed, "changed webhook endpoint", cancellationToken)
            ? changed with { Revision = found.Revision + 1 }
            : Problem.Overtaken;
    }

    public async Task<Problem?> DeleteAsync(Actor by, string webhook, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindWebhook(webhook) is not { } found)
        {
            return NotFound(webhook);
        }

        if (await expected.DeleteAsync(found.Revision, NotFound(webhook), revision =>
            store.DeleteAsync(found, revision, by, cancellationToken)) is { } problem)
        {
            return problem;
        }

        await configuration.ReloadAsync(cancellationToken);
        ChangeLog.Changed(logger, by, "deleted webhook endpoint", found.Id.Value);
        return null;
    }

    /// <summary>Makes a new secret. The former one signs too, for a day.</summary>
    public async Task<Outcome<MadeWebhook>> RotateSecretAsync(
        Actor by, string webhook, IfMatch expected, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindWebhook(webhook) is not { } found)
        {
            return NotFound(webhook);
        }

        if (expected.Validate(found.Revision) is { } problem)
        {
            return problem;
        }

        var now = clock.GetUtcNow();
        var (secret, plain) = signing.New(found.Id, now);
        var former = found.Secrets.Where(s => s.IsValid(now)).Take(1)
            .Select(s => s with { ExpiresAt = s.ExpiresAt ?? now + WebhookSecret.Overlap });
        var changed = found with { Secrets = [secret, .. former], UpdatedAt = now };
        return await UpdateAsync(by, found, changed, "rotated the secret of webhook endpoint", cancellationToken)
            ? new MadeWebhook(changed with { Revision = found.Revision + 1 }, plain)
            : Problem.Overtaken;
    }

    /// <summary>Sends an event of type <c>webhook.test</c>, which has one attempt.</summary>
    public async Task<Outcome<WebhookDeliveryId>> SendTestAsync(string webhook, CancellationToken cancellationToken)
    {
        if (configuration.Current.FindWebhook(webhook) is not { } found)
        {
            return NotFound(webhook);
        }

        if (!found.IsEnabled)
        {
            return IsDisabled;
        }

        var (id, now) = (WebhookEventId.New(), clock.GetUtcNow());
        var payload = WaitingEvents.TextOf(id, WebhookEventTypes.Test, now, new JsonObject { ["webhook_id"] = found.Id.Value });
        return await deliveries.SendTestAsync(found.Id, id, payload, now, cancellationToken);
    }

    public async Task<Outcome<WebhookDelivery>> FindDeliveryAsync(string webhook, string delivery, CancellationToken cancellationToken) =>
        configuration.Current.FindWebhook(webhook) is not { } found ? NotFound(webhook)
        : WebhookDeliveryId.Parse(delivery) is { } id && await deliveries.FindAsync(found.Id, id, cancellationToken) is { } there ? there
        : Problem.NotFound("delivery", delivery);

    public async Task<Outcome<WebhookDelivery>> SendAgainAsync(string webhook, string delivery, CancellationToken cancellationToken)
    {
        if ((await FindDeliveryAsync(webhook, delivery, cancellationToken)).ProblemOr(out var found) is { } problem)
        {
            return problem;
        }

        return configuration.Current.Find(found.EndpointId) is not { IsEnabled: true } ? IsDisabled
            : await deliveries.SendAgainAsync(found.EndpointId, found.Id, clock.GetUtcNow(), cancellationToken)
                ? await FindDeliveryAsync(webhook, delivery, cancellationToken)
            : NotSendable;
    }

    private async Task<bool> UpdateAsync(
        Actor by, WebhookEndpoint found, WebhookEndpoint changed, string what, CancellationToken cancellationToken)
    {
        var change = await store.UpdateAsync(found, changed, by, cancellationToken);
        await configuration.ReloadAsync(cancellationToken);
        if (change is not ConfigurationChange.Done)
        {
            return false;
        }

        ChangeLog.Changed(logger, by, what, found.Id.Value);
        return true;
    }

    private WebhookEndpoint Read(JsonBody body, WebhookEndpoint endpoint, FieldUse use) =>
        WebhookEndpointFields.Table.Read(body, endpoint, use, new(!settings.WebhookPrivateNetworks.IsEmpty));

    private static Problem NotFound(string webhook) => Problem.NotFound("webhook endpoint", webhook);
}
