using System.Collections.Concurrent;
using Latchkey.Server.Configuration;
using Latchkey.Server.Storage;
using Latchkey.Server.Telemetry;

namespace Latchkey.Server.Clients;

/// <summary>
/// Caches clients by id for one version of the configuration. A missing client is not cached, so one that registers on another node is
/// found at once; nor is a client that can change itself. An expired registration is not found.
/// </summary>
internal sealed class ClientCache(
    ClientStore store, ClientUses uses, ConfigurationCache configuration, Settings settings, TimeProvider clock)
{
    private const int MaxRemembered = 10_000;

    /// <summary>Any caller can register a client, so the cache is bounded in bytes too. A larger client is read from its row.</summary>
    private const int MaxClientBytes = 8 * 1024;
    private const long MaxBytes = 16 * 1024 * 1024;
    private static readonly TimeSpan MaxNotingInterval = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, (long Version, Client Client)> remembered = new(StringComparer.Ordinal);

    private long bytes;

    /// <summary>A use is recorded at most once per interval, to save writes.</summary>
    private TimeSpan NotingInterval => NotingIntervalOf(settings);

    public static TimeSpan NotingIntervalOf(Settings settings) =>
        settings.RegistrationLifetime > TimeSpan.Zero && settings.RegistrationLifetime / 10 < MaxNotingInterval
            ? settings.RegistrationLifetime / 10
            : MaxNotingInterval;

    public async ValueTask<Client?> FindAsync(ClientId id, CancellationToken cancellationToken)
    {
        // The version is read first: a change in between makes this entry stale, never wrongly fresh.
        var version = Version;
        if (remembered.TryGetValue(id.Value, out var entry) && entry.Version == version && !IsUnused(entry.Client))
        {
            Instruments.LookedUp("clients", isHit: true);
            return entry.Client;
        }

        Instruments.LookedUp("clients", isHit: false);

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

    /// <summary>The version under which a client may be cached that is read or written after this call.</summary>
    public long Version => configuration.Current.Version;

    /// <summary>Records a use of a client, which keeps a registration from expiring.</summary>
    public async ValueTask NoteUseAsync(Client client, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        uses.Note(client.Id, now);
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

    /// <summary>Caches a client.</summary>
    /// <param name="version">The <see cref="Version"/> before the client was read or written.</param>
    public void Remember(Client client, long version)
    {
        var size = BytesOf(client);
        if (client.Registration is not null || size > MaxClientBytes)
        {
            return;
        }

        // Each write counts, also of a client that is cached already: the sum is never too small.
        if (Interlocked.Add(ref bytes, size) > MaxBytes || remembered.Count >= MaxRemembered)
        {
            remembered.Clear();
            Interlocked.Exchange(ref bytes, size);
        }

        remembered[client.Id.Value] = (version, client);
    }

    /// <summary>About the memory of a client, from the texts that it can choose.</summary>
    private static int BytesOf(Client client)
    {
        const int FixedBytes = 1_024;
        const int BytesPerChar = 2;
        var chars = client.Name.Length + (client.ClientUri?.Length ?? 0) + (client.LogoUri?.Length ?? 0) + (client.ScopeCap?.Length ?? 0)
            + (client.Keys?.Jwks?.Length ?? 0) + (client.Keys?.JwksUri?.Length ?? 0) + client.RedirectUris.Sum(uri => uri.Length)
            + client.GrantTypes.Sum(type => type.Length);
        return FixedBytes + (BytesPerChar * chars);
    }
}
