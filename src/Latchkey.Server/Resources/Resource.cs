using System.Text.Json.Serialization;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Resources;

/// <summary>One MCP server that Latchkey issues tokens for.</summary>
/// <param name="Uri">The resource URI as registered; the second value of a token's <c>aud</c>.</param>
/// <param name="RequiresInitialAccessToken">Of the clients that register themselves only those are welcome that did so with an initial access token (RFC 7591 §3).</param>
/// <param name="RefreshTokenLifetime">A refresh token not used for this long is dead.</param>
/// <param name="GrantLifetime">Whatever its use, a grant ends after this long.</param>
internal sealed record Resource(
    ResourceId Id,
    string Name,
    string Uri,
    string? Description,
    string? LogoUri,
    IReadOnlyList<ResourceScope> Scopes,
    TimeSpan AccessTokenLifetime,
    TimeSpan RefreshTokenLifetime,
    TimeSpan GrantLifetime,
    bool AllowsRegistration,
    bool AllowsMetadataDocuments,
    SigningAlgorithm Algorithm,
    TokenIssuerChoice TokenIssuer,
    bool RequiresFreshLogin,
    bool ScopesCanBeUnticked,
    ConnectionId? ConnectionId,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    IReadOnlyList<string>? CimdAllowedHosts = null,
    IReadOnlyList<string>? CimdDeniedHosts = null,
    bool RequiresInitialAccessToken = false)
{
    public const int MaxNameLength = 128;
    public const int MaxTextLength = 512;
    public const int MaxScopes = 200;
    public static readonly TimeSpan DefaultAccessTokenLifetime = TimeSpan.FromMinutes(5);
    public static readonly TimeSpan DefaultRefreshTokenLifetime = TimeSpan.FromDays(30);
    public static readonly TimeSpan DefaultGrantLifetime = TimeSpan.FromDays(365);

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Hosts whose client documents are accepted; empty: every host's.</summary>
    [JsonIgnore]
    public HostList AllowedDocumentHosts { get; } = new(CimdAllowedHosts ?? []);

    /// <summary>Hosts whose client documents are refused, whatever else is said.</summary>
    [JsonIgnore]
    public HostList DeniedDocumentHosts { get; } = new(CimdDeniedHosts ?? []);

    /// <summary>Whether a client whose document lies at this host may come.</summary>
    public bool AcceptsDocumentsOf(string host) =>
        AllowsMetadataDocuments && !DeniedDocumentHosts.Includes(host) && (AllowedDocumentHosts.Count == 0 || AllowedDocumentHosts.Includes(host));

    [JsonIgnore]
    public string CanonicalUri { get; } = ResourceUri.Canonical(Uri) ?? throw new Storage.CorruptRow("resources", Id.Value, "resource URI");

    /// <summary>The scopes a client may ask for: those enabled. Asked for none, it is offered all of them; the person may untick.</summary>
    [JsonIgnore]
    public Scope GrantableScope { get; } = Scope.Of(Scopes.Where(s => s.IsEnabled).Select(s => s.Name));

    public string DescriptionOf(string scope) => Scopes.FirstOrDefault(s => s.Name == scope)?.Description ?? scope;
}

internal sealed record ResourceScope(ScopeId Id, string Name, string Description, bool IsEnabled);

/// <summary>Signature of access tokens. RS256 by default: SDKs in the field accept only that.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SigningAlgorithm>))]
internal enum SigningAlgorithm
{
    RS256,
    ES256,
    PS256,
}

/// <summary>The <c>iss</c> of access tokens: the resource's own issuer, or the environment's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TokenIssuerChoice>))]
internal enum TokenIssuerChoice
{
    [JsonStringEnumMemberName("resource")]
    Resource,

    [JsonStringEnumMemberName("environment")]
    Environment,
}
