namespace Latchkey.Server.SignIns;

/// <summary>
/// A deviation from the specifications that is accepted, because clients in use depend on it. Recorded in the sign-in log: it shows the
/// client's developers what to fix, and operators what a stricter server would refuse.
/// </summary>
/// <param name="Code">Stable; listed in docs/wire.md.</param>
/// <param name="Rule">The specification and section that the client deviates from.</param>
/// <param name="Sentence">What the client did and how it was handled.</param>
internal sealed record ClientQuirk(string Code, string Rule, string Sentence)
{
    public const string EventName = "client.deviated";

    /// <summary>The name of the fact that has the code.</summary>
    public const string FactName = "deviation";

    public static readonly ClientQuirk ResourceMissing = new(
        "resource_missing", "MCP Authorization, RFC 8707 §2",
        "The authorization request has no resource parameter. The resource of the issuer or of the client was used, "
        + "or the only one that exists.");

    public static readonly ClientQuirk ResourceIsOrigin = new(
        "resource_is_origin", "MCP Authorization, RFC 8707 §2",
        "The resource parameter is the origin of the MCP server, not its URI. The server at that origin was used.");

    public static readonly ClientQuirk ResourceSpelling = new(
        "resource_spelling", "RFC 8707 §2",
        "The resource parameter is another spelling of the MCP server's URI (a trailing slash, upper case in the host, a default port).");

    public static readonly ClientQuirk LocalhostRedirect = new(
        "localhost_redirect", "RFC 8252 §8.3",
        "The redirect URI uses localhost instead of 127.0.0.1 or [::1]. The device decides where that name resolves to.");

    public static readonly ClientQuirk UnknownScope = new(
        "unknown_scope", "OAuth 2.1 §1.4.1",
        "The client requested scopes that this resource does not have. They were dropped, and the response names the granted ones.");

    public static readonly ClientQuirk UnknownPrompt = new(
        "unknown_prompt", "OpenID Connect Core §3.1.2.1",
        "The prompt parameter has a value that no specification defines. It is passed to the login page and has no other effect.");

    public static readonly ClientQuirk RefreshNotRegistered = new(
        "refresh_not_registered", "RFC 7591 §2",
        "The client requested offline_access without having registered the grant type refresh_token. It was treated as registered.");

    public static readonly ClientQuirk ResourceMissingAtToken = new(
        "token_resource_missing", "MCP Authorization, RFC 8707 §2.2",
        "The token request has no resource parameter. The resource of the code was used.");

    public static readonly ClientQuirk OtherSecretMethod = new(
        "other_secret_method", "RFC 7591 §2",
        "The client sent its secret with HTTP Basic although it registered client_secret_post, or vice versa.");

    public static readonly ClientQuirk EmptySecret = new(
        "empty_secret", "RFC 7591 §2", "A public client (token_endpoint_auth_method none) sent an empty secret with HTTP Basic.");

    public static readonly ClientQuirk BearerAtToken = new(
        "bearer_at_token", "RFC 6749 §3.2", "The token request has a bearer token in its Authorization header. It was ignored.");

    public static readonly ClientQuirk AssertionAudience = new(
        "assertion_audience", "RFC 7523 §3", "The audience of the client assertion is the URL of an endpoint, not the issuer.");

    public static readonly IReadOnlyList<ClientQuirk> All =
    [
        ResourceMissing, ResourceIsOrigin, ResourceSpelling, LocalhostRedirect, UnknownScope, UnknownPrompt, RefreshNotRegistered,
        ResourceMissingAtToken, OtherSecretMethod, EmptySecret, BearerAtToken, AssertionAudience,
    ];

    /// <summary>The text of its event.</summary>
    public string Detail => $"{Code}: {Sentence} ({Rule})";

    /// <summary>What is recorded: the code alone.</summary>
    public IReadOnlyList<Fact> Facts => [Fact.Seen(FactName, Code)];

    /// <summary>The deviation that an event reports. Earlier versions stored the sentence.</summary>
    public static ClientQuirk? Of(SignInEvent happened) => happened.Name != EventName ? null
        : All.FirstOrDefault(d => happened.Facts.Any(f => f.Name switch
        {
            FactName => f.Value == d.Code,
            RecordedFacts.Detail => f.Value.StartsWith(d.Code + ':', StringComparison.Ordinal),
            _ => false,
        }));

    /// <summary>The deviations that the events of a sign-in report, each once.</summary>
    public static IEnumerable<ClientQuirk> In(IReadOnlyList<SignInEvent> events) =>
        events.Select(Of).OfType<ClientQuirk>().Distinct().OrderBy(d => All.Index().First(i => i.Item == d).Index);
}
