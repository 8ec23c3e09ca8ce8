using Latchkey.Server.Clients;
using Latchkey.Server.Configuration;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Token;

/// <summary>The resource a grant is for, at the token endpoint (RFC 8707 §2.2).</summary>
internal static class TargetResource
{
    /// <summary>
    /// The resource, if it exists, still uses the connection of the grant, and still accepts the client. Otherwise null: replacing a
    /// resource's connection ends its grants, because a subject has no meaning at another connection.
    /// </summary>
    public static Resource? Of(ResourceId id, ConnectionId connection, Client client, ConfigurationSnapshot configuration) =>
        configuration.Find(id) is { } resource
        && resource.ConnectionId == connection
        && configuration.UsableConnectionOf(resource) is not null
        && ClientAdmission.RefusalOf(client, resource) is null
            ? resource
            : null;

    /// <summary>
    /// Whether the request was sent to the environment's issuer or the resource's own, and names no resource or this one in any accepted
    /// spelling. To a client, the issuer of another resource is another authorization server (mix-up, RFC 9700 §4.4).
    /// </summary>
    public static bool IsMeant(Resource resource, RequestParameters form, Issuer entry) =>
        (entry.Resource is null || entry.Resource == resource.Id)
        && form.All("resource").All(text => ResourceUri.Canonical(text) is { } canonical
            && (canonical == resource.CanonicalUri || canonical == ResourceUri.Origin(resource.CanonicalUri)));
}
