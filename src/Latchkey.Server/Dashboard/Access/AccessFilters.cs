using Latchkey.Server.Configuration;
using Latchkey.Server.Grants;

namespace Latchkey.Server.Dashboard.Access;

/// <summary>The filters of the list of accesses.</summary>
internal sealed class AccessFilters
{
    public static readonly IReadOnlyList<KeyValuePair<string, string>> States = [new("live", "Live"), new("ended", "Ended")];

    public AccessFilters(RequestParameters query, ConfigurationSnapshot configuration)
    {
        Members = new(query);
        var resource = Members.One(
            "server", "MCP server", id => ResourceId.Parse(id)?.Value,
            id => $"MCP server: {configuration.Find(new ResourceId(id))?.Name ?? id}");
        var client = Members.One("client", "Client", id => ClientId.Parse(id)?.Value);
        Selection = new(
            resource is null ? null : new ResourceId(resource), client is null ? null : new ClientId(client),
            Members.Choice("state", "State", States) == "ended");
    }

    public FilterMembers Members { get; }

    public GrantSelection Selection { get; }
}
