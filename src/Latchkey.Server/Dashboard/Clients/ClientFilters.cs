using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;

namespace Latchkey.Server.Dashboard.Clients;

/// <summary>The filters of the list of clients.</summary>
internal sealed class ClientFilters
{
    public static readonly IReadOnlyList<KeyValuePair<string, string>> Orders = [new("used", "Last used"), new("newest", "Newest")];

    public static readonly IReadOnlyList<KeyValuePair<string, string>> States = [new("works", "Works"), new("blocked", "Blocked")];

    public ClientFilters(RequestParameters query, ConfigurationSnapshot configuration)
    {
        Members = new(query);
        Selection = new()
        {
            IsNewest = Members.Choice("order", "Order", Orders) == "newest",
            Kind = ClientWords.Kind(Members.Choice("kind", "Kind", ClientWords.Kinds)),
            IsBlocked = Members.Choice("state", "State", States) switch { "blocked" => true, "works" => false, _ => null },
            Resource = Members.One(
                "server", "MCP server", id => ResourceId.Parse(id)?.Value,
                id => $"MCP server: {configuration.Find(new ResourceId(id))?.Name ?? id}") is { } resource ? new(resource) : null,
            Text = Members.One("name", "Name", text => FilterMembers.Text(text.Trim())),
        };
    }

    public FilterMembers Members { get; }

    public ClientSelection Selection { get; }
}
