using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>All that a configuration file can speak of, as it is stored or as it shall be.</summary>
/// <param name="Clients">Those that operators made for a resource; who registered itself or describes itself is no configuration.</param>
internal sealed record ConfigurationState(ConfigurationSnapshot Configuration, IReadOnlyList<Client> Clients)
{
    public IEnumerable<Client> ClientsOf(ResourceId resource) => Clients.Where(c => c.ResourceId == resource);

    public Connection? ConnectionOf(Resource resource) => resource.ConnectionId is { } id ? Configuration.Find(id) : null;
}
