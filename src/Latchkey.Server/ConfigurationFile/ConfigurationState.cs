using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;

namespace Latchkey.Server.ConfigurationFile;

/// <summary>Everything that a configuration file can contain, as it is stored or as the file describes it.</summary>
/// <param name="Clients">The clients that operators created for a resource. Clients that register or describe themselves
/// are not configuration.</param>
internal sealed record ConfigurationState(ConfigurationSnapshot Configuration, IReadOnlyList<Client> Clients)
{
    public IEnumerable<Client> ClientsOf(ResourceId resource) => Clients.Where(c => c.ResourceId == resource);

    public Connection? ConnectionOf(Resource resource) => resource.ConnectionId is { } id ? Configuration.Find(id) : null;
}
