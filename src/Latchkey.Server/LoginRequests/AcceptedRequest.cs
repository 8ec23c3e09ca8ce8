using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;

namespace Latchkey.Server.LoginRequests;

/// <summary>An authorization request that passed every check, with the client, resource and connection that it names.</summary>
internal sealed record AcceptedRequest(AuthorizationRequest Request, Client Client, Resource Resource, Connection Connection)
{
    /// <summary>Accepted deviations from the specifications.</summary>
    public IReadOnlyList<ClientQuirk> Quirks { get; init; } = [];
}
