using Latchkey.Server.Configuration;
using Latchkey.Server.Supervision;
using Latchkey.Server.Telemetry;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Webhooks;

/// <summary>
/// Sends events to webhook endpoints, on every node: 1. events of the outbox become one delivery per endpoint; 2. each endpoint with a due
/// delivery gets a worker of its own, so that a slow one holds up no other; 3. a worker claims deliveries and sends up to
/// <see cref="AtOnce"/> at the same time; 4. what fails is tried again later (<see cref="WebhookRetries"/>); an endpoint that accepts
/// nothing for days is disabled. Without an endpoint it asks the database nothing.
/// </summary>
internal sealed partial class WebhookDispatcher(
    ConfigurationCache configuration, ConfigurationStore store, DeliveryStore deliveries, WaitingEvents waiting, WebhookSender sender,
    Supervisor supervisor, TimeProvider clock, ILogger<WebhookDispatcher> logger) : IAsyncDisposable
{
    /// <summary>The name of the loop in logs and metrics.</summary>
    public const string LoopName = "webhooks";

    /// <summary>The name of the workers of endpoints.</summary>
    private const string WorkerName = "webhook deliveries";

    /// <summary>Requests to one endpoint at the same time, per node.</summary>
    public const int AtOnce = 4;

    private const int EventsAtOnce = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly Actor Self = new Actor.Machine("serve");

    private readonly Dictionary<WebhookEndpointId, Worker> workers = [];

    /// <summary>Loops until it is cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Pause, clock, stop);
            if (configuration.Current.Webhooks.Count > 0)
            {
                await supervisor.TryAsync(LoopName, RoundAsync, stop);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in workers.Values)
        {
            await worker.Running.DisposeAsync();
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        await SpreadAsync(cancellationToken);
        foreach (var (id, worker) in workers.Where(w => w.Value.IsDone).ToList())
        {
            workers.Remove(id);
            await worker.Running.DisposeAsync();
        }

        foreach (var endpoint in await deliveries.DueAsync(clock.GetUtcNow(), cancellationToken))
        {
            if (!workers.ContainsKey(endpoint) && configuration.Current.Find(endpoint) is { IsEnabled: true })
            {
                workers.Add(endpoint, new(supervisor, stop => WorkAsync(endpoint, stop)));
            }
        }
    }

    /// <summary>Makes a delivery of each event of the outbox for each endpoint that wants it.</summary>
    private async Task SpreadAsync(CancellationToken cancellationToken)
    {
        List<WaitingEvent> events;
        do
        {
            events = await waiting.NextAsync(EventsAtOnce, cancellationToken);
            foreach (var found in events)
            {
                var type = WebhookEventTypes.Parse(found.Type);
                List<WebhookEndpointId> endpoints = type is not { } known || found.IsErased
                    ? []
                    : [.. configuration.Current.Webhooks.Where(e => e.Wants(known)).Select(e => e.Id)];
                await (endpoints.Count == 0
                    ? deliveries.DropAsync(found.Id, cancellationToken)
                    : deliveries.SpreadAsync(
                        found.Id, found.Type, waiting.TextOf(found), endpoints, clock.GetUtcNow(), cancellationToken));
            }
        }
        while (events.Count == EventsAtOnce);
    }

    /// <summary>Sends to one endpoint until nothing is due.</summary>
    private async Task WorkAsync(WebhookEndpointId id, CancellationToken stop)
    {
        while (configuration.Current.Find(id) is { IsEnabled: true })
        {
            var claimed = await deliveries.ClaimAsync(id, AtOnce, clock.GetUtcNow(), stop);
            if (claimed.Count == 0)
            {
                return;
            }

            await Task.WhenAll(claimed.Select(delivery => SendAsync(delivery, stop)));
        }
    }

    private async Task SendAsync(WebhookDelivery delivery, CancellationToken stop)
    {
        if (delivery.Payload is not { } payload || configuration.Current.Find(delivery.EndpointId) is not { } endpoint)
        {
            return;
        }

        var attempt = await sender.SendAsync(endpoint, delivery.EventId, payload, stop);
        var now = clock.GetUtcNow();
        if (attempt.Failure is not { } why)
        {
            Instruments.WebhookSent("delivered");
            await deliveries.SucceedAsync(delivery, attempt, now, stop);
            return;
        }

        var pause = WebhookRetries.PauseBefore(delivery.RetriesLeft);
        Instruments.WebhookSent(pause is null ? "failed" : "retried");
        var since = await deliveries.FailAsync(delivery, attempt, now + pause, now, stop);
        if (pause is null)
        {
            Failed(logger, delivery.EventType, delivery.EventId.Value, endpoint.Id.Value, delivery.Attempts, why);
        }

        if (now - since >= WebhookRetries.DisabledAfter)
        {
            await DisableAsync(endpoint, since, why, stop);
        }
    }

    private async Task DisableAsync(WebhookEndpoint endpoint, DateTimeOffset since, string why, CancellationToken stop)
    {
        var disabled = endpoint with
        {
            IsEnabled = false,
            DisabledReason = $"Every delivery has failed since {since.UtcDateTime:yyyy-MM-dd HH:mm}Z. {why}",
            UpdatedAt = clock.GetUtcNow(),
        };
        if (await store.UpdateAsync(endpoint, disabled, Self, stop) is ConfigurationChange.Done)
        {
            Disabled(logger, endpoint.Id.Value, endpoint.Url, disabled.DisabledReason);
        }

        await configuration.ReloadAsync(stop);
    }

    [LoggerMessage(2601, LogLevel.Warning, "The event {Type} {Event} was not delivered to {Endpoint} in {Attempts} attempts: {Why}")]
    private static partial void Failed(ILogger logger, string type, string @event, string endpoint, long attempts, string why);

    [LoggerMessage(2602, LogLevel.Error, "The webhook endpoint {Endpoint} ({Url}) was disabled: {Reason}")]
    private static partial void Disabled(ILogger logger, string endpoint, string url, string reason);

    /// <summary>Sends the due deliveries of one endpoint.</summary>
    private sealed class Worker
    {
        private volatile bool isDone;

        public Worker(Supervisor supervisor, Func<CancellationToken, Task> work) => Running = supervisor.Start(WorkerName, async stop =>
        {
            await work(stop);
            supervisor.Succeeded(WorkerName);
            isDone = true;
        });

        public bool IsDone => isDone;

        public IAsyncDisposable Running { get; }
    }
}
