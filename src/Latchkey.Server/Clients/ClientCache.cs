using System.Collections.Concurrent;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Clients;

/// <summary>Clients by id, remembered as long as the configuration does not change. Absence is never remembered: a client registered on another node is found at once.</summary>
internal sealed class ClientCache(ClientStore store, ConfigurationCache configuration)
{
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (long Version, Client Client)> remembered = new(StringComparer.Ordinal);

    public async ValueTask<Client?> FindAsync(ClientId id, CancellationToken cancellationToken)
    {
        // The version is taken before the read: a change in between makes this entry stale, never fresh.
        var version = configuration.Current.Version;
        if (remembered.TryGetValue(id.Value, out var entry) && entry.Version == version)
        {
            return entry.Client;
        }

        if (await store.FindAsync(id, cancellationToken) is not { } client)
        {
            return null;
        }

        Remember(client, version);
        return client;
    }

    /// <summary>A client just written.</summary>
    public void Remember(Client client) => Remember(client, configuration.Current.Version);

    private void Remember(Client client, long version)
    {
        if (remembered.Count >= MaxRemembered)
        {
            remembered.Clear();
        }

        remembered[client.Id.Value] = (version, client);
    }
}
