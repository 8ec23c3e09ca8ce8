namespace Latchkey.Server.OAuth;

/// <summary>
/// An authorization server for a client (RFC 8414 §2): the environment (<c>{base}</c>) or one resource (<c>{base}/resources/{res}</c>).
/// There is one spelling, never derived from a request, because clients compare byte for byte (RFC 9207 §2.4).
/// </summary>
internal sealed record Issuer
{
    private Issuer(string value, ResourceId? resource) => (Value, Resource) = (value, resource);

    public string Value { get; }

    /// <summary>The resource of this issuer, or null for the environment.</summary>
    public ResourceId? Resource { get; }

    public string AuthorizationEndpoint => AuthorizationEndpointOf(Value);

    public string TokenEndpoint => Value + "/oauth/token";

    public string PushEndpoint => Value + "/oauth/par";

    public string RevocationEndpoint => Value + "/oauth/revoke";

    public string IntrospectionEndpoint => Value + "/oauth/introspect";

    public static Issuer Environment(string baseUrl) => new(baseUrl, null);

    public static Issuer Of(string baseUrl, ResourceId resource) => new($"{baseUrl}/resources/{resource}", resource);

    /// <summary>For an issuer that a request has stored.</summary>
    public static string AuthorizationEndpointOf(string issuer) => issuer + "/oauth/authorize";

    public override string ToString() => Value;
}
