using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>A login request: what it is for, the client that asks, the resource and scopes it asks for, and the requirements on the
/// sign-in.</summary>
/// <remarks><c>GET {base}/api/v1/connections/{conn}/auth-requests/{lri}</c>.</remarks>
public sealed record LoginRequest
{
    /// <summary>The id of the login request, <c>lri_…</c>.</summary>
    [JsonPropertyName("login_request_id")]
    public required string Id { get; init; }

    /// <summary>The id of its auth request, <c>req_…</c>, by which its events are found in Latchkey.</summary>
    public string? AuthRequestId { get; init; }

    /// <summary>
    /// The stage: <c>awaiting_login</c>, <c>awaiting_return</c> (reported, the browser has not returned), <c>refused</c> (rejected, the
    /// browser has not returned), <c>awaiting_consent</c>, <c>awaiting_exchange</c>, <c>exchanged</c>, <c>expired</c>, <c>ended</c>.
    /// </summary>
    public string? Stage { get; init; }

    /// <summary>
    /// What the login request is for: <c>authorization</c>, a client that asks for access, or <c>test</c>, an operator who tries the login
    /// page from the dashboard. Say it on the page. A login request with another purpose than <c>authorization</c> has no client.
    /// </summary>
    public string Purpose { get; init; } = "authorization";

    /// <summary>The MCP client that asks. Name it on the page, so that the user can recognize a login that
    /// the user did not start. Null if no client asks (<see cref="Purpose"/>).</summary>
    public LoginRequestClient? Client { get; init; }

    /// <summary>The MCP server that the client asks access to. Null if no client asks (<see cref="Purpose"/>).</summary>
    public LoginRequestResource? Resource { get; init; }

    /// <summary>The requested scopes, in the order of the consent page.</summary>
    public IReadOnlyList<LoginRequestScope> Scopes { get; init; } = [];

    /// <summary>
    /// <c>one</c>: report <see cref="LatchkeyUser.Organizations"/>, of which the user chooses one on the consent page.
    /// Otherwise <c>none</c>.
    /// </summary>
    public string? OrganizationSelection { get; init; }

    /// <summary>The client's <c>prompt</c> as sent: space-separated words, for example <c>login</c> (OpenID Connect
    /// Core §3.1.2.1), or null.</summary>
    public string? Prompt { get; init; }

    /// <summary>The maximum age of the sign-in, or null for any age. Sent in seconds (<c>max_age</c>,
    /// OpenID Connect Core §3.1.2.1).</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>The requested authentication context classes, in order of preference, space-separated, or null.</summary>
    public string? AcrValues { get; init; }

    /// <summary>The client's hint about the user. Use it to prefill the form; do not trust it.</summary>
    public string? LoginHint { get; init; }

    /// <summary>The user's languages as BCP 47 tags, in order of preference, space-separated, or null.</summary>
    public string? UiLocales { get; init; }

    /// <summary>The time at which the browser was sent to the login page.</summary>
    [JsonPropertyName("create_time")]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The time by which the report must have reached Latchkey.</summary>
    [JsonPropertyName("expire_time")]
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Tells whether a report, or a repeated report, is still accepted.</summary>
    /// <param name="now">The current time.</param>
    /// <returns>Null if a report is accepted; otherwise the failure that a report would get.</returns>
    public LatchkeyFailure? WhyOver(DateTimeOffset now) =>
        Stage switch
        {
            null or "awaiting_login" => now >= ExpiresAt ? LatchkeyFailure.LoginRequestExpired : null,

            // The same user may be reported again; the server says when their time is over.
            "awaiting_return" or "awaiting_consent" => null,
            "expired" => LatchkeyFailure.LoginRequestExpired,
            _ => LatchkeyFailure.LoginRequestAnswered,
        };

    /// <summary>
    /// Tells whether a sign-in at that time is recent enough for this request. If not, ask for the password again before the report,
    /// and report the new time as <see cref="LatchkeyUser.AuthTime"/>.
    /// </summary>
    /// <param name="authTime">The time at which the user last authenticated.</param>
    /// <param name="now">The current time.</param>
    /// <returns>True if neither <c>prompt=login</c> nor <c>max_age</c> requires a newer sign-in.</returns>
    public bool IsSatisfiedBy(DateTimeOffset authTime, DateTimeOffset now)
    {
        var asksForLogin = Prompt?.Split(' ').Contains("login", StringComparer.Ordinal) == true;
        if (asksForLogin && authTime < CreatedAt)
        {
            return false;
        }

        return MaxAge is not { } maxAge || now - authTime <= maxAge;
    }
}

/// <summary>The MCP client of a login request.</summary>
public sealed record LoginRequestClient
{
    /// <summary>The client id: <c>m2m_…</c>, or the https URL of its metadata document.</summary>
    [JsonPropertyName("client_id")]
    public required string Id { get; init; }

    /// <summary>The name that the client gives itself, unverified unless <see cref="VouchedFor"/>. Null if Latchkey withholds it.</summary>
    public string? Name { get; init; }

    /// <summary>The host of the client, or a text for a client that runs on the user's device.</summary>
    public string? Host { get; init; }

    /// <summary>Whether the operator or the catalogue of known clients vouches for this client.
    /// If not, show the host beside the name.</summary>
    public bool VouchedFor { get; init; }
}

/// <summary>The MCP server of a login request.</summary>
public sealed record LoginRequestResource
{
    /// <summary>The id, <c>res_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The name that is shown to users.</summary>
    public required string Name { get; init; }

    /// <summary>The resource URI (RFC 8707).</summary>
    [JsonPropertyName("resource_uri")]
    public string? Uri { get; init; }
}

/// <summary>A requested scope.</summary>
public sealed record LoginRequestScope
{
    /// <summary>The scope as clients send it, for example <c>notes:read</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The description that is shown to users.</summary>
    public string? Description { get; init; }
}
