using System.Collections.Concurrent;
using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>
/// Caches clients by id for one version of the configuration. A missing client is not cached, so one that registers on another node is
/// found at once; nor is a client that can change itself. An expired registration is not found.
/// </summary>
internal sealed class ClientCache(ClientStore store, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan MaxNotingInterval = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, (long Version, Client Client)> remembered = new(StringComparer.Ordinal);

    /// <summary>A use is recorded at most once per interval, to save writes.</summary>
    private TimeSpan NotingInterval =>
        settings.RegistrationLifetime > TimeSpan.Zero && settings.RegistrationLifetime / 10 < MaxNotingInterval
            ? settings.RegistrationLifetime / 10
            : MaxNotingInterval;

    public async ValueTask<Client?> FindAsync(ClientId id, CancellationToken cancellationToken)
    {
        // The version is read first: a change in between makes this entry stale, never wrongly fresh.
        var version = configuration.Current.Version;
        if (remembered.TryGetValue(id.Value, out var entry) && entry.Version == version && !IsUnused(entry.Client))
        {
            return entry.Client;
        }

        var client = await store.FindAsync(id, cancellationToken);
        if (client is not null && IsUnused(client))
        {
            // Unless it is used at this very moment.
            client = await store.ExpireAsync(id, UnusedSince, clock.GetUtcNow(), cancellationToken)
                ? null
                : await store.FindAsync(id, cancellationToken);
        }

        if (client is null)
        {
            remembered.TryRemove(id.Value, out _);
            return null;
        }

        Remember(client, version);
        return client;
    }

    /// <summary>Caches a client that was just written.</summary>
    public void Remember(Client client) => Remember(client, configuration.Current.Version);

    /// <summary>Records a use of a registration, which keeps it from expiring.</summary>
    public async ValueTask NoteUseAsync(Client client, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (client.Origin != ClientOrigin.Registered || now - client.LastSeenAt < NotingInterval)
        {
            return;
        }

        // Of several concurrent requests, the first one writes.
        var isRemembered = remembered.TryGetValue(client.Id.Value, out var entry);
        var noted = (entry.Version, isRemembered ? entry.Client with { LastSeenAt = now } : client);
        if (isRemembered && (entry.Client.LastSeenAt != client.LastSeenAt || !remembered.TryUpdate(client.Id.Value, noted, entry)))
        {
            return;
        }

        try
        {
            if (!await store.NoteUseAsync(client.Id, now - NotingInterval, now, cancellationToken))
            {
                // Another node recorded it, or the client is gone: the next request reads the row.
                remembered.TryRemove(client.Id.Value, out _);
            }
        }
        catch (Exception failed) when (failed is StorageUnavailable or OperationCanceledException)
        {
            remembered.TryUpdate(client.Id.Value, entry, noted);
            throw;
        }
    }

    /// <summary>Registrations that were last used before this time have expired.</summary>
    private DateTimeOffset UnusedSince => clock.GetUtcNow() - settings.RegistrationLifetime;

    private bool IsUnused(Client client) =>
        client is { Origin: ClientOrigin.Registered, IsEnabled: true } && settings.RegistrationLifetime > TimeSpan.Zero
        && client.LastSeenAt < UnusedSince;

    private void Remember(Client client, long version)
    {
        if (client.Registration is not null)
        {
            return;
        }

        if (remembered.Count >= MaxRemembered)
        {
            remembered.Clear();
        }

        remembered[client.Id.Value] = (version, client);
    }
}
