using System.Collections.Frozen;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Configuration;

/// <summary>All configuration of one version. It is small enough to keep in memory, immutable, and replaced as a whole.</summary>
internal sealed class ConfigurationSnapshot(
    long version,
    IReadOnlyList<Resource> resources,
    IReadOnlyList<Connection> connections,
    IReadOnlyList<ApiClient> apiClients)
{
    private readonly FrozenDictionary<string, Resource> resourcesById = resources.ToFrozenDictionary(
        r => r.Id.Value, StringComparer.Ordinal);

    /// <summary>Rows from before a change of the canonical form may have one URI: the first one counts.</summary>
    private readonly FrozenDictionary<string, Resource> resourcesByUri = resources.GroupBy(r => r.CanonicalUri, StringComparer.Ordinal)
        .ToFrozenDictionary(g => g.Key, g => g.First(), StringComparer.Ordinal);

    private readonly FrozenDictionary<string, Connection> connectionsById = connections.ToFrozenDictionary(
        c => c.Id.Value, StringComparer.Ordinal);
    private readonly FrozenDictionary<string, ApiClient> apiClientsById = apiClients.ToFrozenDictionary(
        c => c.Id.Value, StringComparer.Ordinal);

    public static ConfigurationSnapshot Empty { get; } = new(0, [], [], []);

    public long Version => version;

    public IReadOnlyList<Resource> Resources => resources;

    public IReadOnlyList<Connection> Connections => connections;

    public IReadOnlyList<ApiClient> ApiClients => apiClients;

    /// <summary>The private-use schemes that operators added at any resource.</summary>
    public IReadOnlyList<string> RedirectSchemes { get; } =
        [.. resources.SelectMany(r => r.RedirectSchemes).Distinct(StringComparer.Ordinal)];

    public bool Uses(SigningAlgorithm algorithm) => resources.Any(r => r.Algorithm == algorithm);

    public Resource? Find(ResourceId id) => resourcesById.GetValueOrDefault(id.Value);

    /// <summary>The private-use schemes that operators added for a client of this resource, or, when null, of any resource.</summary>
    public IReadOnlyList<string> RedirectSchemesOf(ResourceId? id) =>
        id is null ? RedirectSchemes : Find(id.Value)?.RedirectSchemes ?? [];

    public Connection? Find(ConnectionId id) => connectionsById.GetValueOrDefault(id.Value);

    public ApiClient? Find(ApiClientId id) => apiClientsById.GetValueOrDefault(id.Value);

    public Resource? FindByUri(string canonicalUri) => resourcesByUri.GetValueOrDefault(canonicalUri);

    /// <summary>The connection of a resource, or null when it has none or a disabled one.</summary>
    public Connection? UsableConnectionOf(Resource resource) =>
        resource.ConnectionId is { } id && Find(id) is { IsEnabled: true } connection ? connection : null;
}
