using System.Text.Json.Serialization;
using Latchkey.Server.Credentials;

namespace Latchkey.Server.Clients;

/// <summary>An OAuth client (RFC 6749 §2) of one resource. Without one, the resource decides at each authorization.</summary>
internal sealed record Client
{
    public const int MaxNameLength = 200;
    public const int MaxRedirectUris = 20;

    public required ClientId Id { get; init; }
    public required string Name { get; init; }
    public string? Description { get; init; }
    public required ClientOrigin Origin { get; init; }
    public ResourceId? ResourceId { get; init; }
    public IReadOnlyList<string> RedirectUris { get; init; } = [];
    public required ClientClass Class { get; init; }
    public required string TokenEndpointAuthMethod { get; init; }

    /// <summary>Only an operator sets it; clients that register or describe themselves have the default.</summary>
    public ClientUse Use { get; init; }
    public IReadOnlyList<string> GrantTypes { get; init; } = [];

    /// <summary>The scopes that a client made by an operator may ask for; null: whatever the resource offers.
    /// Registered clients have none.</summary>
    public string? ScopeCap { get; init; }
    public string? ClientUri { get; init; }
    public string? LogoUri { get; init; }
    public IReadOnlyList<ClientSecret> Secrets { get; init; } = [];
    public bool IsEnabled { get; init; } = true;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Set on what an earlier version left of a deleted registration, until the next cleanup.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>The last use or registration, exact to one day. A registration that is not used expires.</summary>
    [JsonIgnore]
    public DateTimeOffset LastSeenAt { get; init; }

    /// <summary>The client must push its authorization requests (RFC 9126 §6).</summary>
    public bool RequiresPush { get; init; }

    /// <summary>Keys for signing assertions (<c>private_key_jwt</c>). Null when there are none.</summary>
    public ClientKeys? Keys { get; init; }

    /// <summary>The algorithm that the client registered for its ID tokens. Null means RS256.</summary>
    public SigningAlgorithm? IdTokenAlgorithm { get; init; }

    /// <summary>Facts about the last fetch of the client's metadata document.</summary>
    public DocumentFacts? Document { get; init; }

    /// <summary>The client's access to its registration (RFC 7592). Null when there is none, or when the registration is shared.</summary>
    public OwnRegistration? Registration { get; init; }

    /// <summary>The organization for which the client acts, by its external id. Null when there is none.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>The resources for which an organization's client may get tokens. Null when <see cref="ResourceId"/> decides.</summary>
    public IReadOnlyList<ResourceId>? Audience { get; init; }

    /// <summary>The <c>custom_claims</c> of tokens that the client gets for itself.</summary>
    public IReadOnlyList<CustomClaim>? CustomClaims { get; init; }

    /// <summary>The lifetime of tokens that the client gets for itself. Null means that of the resource.</summary>
    public TimeSpan? TokenLifetime { get; init; }

    /// <summary>The default resource of a request that names none.</summary>
    [JsonIgnore]
    public ResourceId? Home => ResourceId ?? (Audience is [var only] ? only : null);

    /// <summary>Whether it may introspect tokens of its resource (RFC 7662 §2.1).</summary>
    [JsonIgnore]
    public bool IsResourceServer => Origin == ClientOrigin.Operator && Use == ClientUse.ResourceServer && Class != ClientClass.Public;

    public bool MayActAt(ResourceId resource) =>
        Audience is { } audience ? audience.Contains(resource) : ResourceId is null || ResourceId == resource;

    public bool Allows(GrantType grantType) =>
        Allows(grantType.AllowedThrough ?? grantType.Name) && !(grantType.IsForConfidentialClients && Class == ClientClass.Public);

    public bool Allows(string grantType) => GrantTypes.Contains(grantType, StringComparer.Ordinal);
}

internal sealed record CustomClaim(string Key, string Value);

[JsonConverter(typeof(JsonStringEnumConverter<ClientOrigin>))]
internal enum ClientOrigin
{
    Operator,
    Registered,

    /// <summary>The client id is the URL of a metadata document.</summary>
    Document,
}

/// <summary>What a client's credential is for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientUse>))]
internal enum ClientUse
{
    /// <summary>To get tokens.</summary>
    Tokens,

    /// <summary>To ask about tokens of its resource, as the resource server that receives them. It gets none itself.</summary>
    ResourceServer,
}

/// <summary>How a client authenticates at the token endpoint. Basic and post are one class; a method of another class is refused.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientClass>))]
internal enum ClientClass
{
    Public,
    Secret,

    /// <summary><c>private_key_jwt</c> (RFC 7523 §2.2).</summary>
    Key,
}

/// <param name="TokenHash">Hash of the registration access token.</param>
/// <param name="Scope">The registered value. It does not limit the client's scopes.</param>
/// <param name="MadeWith">The initial access token that was used. Null when there was none.</param>
internal sealed record OwnRegistration(byte[] TokenHash, string ApplicationType, string? Scope, InitialAccessTokenId? MadeWith);

/// <param name="FreshUntil">The document is not fetched again before this time.</param>
/// <param name="Fingerprint">Hash over name, redirect URIs and keys; a change is recorded.</param>
internal sealed record DocumentFacts(DateTimeOffset FetchedAt, DateTimeOffset FreshUntil, byte[] Fingerprint);
