using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.OAuth;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Token;

/// <summary>The resource a grant is for, at the token endpoint (RFC 8707 §2.2).</summary>
internal static class TargetResource
{
    /// <summary>
    /// The resource, when it still exists and is still reached through the connection the person used. Null ends the road: replacing a resource's
    /// connection ends its grants, because a subject means nothing at another connection.
    /// </summary>
    public static Resource? Of(ResourceId id, ConnectionId connection, Client client, ConfigurationSnapshot configuration) =>
        configuration.Find(id) is { } resource
        && resource.ConnectionId == connection
        && configuration.UsableConnectionOf(resource) is not null
        && (client.ResourceId is null || client.ResourceId == id)
            ? resource
            : null;

    /// <summary>
    /// True when the request came to the environment's entry or to this resource's own (to a client another resource's entry is another server, and what
    /// that one issued is no business of this one: RFC 9700 §4.4), and names no resource, or this one (in the spellings that mean it).
    /// </summary>
    public static bool IsMeant(Resource resource, RequestParameters form, Issuer entry) =>
        (entry.Resource is null || entry.Resource == resource.Id)
        && form.All("resource").All(text => ResourceUri.Canonical(text) is { } canonical
            && (canonical == resource.CanonicalUri || canonical == ResourceUri.Origin(resource.CanonicalUri)));
}
