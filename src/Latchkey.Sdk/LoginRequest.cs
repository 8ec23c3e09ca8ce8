using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>One visit to the company's login page: who asks, for what, and how fresh the sign-in must be.</summary>
/// <remarks><c>GET {base}/api/v1/connections/{conn}/auth-requests/{lri}</c>.</remarks>
public sealed record LoginRequest
{
    /// <summary>Id of the login request, <c>lri_…</c>.</summary>
    [JsonPropertyName("login_request_id")]
    public required string Id { get; init; }

    /// <summary>The auth request it belongs to, <c>req_…</c>: what to search for in Latchkey's journeys.</summary>
    public string? AuthRequestId { get; init; }

    /// <summary>
    /// Where it stands: <c>awaiting_login</c>, <c>awaiting_return</c> (reported, the browser has not gone back), <c>refused</c> (rejected, the same),
    /// <c>awaiting_consent</c>, <c>awaiting_exchange</c>, <c>exchanged</c>, <c>ended</c>.
    /// </summary>
    public string? Stage { get; init; }

    /// <summary>The MCP client that asks. Name it on the page: it is how the person tells a login they started from one somebody sent them.</summary>
    public required LoginRequestClient Client { get; init; }

    /// <summary>The MCP server it wants to reach.</summary>
    public required LoginRequestResource Resource { get; init; }

    /// <summary>What it wants to be allowed, in the order shown at consent.</summary>
    public IReadOnlyList<LoginRequestScope> Scopes { get; init; } = [];

    /// <summary>The client's <c>prompt</c> as sent: space-separated words, for example <c>login</c> (OpenID Connect Core §3.1.2.1); null: none.</summary>
    public string? Prompt { get; init; }

    /// <summary>How old the last sign-in may be; null: no matter. On the wire seconds (<c>max_age</c>, OpenID Connect Core §3.1.2.1).</summary>
    [JsonConverter(typeof(SecondsConverter))]
    public TimeSpan? MaxAge { get; init; }

    /// <summary>Strengths of sign-in the client would like, the best first, space-separated; null: none named.</summary>
    public string? AcrValues { get; init; }

    /// <summary>Who the client thinks is signing in; prefill the form with it, never trust it.</summary>
    public string? LoginHint { get; init; }

    /// <summary>Languages the person reads, best first, space-separated BCP 47 tags; null: unknown.</summary>
    public string? UiLocales { get; init; }

    /// <summary>When the person was sent here.</summary>
    [JsonPropertyName("create_time")]
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>Until when the report must have arrived.</summary>
    [JsonPropertyName("expire_time")]
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether a report, or the repetition of one, is still welcome.</summary>
    /// <param name="now">The present, from the app's own clock.</param>
    /// <returns>Null: report away. Else what a report would be refused with.</returns>
    public LatchkeyFailure? WhyOver(DateTimeOffset now) =>
        Stage is not (null or "awaiting_login" or "awaiting_return") ? LatchkeyFailure.LoginRequestAnswered
        : now >= ExpiresAt ? LatchkeyFailure.LoginRequestExpired
        : null;

    /// <summary>
    /// Whether a sign-in of that time is fresh enough for this request. False: ask for the password again before reporting,
    /// and report the new time as <see cref="LatchkeyUser.AuthTime"/>.
    /// </summary>
    /// <param name="authTime">When the person last proved who they are.</param>
    /// <param name="now">The present, from the app's own clock.</param>
    /// <returns>True when neither <c>prompt=login</c> nor <c>max_age</c> asks for a newer sign-in.</returns>
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

/// <summary>The MCP client behind a login request.</summary>
public sealed record LoginRequestClient
{
    /// <summary>The client id: <c>m2m_…</c>, or the https URL of its metadata document.</summary>
    [JsonPropertyName("client_id")]
    public required string Id { get; init; }

    /// <summary>What it calls itself. Its own claim unless <see cref="VouchedFor"/>; null when the name is one nobody should read.</summary>
    public string? Name { get; init; }

    /// <summary>The host that stands behind it, or words that say that it runs on the person's device.</summary>
    public string? Host { get; init; }

    /// <summary>Whether an operator or the catalogue knows this client. False: show the host beside the name.</summary>
    public bool VouchedFor { get; init; }
}

/// <summary>The MCP server behind a login request.</summary>
public sealed record LoginRequestResource
{
    /// <summary>Id, <c>res_…</c>.</summary>
    public required string Id { get; init; }

    /// <summary>Its name, for people.</summary>
    public required string Name { get; init; }

    /// <summary>Its address (RFC 8707).</summary>
    [JsonPropertyName("resource_uri")]
    public string? Uri { get; init; }
}

/// <summary>One permission that is asked for.</summary>
public sealed record LoginRequestScope
{
    /// <summary>The scope as clients send it, for example <c>notes:read</c>.</summary>
    public required string Name { get; init; }

    /// <summary>What it allows, in words for the person.</summary>
    public string? Description { get; init; }
}
