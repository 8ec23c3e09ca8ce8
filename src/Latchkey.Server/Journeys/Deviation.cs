namespace Latchkey.Server.Journeys;

/// <summary>
/// Something a client does otherwise than the specifications say, and is served all the same, because programs that people use do it. Recorded on the auth
/// request: whoever writes the client reads what to mend, and whoever runs the server what a stricter one would refuse.
/// </summary>
/// <param name="Code">Stable; listed in docs/wire.md.</param>
/// <param name="Rule">The specification and section it departs from.</param>
/// <param name="Sentence">What the client did and what was made of it.</param>
internal sealed record Deviation(string Code, string Rule, string Sentence)
{
    public const string EventName = "client.deviated";

    public static readonly Deviation ResourceMissing = new(
        "resource_missing", "MCP Authorization, RFC 8707 §2", "The authorization request named no resource; the one of this address, of the client, or the only one there is was taken.");

    public static readonly Deviation ResourceIsOrigin = new(
        "resource_is_origin", "MCP Authorization, RFC 8707 §2", "The resource was the origin of the MCP server, not its address; the server at that origin was taken.");

    public static readonly Deviation ResourceSpelling = new(
        "resource_spelling", "RFC 8707 §2", "The resource was another spelling of the MCP server's address (a slash at the end, upper case in the host, a default port).");

    public static readonly Deviation LocalhostRedirect = new(
        "localhost_redirect", "RFC 8252 §8.3", "The redirect URI names localhost instead of 127.0.0.1 or [::1]; which program answers to that name is up to the device.");

    public static readonly Deviation UnknownScope = new(
        "unknown_scope", "OAuth 2.1 §1.4.1", "Scopes were asked for that this resource does not have; they were left out, and the answer names what was granted.");

    public static readonly Deviation UnknownPrompt = new(
        "unknown_prompt", "OpenID Connect Core §3.1.2.1", "The prompt parameter holds a value that no specification defines; the login page hears it, nothing else is made of it.");

    public static readonly Deviation RefreshNotRegistered = new(
        "refresh_not_registered", "RFC 7591 §2", "The client asked for offline_access and did not register the grant type refresh_token; asking was taken for registering.");

    public static readonly Deviation ResourceMissingAtToken = new(
        "token_resource_missing", "MCP Authorization, RFC 8707 §2.2", "The token request named no resource; the one the code was issued for was taken.");

    public static readonly Deviation OtherSecretMethod = new(
        "other_secret_method", "RFC 7591 §2", "The client sent its secret by Basic where it had registered client_secret_post, or the other way round.");

    public static readonly Deviation EmptySecret = new(
        "empty_secret", "RFC 7591 §2", "A client that has registered none and has no secret sent an empty one by Basic.");

    public static readonly Deviation BearerAtToken = new(
        "bearer_at_token", "RFC 6749 §3.2", "A bearer token came along with the token request; it was not looked at.");

    public static readonly Deviation AssertionAudience = new(
        "assertion_audience", "RFC 7523 §3", "The audience of the client's assertion is an endpoint's address, not the issuer.");

    public static readonly IReadOnlyList<Deviation> All =
    [
        ResourceMissing, ResourceIsOrigin, ResourceSpelling, LocalhostRedirect, UnknownScope, UnknownPrompt, RefreshNotRegistered, ResourceMissingAtToken, OtherSecretMethod,
        EmptySecret, BearerAtToken, AssertionAudience,
    ];

    /// <summary>What stands in the journey; <see cref="In"/> reads it back.</summary>
    public string Detail => $"{Code}: {Sentence} ({Rule})";

    /// <summary>The deviations that a journey tells of, each once.</summary>
    public static IEnumerable<Deviation> In(IReadOnlyList<JourneyEvent> events) => All.Where(d => events.Any(e => e.Name == EventName && e.Detail == d.Detail));
}
