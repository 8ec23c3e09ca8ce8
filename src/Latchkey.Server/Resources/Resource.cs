using System.Text.Json.Serialization;
using Latchkey.Server.Pages;

namespace Latchkey.Server.Resources;

/// <summary>An MCP server that Latchkey issues tokens for.</summary>
internal sealed record Resource
{
    public const int MaxNameLength = 128;
    public const int MaxTextLength = 512;
    public const int MaxScopes = 500;

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

    /// <summary>Kept for Scalekit's API. Pages show <see cref="Logo"/>: another server must not learn who signs in.</summary>
    public string? LogoUri { get; init; }

    /// <summary>A data URL of an image (<see cref="LogoImage"/>).</summary>
    public string? Logo
    {
        get;
        init => (field, LogoImage) = (value, LogoImage.Of(value));
    }

    /// <summary><c>#</c> and six hexadecimal digits.</summary>
    public string? BrandColor { get; init; }

    /// <summary>An e-mail address or a URL.</summary>
    public string? SupportContact { get; init; }
    public string? PrivacyUri { get; init; }

    public IReadOnlyList<ResourceScope> Scopes
    {
        get;
        init => (field, ScopesByName, GrantableScope, ReadScope) = (
            value,
            value.DistinctBy(s => s.Name).ToDictionary(s => s.Name, StringComparer.Ordinal),
            Scope.Of(value.Where(s => s.IsEnabled).Select(s => s.Name)),
            value.Any(s => s.Access is not null)
                ? Scope.Of(value.Where(s => s is { IsEnabled: true, Access: ScopeAccess.Read }).Select(s => s.Name))
                : null);
    } = [];

    /// <summary>The names of the scopes that a request without a known scope is offered. Null: those with access read.</summary>
    public IReadOnlyList<string>? DefaultScopes { get; init; }

    /// <summary>The claims about the person that access tokens carry.</summary>
    public IReadOnlyList<TokenClaim> TokenClaims { get; init; } = Resources.TokenClaims.Default;

    public TimeSpan AccessTokenLifetime { get; init; } = TimeSpan.FromMinutes(15);

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

    /// <summary>The preset that the consent page chooses at first, where it offers presets.</summary>
    public FirstPreset FirstPreset { get; init; } = FirstPreset.Read;

    /// <summary>Whether a person can choose not to be asked again for the same consent.</summary>
    public bool RemembersConsent { get; init; }

    /// <summary>Whether the consent page asks for one of the person's organisations.</summary>
    public OrganizationSelection OrganizationSelection { get; init; } = OrganizationSelection.None;
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

    /// <summary>Private-use schemes that redirect URIs may have here, besides those of <see cref="RedirectScheme"/>.</summary>
    public IReadOnlyList<string> RedirectSchemes { get; init; } = [];

    [JsonIgnore]
    public long Revision { get; init; }

    /// <summary>Hosts whose client metadata documents are accepted. When empty, all hosts.</summary>
    [JsonIgnore]
    public HostList AllowedDocumentHosts { get; private init; } = HostList.Empty;

    /// <summary>Hosts whose client metadata documents are refused, even when they are allowed.</summary>
    [JsonIgnore]
    public HostList DeniedDocumentHosts { get; private init; } = HostList.Empty;

    /// <summary>The image of <see cref="Logo"/>.</summary>
    [JsonIgnore]
    public LogoImage? LogoImage { get; private init; }

    /// <summary>How the resource looks on its pages.</summary>
    [JsonIgnore]
    public Brand Brand => new(Name)
    {
        LogoPath = LogoImage is { } logo ? $"/logos/{Id}/{logo.FileName}" : null,
        Color = BrandColor,
        SupportContact = SupportContact,
        PrivacyUri = PrivacyUri,
    };

    [JsonIgnore]
    public string CanonicalUri { get; private init; } = "";

    /// <summary>The scopes that a client can request: those enabled.</summary>
    [JsonIgnore]
    public Scope GrantableScope { get; private init; } = Scope.Of([]);

    /// <summary>
    /// The scopes offered to a client that requests none of the resource. Null when neither <see cref="DefaultScopes"/> nor the access of a
    /// scope says which.
    /// </summary>
    [JsonIgnore]
    public Scope? DefaultScope => DefaultScopes is { } names ? GrantableScope.And(Scope.Of(names)) : ReadScope;

    [JsonIgnore]
    private Dictionary<string, ResourceScope> ScopesByName { get; init; } = [];

    /// <summary>The enabled scopes with access read. Null when no scope has an access.</summary>
    [JsonIgnore]
    private Scope? ReadScope { get; init; }

    /// <summary>Whether a person can leave out the scope: on the consent page, and later.</summary>
    public bool CanLeaveOut(string scope) =>
        FindScope(scope) is { } found ? found.IsSensitive || (found.IsOptional ?? ScopesCanBeUnticked) : ScopesCanBeUnticked;

    /// <summary>Returns true when client metadata documents at this host are accepted.</summary>
    public bool AcceptsDocumentsOf(string host) =>
        AllowsMetadataDocuments && !DeniedDocumentHosts.Includes(host)
        && (AllowedDocumentHosts.Count == 0 || AllowedDocumentHosts.Includes(host));

    public string DescriptionOf(string scope) => FindScope(scope)?.Description ?? scope;

    /// <summary>Returns null for a scope that is not of this resource.</summary>
    public ResourceScope? FindScope(string scope) => ScopesByName.GetValueOrDefault(scope);
}

/// <param name="Access">What a client can do with the scope. Null when the operator did not say.</param>
internal sealed record ResourceScope(ScopeId Id, string Name, string Description, bool IsEnabled, ScopeAccess? Access = null)
{
    public const int MaxGroupLength = 64;

    /// <summary>Whether the person can untick the scope. Null when the resource decides for all its scopes.</summary>
    public bool? IsOptional { get; init; }

    /// <summary>The consent page offers the scope apart from the others and unticked.</summary>
    public bool IsSensitive { get; init; }

    /// <summary>The heading above the scope on the consent page.</summary>
    public string? Group { get; init; }
}

/// <summary>The organisations that a grant is for.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<OrganizationSelection>))]
internal enum OrganizationSelection
{
    /// <summary>The page does not ask; tokens name the organisation of the newest report.</summary>
    [JsonStringEnumMemberName("none")]
    None,

    /// <summary>The person chooses one, and the grant ends when the person is no longer in it.</summary>
    [JsonStringEnumMemberName("one")]
    One,
}

/// <summary>A choice of several scopes at once on the consent page; the one that is chosen at first.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<FirstPreset>))]
internal enum FirstPreset
{
    /// <summary>The scopes with access read.</summary>
    [JsonStringEnumMemberName("read")]
    Read,

    /// <summary>The scopes that the client asks for.</summary>
    [JsonStringEnumMemberName("asked")]
    Asked,

    /// <summary>None: the person has to choose before Allow can be pressed.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}

[JsonConverter(typeof(JsonStringEnumConverter<ScopeAccess>))]
internal enum ScopeAccess
{
    [JsonStringEnumMemberName("read")]
    Read,

    [JsonStringEnumMemberName("write")]
    Write,

    [JsonStringEnumMemberName("delete")]
    Delete,
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
