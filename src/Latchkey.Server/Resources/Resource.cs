using System.Text.Json.Serialization;
using Latchkey.Server.OAuth;

namespace Latchkey.Server.Resources;

/// <summary>An MCP server that Latchkey issues tokens for.</summary>
/// <param name="Uri">The resource URI as registered. It is the second value of a token's <c>aud</c>.</param>
/// <param name="RequiresInitialAccessToken">Accepts only registered clients that used an initial access token (RFC 7591 §3).</param>
/// <param name="RefreshTokenLifetime">The idle lifetime of a refresh token.</param>
/// <param name="GrantLifetime">The absolute lifetime of a grant.</param>
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

    /// <summary>Hosts whose client metadata documents are accepted. When empty, all hosts.</summary>
    [JsonIgnore]
    public HostList AllowedDocumentHosts { get; } = new(CimdAllowedHosts ?? []);

    /// <summary>Hosts whose client metadata documents are refused, even when they are allowed.</summary>
    [JsonIgnore]
    public HostList DeniedDocumentHosts { get; } = new(CimdDeniedHosts ?? []);

    /// <summary>Returns true when client metadata documents at this host are accepted.</summary>
    public bool AcceptsDocumentsOf(string host) =>
        AllowsMetadataDocuments && !DeniedDocumentHosts.Includes(host) && (AllowedDocumentHosts.Count == 0 || AllowedDocumentHosts.Includes(host));

    [JsonIgnore]
    public string CanonicalUri { get; } = ResourceUri.Canonical(Uri) ?? throw new Storage.CorruptRow("resources", Id.Value, "resource URI");

    /// <summary>The enabled scopes. A request without scopes is offered all of them, and the person may untick some.</summary>
    [JsonIgnore]
    public Scope GrantableScope { get; } = Scope.Of(Scopes.Where(s => s.IsEnabled).Select(s => s.Name));

    public string DescriptionOf(string scope) => Scopes.FirstOrDefault(s => s.Name == scope)?.Description ?? scope;
}

internal sealed record ResourceScope(ScopeId Id, string Name, string Description, bool IsEnabled);

/// <summary>Signature algorithm of access tokens. The default is RS256, because some MCP SDKs accept no other.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<SigningAlgorithm>))]
internal enum SigningAlgorithm
{
    RS256,
    ES256,
    PS256,
}

/// <summary>The <c>iss</c> of access tokens: the resource's own issuer or the environment's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TokenIssuerChoice>))]
internal enum TokenIssuerChoice
{
    [JsonStringEnumMemberName("resource")]
    Resource,

    [JsonStringEnumMemberName("environment")]
    Environment,
}
