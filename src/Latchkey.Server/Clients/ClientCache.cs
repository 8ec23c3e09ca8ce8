using System.Collections.Concurrent;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Storage;

namespace Latchkey.Server.Clients;

/// <summary>
/// Clients by id, remembered as long as the configuration does not change. Absence is never remembered: a client registered on another node is found at once. Neither is
/// a client that may change itself: it would have to tell every node. A registration that was not used for its lifetime is not found: it expires here, or did elsewhere.
/// </summary>
internal sealed class ClientCache(ClientStore store, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    private const int MaxRemembered = 10_000;
    private static readonly TimeSpan MaxNotingInterval = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, (long Version, Client Client)> remembered = new(StringComparer.Ordinal);

    /// <summary>A use is written down once in this time: often enough for the lifetime, seldom enough for the disk.</summary>
    private TimeSpan NotingInterval => settings.RegistrationLifetime > TimeSpan.Zero && settings.RegistrationLifetime / 10 < MaxNotingInterval ? settings.RegistrationLifetime / 10 : MaxNotingInterval;

    public async ValueTask<Client?> FindAsync(ClientId id, CancellationToken cancellationToken)
    {
        // The version is taken before the read: a change in between makes this entry stale, never fresh.
        var version = configuration.Current.Version;
        if (remembered.TryGetValue(id.Value, out var entry) && entry.Version == version && !IsUnused(entry.Client))
        {
            return entry.Client;
        }

        var client = await store.FindAsync(id, cancellationToken);
        if (client is not null && IsUnused(client))
        {
            // Unless somebody used it this very moment.
            client = await store.ExpireAsync(id, UnusedSince, clock.GetUtcNow(), cancellationToken) ? null : await store.FindAsync(id, cancellationToken);
        }

        if (client is null)
        {
            remembered.TryRemove(id.Value, out _);
            return null;
        }

        Remember(client, version);
        return client;
    }

    /// <summary>A client just written.</summary>
    public void Remember(Client client) => Remember(client, configuration.Current.Version);

    /// <summary>Keeps a registration alive that is used.</summary>
    public async ValueTask NoteUseAsync(Client client, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (client.Origin != ClientOrigin.Registered || now - client.LastSeenAt < NotingInterval)
        {
            return;
        }

        // Of the requests that come at once the first one writes.
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
                // Another node noted it, or the client is gone: the next request reads which.
                remembered.TryRemove(client.Id.Value, out _);
            }
        }
        catch (Exception failed) when (failed is StorageUnavailable or OperationCanceledException)
        {
            remembered.TryUpdate(client.Id.Value, entry, noted);
            throw;
        }
    }

    /// <summary>Whoever was last used before then has expired.</summary>
    private DateTimeOffset UnusedSince => clock.GetUtcNow() - settings.RegistrationLifetime;

    private bool IsUnused(Client client) =>
        client is { Origin: ClientOrigin.Registered, IsEnabled: true } && settings.RegistrationLifetime > TimeSpan.Zero && client.LastSeenAt < UnusedSince;

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
