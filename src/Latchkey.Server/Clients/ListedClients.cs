using Latchkey.Server.Configuration;

namespace Latchkey.Server.Clients;

/// <summary>
/// Decides whose fetches use the reserved lane of <see cref="Network.FetchLimiter"/>: clients that an operator created, clients in the
/// catalogue, and clients on a host that an operator listed. Not a client that merely was valid before.
/// </summary>
internal sealed class ListedClients(KnownClients known, ConfigurationCache configuration)
{
    public bool Includes(Client client) => client.Origin == ClientOrigin.Operator || Includes(client.Id);

    public bool Includes(ClientId id) => id.DocumentUrl is { } url
        && (known.IsKnownId(url)
            || configuration.Current.Resources.Any(r => r.AllowedDocumentHosts.Includes(ClientIdUrl.HostOf(url))));
}
