using System.Text.Json.Serialization;

namespace Latchkey.Server.Resources;

/// <summary>An MCP server that Latchkey issues tokens for.</summary>
internal sealed record Resource
{
    public const int MaxNameLength = 128;
    public const int MaxTextLength = 512;
    public const int MaxScopes = 200;

    public required ResourceId Id { get; init; }
    public required string Name { get; init; }

    /// <summary>The resource URI as registered; the second value of a token's <c>aud</c>.</summary>
    public required string Uri
    {
        get;
        init => (field, CanonicalUri) =
            (value, ResourceUri.Canonical(value) ?? throw new Storage.CorruptRow("resources", Id.Value, "resource URI"));
    }

    public string? Description { get; init; }
    public string? LogoUri { get; init; }

    public IReadOnlyList<ResourceScope> Scopes
    {
        get;
        init => (field, GrantableScope) = (value, Scope.Of(value.Where(s => s.IsEnabled).Select(s => s.Name)));
    } = [];

    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A refresh token that is not used for this long expires.</summary>
    public TimeSpan RefreshTokenLifetime { get; init; } = TimeSpan.FromDays(30);

    /// <summary>A grant ends after this long, even when it is used.</summary>
    public TimeSpan GrantLifetime { get; init; } = TimeSpan.FromDays(365);
    public bool AllowsRegistration { get; init; } = true;
    public bool AllowsMetadataDocuments { get; init; } = true;
    public SigningAlgorithm Algorithm { get; init; } = SigningAlgorithm.RS256;
    public TokenIssuerChoice TokenIssuer { get; init; } = TokenIssuerChoice.Resource;
    public bool RequiresFreshLogin { get; init; }
    public bool ScopesCanBeUnticked { get; init; } = true;
    public ConnectionId? ConnectionId { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset UpdatedAt { get; init; }

    public IReadOnlyList<string>? CimdAllowedHosts
    {
        get;
        init => (field, AllowedDocumentHosts) = (value, new(value ?? []));
    }

    public IReadOnlyList<string>? CimdDeniedHosts
    {
        get;
        init => (field, DeniedDocumentHosts) = (value, new(value ?? []));
    }

    /// <summary>Dynamic client registration needs an initial access token (RFC 7591 §3).</summary>
    public bool RequiresInitialAccessToken { get; init; }

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Hosts whose client metadata documents are accepted. When empty, all hosts.</summary>
    [JsonIgnore]
    public HostList AllowedDocumentHosts { get; private init; } = HostList.Empty;

    /// <summary>Hosts whose client metadata documents are refused, even when they are allowed.</summary>
    [JsonIgnore]
    public HostList DeniedDocumentHosts { get; private init; } = HostList.Empty;

    [JsonIgnore]
    public string CanonicalUri { get; private init; } = "";

    /// <summary>The scopes a client may ask for: those enabled. Asked for none, it is offered all of them; the person may untick.</summary>
    [JsonIgnore]
    public Scope GrantableScope { get; private init; } = Scope.Of([]);

    /// <summary>Returns true when client metadata documents at this host are accepted.</summary>
    public bool AcceptsDocumentsOf(string host) =>
        AllowsMetadataDocuments && !DeniedDocumentHosts.Includes(host)
        && (AllowedDocumentHosts.Count == 0 || AllowedDocumentHosts.Includes(host));

    public string DescriptionOf(string scope) => Scopes.FirstOrDefault(s => s.Name == scope)?.Description ?? scope;
}

internal sealed record ResourceScope(ScopeId Id, string Name, string Description, bool IsEnabled);

/// <summary>The <c>iss</c> of access tokens: the resource's own issuer or the environment's.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TokenIssuerChoice>))]
internal enum TokenIssuerChoice
{
    [JsonStringEnumMemberName("resource")]
    Resource,

    [JsonStringEnumMemberName("environment")]
    Environment,
}
