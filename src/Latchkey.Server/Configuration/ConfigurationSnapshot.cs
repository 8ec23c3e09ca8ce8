using System.Collections.Frozen;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Connections;
using Latchkey.Server.Resources;
using Latchkey.Server.SignIns;
using Latchkey.Server.WebhookEndpoints;

namespace Latchkey.Server.Configuration;

/// <summary>All configuration of one version. It is small enough to keep in memory, immutable, and replaced as a whole.</summary>
internal sealed class ConfigurationSnapshot(
    long version,
    IReadOnlyList<Resource> resources,
    IReadOnlyList<Connection> connections,
    IReadOnlyList<ApiClient> apiClients,
    IReadOnlyList<WebhookEndpoint>? webhooks = null)
{
    /// <summary>A client uses one or two; more would only make its tokens larger.</summary>
    private const int MaxSpellings = 3;

    /// <summary>Strangers cause the comparison, and the log has little room.</summary>
    private const int MaxCompared = 1_000;
    private const int MaxExpected = 3;

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

    public IReadOnlyList<WebhookEndpoint> Webhooks { get; } = webhooks ?? [];

    /// <summary>The private-use schemes that operators added at any resource.</summary>
    public IReadOnlyList<string> RedirectSchemes { get; } =
        [.. resources.SelectMany(r => r.RedirectSchemes).Distinct(StringComparer.Ordinal)];

    /// <summary>
    /// Whether the key set has the keys of an algorithm: RS256 always, others only when a resource uses them, because some MCP SDKs read no
    /// other keys.
    /// </summary>
    public bool Publishes(SigningAlgorithm algorithm) =>
        algorithm == SigningAlgorithm.RS256 || resources.Any(r => r.Algorithm == algorithm);

    /// <summary>The algorithms that <see cref="Publishes"/> is true for, RS256 first.</summary>
    public IEnumerable<SigningAlgorithm> PublishedAlgorithms => Enum.GetValues<SigningAlgorithm>().Where(Publishes);

    /// <summary>The paths of resources, the most similar ones first, as the facts of a request whose path names none.</summary>
    /// <param name="sent">The id in the path of the request.</param>
    public Fact[] PathsLike(string sent) =>
    [
        .. CauseText.NearestFirst(resources.Take(MaxCompared).Select(r => r.Id.Value), sent).Take(MaxExpected)
            .Select(id => Fact.Expected(FactNames.Path, $"/resources/{id}")),
    ];

    public Resource? Find(ResourceId id) => resourcesById.GetValueOrDefault(id.Value);

    /// <summary>The private-use schemes that operators added for a client of this resource, or, when null, of any resource.</summary>
    public IReadOnlyList<string> RedirectSchemesOf(ResourceId? id) =>
        id is null ? RedirectSchemes : Find(id.Value)?.RedirectSchemes ?? [];

    public Connection? Find(ConnectionId id) => connectionsById.GetValueOrDefault(id.Value);

    public ApiClient? Find(ApiClientId id) => apiClientsById.GetValueOrDefault(id.Value);

    public WebhookEndpoint? Find(WebhookEndpointId id) => Webhooks.FirstOrDefault(e => e.Id == id);

    public Resource? FindByUri(string canonicalUri) => resourcesByUri.GetValueOrDefault(canonicalUri);

    /// <summary>
    /// The spellings of a resource that a client used and that differ from the registered one. An MCP server may publish another spelling
    /// of its URI than the operator registered, and compare the audience byte for byte. The bare origin counts only while no other resource
    /// is at that origin, because a token for one resource must not pass at another one.
    /// </summary>
    /// <param name="asked">Values of the parameter <c>resource</c>; all others are left out.</param>
    public IEnumerable<string> OtherSpellings(Resource resource, IEnumerable<string> asked)
    {
        var origin = ResourceUri.Origin(resource.CanonicalUri);
        var isAloneThere = resources.Count(r => ResourceUri.Origin(r.CanonicalUri) == origin) == 1;
        return asked
            .Where(text => text != resource.Uri && ResourceUri.Canonical(text) is { } canonical
                && (canonical == resource.CanonicalUri || (canonical == origin && isAloneThere)))
            .Distinct(StringComparer.Ordinal)
            .Take(MaxSpellings);
    }

    /// <summary>The connection of a resource, or null when it has none or a disabled one.</summary>
    public Connection? UsableConnectionOf(Resource resource) =>
        resource.ConnectionId is { } id && Find(id) is { IsEnabled: true } connection ? connection : null;
}
