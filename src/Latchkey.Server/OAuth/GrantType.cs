namespace Latchkey.Server.OAuth;

/// <summary>
/// A grant type (RFC 6749 §1.3), declared once. The list feeds the allow-lists of registrations and client metadata documents, the check
/// for repeated parameters, the metadata, the <c>unsupported_grant_type</c> error, and the token endpoint (Token/GrantHandlers.cs).
/// </summary>
internal sealed record GrantType(string Name)
{
    public const string AuthorizationCodeName = "authorization_code";
    public const string RefreshTokenName = "refresh_token";
    public const string ClientCredentialsName = "client_credentials";

    public static readonly GrantType AuthorizationCode = new(AuthorizationCodeName)
    {
        Parameters = ["code", "redirect_uri", "code_verifier"],
        IsOpenToRegistration = true,
        NeedsRedirectUris = true,
    };

    /// <summary>A refresh token may be the result of offline_access, so a client with authorization codes may also refresh.</summary>
    public static readonly GrantType RefreshToken = new(RefreshTokenName)
    {
        Parameters = ["refresh_token", "scope"],
        IsOpenToRegistration = true,
        AllowedThrough = AuthorizationCodeName,
    };

    public static readonly GrantType ClientCredentials = new(ClientCredentialsName)
    {
        Parameters = ["scope"],
        IsForConfidentialClients = true,
        IsForApiClients = true,
    };

    /// <summary>In the order of the metadata.</summary>
    public static readonly IReadOnlyList<GrantType> All = [AuthorizationCode, RefreshToken, ClientCredentials];

    /// <summary>The grant types that a client may register for itself (RFC 7591), or list in its metadata document.</summary>
    public static readonly IReadOnlyList<string> OpenToRegistration =
        [.. All.Where(type => type.IsOpenToRegistration).Select(type => type.Name)];

    /// <summary>The parameters besides those of client authentication. None may be repeated (OAuth 2.1 §3.2.2).</summary>
    public IReadOnlyList<string> Parameters { get; init; } = [];

    public bool IsOpenToRegistration { get; init; }

    /// <summary>The grant begins with a redirect, so a client needs redirect URIs and the response type <c>code</c>.</summary>
    public bool NeedsRedirectUris { get; init; }

    /// <summary>The grant type that a client must have to use this one. Null: this one.</summary>
    public string? AllowedThrough { get; init; }

    public bool IsForConfidentialClients { get; init; }

    /// <summary>API clients (<c>skc_…</c>) use it to get management tokens.</summary>
    public bool IsForApiClients { get; init; }

    /// <summary>False keeps the grant type out of <c>grant_types_supported</c>.</summary>
    public bool IsAdvertised { get; init; } = true;

    /// <summary>The grant begins with a redirect, or renews one that did.</summary>
    private bool FollowsRedirect => NeedsRedirectUris || (AllowedThrough is { } first && Find(first) is { NeedsRedirectUris: true });

    /// <summary>The grant types of a client that an operator creates: all that a client of its kind can use.</summary>
    public static IReadOnlyList<string> OfStaticClient(bool hasRedirectUris, bool isPublic) =>
    [
        .. All.Where(type => (hasRedirectUris || !type.FollowsRedirect) && !(isPublic && type.IsForConfidentialClients))
            .Select(type => type.Name),
    ];

    public static GrantType? Find(string name) => All.FirstOrDefault(type => type.Name == name);

    /// <summary>Joins names as a sentence does: <c>a, b or c</c>.</summary>
    public static string Sentence(IReadOnlyList<string> names, string conjunction) =>
        names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} {conjunction} {names[^1]}";
}
