using System.Text.Json.Serialization;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Clients;

/// <summary>An OAuth client (RFC 6749 §2). It belongs to one resource and works only there, or to none: then it is registered at the environment, and the resource decides at authorize.</summary>
internal sealed record Client
{
    public const string AuthorizationCode = "authorization_code";
    public const string RefreshToken = "refresh_token";
    public const string ClientCredentials = "client_credentials";

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
    public IReadOnlyList<string> GrantTypes { get; init; } = [];

    /// <summary>The scopes that a client made by an operator may ask for; null: whatever the resource offers. Registered clients have none.</summary>
    public string? ScopeCap { get; init; }
    public string? ClientUri { get; init; }
    public string? LogoUri { get; init; }
    public IReadOnlyList<ClientSecret> Secrets { get; init; } = [];
    public bool IsEnabled { get; init; } = true;
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>Set on what is left of a deleted registration, which keeps the same metadata from being registered again.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>When it was last used or registered again, to within a day. A registration that is not used expires.</summary>
    [JsonIgnore]
    public DateTimeOffset LastSeenAt { get; init; }

    /// <summary>The client may ask only by pushed requests (RFC 9126 §6).</summary>
    public bool RequiresPush { get; init; }

    /// <summary>Keys with which the client may sign assertions (<c>private_key_jwt</c>); null: it has none.</summary>
    public ClientKeys? Keys { get; init; }

    /// <summary>Of a client that describes itself in a document: what is kept of the fetch.</summary>
    public DocumentFacts? Document { get; init; }

    /// <summary>Of a registration that is its client's own, to read, change and delete (RFC 7592); null: there is none, or many share it.</summary>
    public OwnRegistration? Registration { get; init; }

    /// <summary>The customer's organisation the client acts for, by the company's own id; null: none.</summary>
    public string? OrganizationId { get; init; }

    /// <summary>The resources an organisation's client may get tokens for; null: the client is bound by <see cref="ResourceId"/>.</summary>
    public IReadOnlyList<ResourceId>? Audience { get; init; }

    /// <summary>What the tokens that the client gets for itself say below <c>custom_claims</c>.</summary>
    public IReadOnlyList<CustomClaim>? CustomClaims { get; init; }

    /// <summary>How long the tokens that the client gets for itself live; null: as long as the resource's.</summary>
    public TimeSpan? TokenLifetime { get; init; }

    /// <summary>The resource meant when the client names none.</summary>
    [JsonIgnore]
    public ResourceId? Home => ResourceId ?? (Audience is [var only] ? only : null);

    /// <summary>What stays of a registration that an operator deleted.</summary>
    public static Client Tombstone(ClientId id, DateTimeOffset now) => new()
    {
        Id = id,
        Name = "",
        Origin = ClientOrigin.Registered,
        Class = ClientClass.Public,
        TokenEndpointAuthMethod = "none",
        IsEnabled = false,
        CreatedAt = now,
        UpdatedAt = now,
        DeletedAt = now,
    };

    public bool MayActAt(ResourceId resource) => Audience is { } audience ? audience.Contains(resource) : ResourceId is null || ResourceId == resource;

    public bool Allows(string grantType) => GrantTypes.Contains(grantType, StringComparer.Ordinal);
}

internal sealed record CustomClaim(string Key, string Value);

/// <summary>Kept as a SHA-256 hash; several at once allow rotation without an outage.</summary>
/// <param name="IsActive">An operator may switch a secret off and on again, to find out who still uses it.</param>
internal sealed record ClientSecret(SecretId Id, byte[] Hash, string Suffix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, bool IsActive = true, DateTimeOffset? UpdatedAt = null)
{
    public const int MaxPerClient = 5;

    public static ClientSecret Of(Secret secret, DateTimeOffset now) => new(SecretId.New(), secret.Hash(), secret.Value[^4..], now, ExpiresAt: null);

    public bool IsGood(DateTimeOffset now) => IsActive && !(ExpiresAt <= now);

    /// <summary>The secret that was given, when it is one that is good now.</summary>
    public static ClientSecret? Matching(IReadOnlyList<ClientSecret> secrets, Secret given, DateTimeOffset now)
    {
        var hash = given.Hash();
        return secrets.FirstOrDefault(s => s.IsGood(now) && System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(hash, s.Hash));
    }
}

[JsonConverter(typeof(JsonStringEnumConverter<ClientOrigin>))]
internal enum ClientOrigin
{
    Operator,
    Registered,

    /// <summary>The client id is the URL of its description.</summary>
    Document,
}

/// <summary>How a client proves itself at the token endpoint. Basic and post are one class; crossing classes is refused.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClientClass>))]
internal enum ClientClass
{
    Public,
    Secret,

    /// <summary><c>private_key_jwt</c> (RFC 7523 §2.2).</summary>
    Key,
}

/// <param name="TokenHash">Of the registration access token.</param>
/// <param name="Scope">As the client registered it; it caps nothing.</param>
/// <param name="MadeWith">The initial access token that was used; null: registration was open.</param>
internal sealed record OwnRegistration(byte[] TokenHash, string ApplicationType, string? Scope, InitialAccessTokenId? MadeWith);

/// <param name="FreshUntil">Until then the document is not fetched again.</param>
/// <param name="Fingerprint">Hash over name, redirects and keys: a change of any of them is recorded.</param>
internal sealed record DocumentFacts(DateTimeOffset FetchedAt, DateTimeOffset FreshUntil, byte[] Fingerprint);
