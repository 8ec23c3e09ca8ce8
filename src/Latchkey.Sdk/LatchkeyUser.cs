using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>The person who signed in, as the company knows them. What is null is not sent.</summary>
/// <remarks>
/// The names are those of OpenID Connect Core §5.1. The person a token speaks for is (connection, <see cref="Sub"/>): never linked by e-mail.
/// Everything set here is shown on the consent page or carried by the tokens, so set what the MCP server needs and no more.
/// </remarks>
public sealed record LatchkeyUser
{
    /// <summary>
    /// The company's own id of this person: at most 255 bytes, compared byte for byte, never given to somebody else later, no control characters,
    /// and not beginning with one of Latchkey's id prefixes (<c>m2m_</c>, <c>skc_</c>, …).
    /// </summary>
    public required string Sub { get; init; }

    /// <summary>The person's e-mail address; shown on the consent page.</summary>
    public required string Email { get; init; }

    /// <summary>Whether the company knows the address to be theirs.</summary>
    public bool? EmailVerified { get; init; }

    /// <summary>The full name; shown on the consent page.</summary>
    public string? Name { get; init; }

    /// <summary>First name or names.</summary>
    public string? GivenName { get; init; }

    /// <summary>Last name or names.</summary>
    public string? FamilyName { get; init; }

    /// <summary>The short name the person goes by in the app.</summary>
    public string? PreferredUsername { get; init; }

    /// <summary>Telephone number, E.164 recommended.</summary>
    public string? PhoneNumber { get; init; }

    /// <summary>Whether the company knows the number to be theirs.</summary>
    public bool? PhoneNumberVerified { get; init; }

    /// <summary>URL of a picture of the person.</summary>
    public string? Picture { get; init; }

    /// <summary>Gender, in the company's words.</summary>
    public string? Gender { get; init; }

    /// <summary>Language tag (BCP 47), for example <c>en-GB</c>.</summary>
    public string? Locale { get; init; }

    /// <summary>Groups the person is in.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>Roles the person has; the token's <c>roles</c>.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>The company's id of the organisation (tenant) the person acts in; the token's <c>org_id</c>.</summary>
    public string? OrganizationExternalId { get; init; }

    /// <summary>The organisation's name, at most 200 characters; shown on the consent page.</summary>
    public string? OrganizationExternalName { get; init; }

    /// <summary>Anything else, as a JSON object; the token's <c>custom_claims</c>. Never reaches the top level of a token.</summary>
    public JsonObject? CustomAttributes { get; init; }

    /// <summary>How strong the sign-in was: a value of <see cref="LoginRequest.AcrValues"/>, or the company's own (OpenID Connect Core §2).</summary>
    public string? Acr { get; init; }

    /// <summary>How the person proved who they are, for example <c>["pwd", "otp"]</c> (RFC 8176).</summary>
    public IReadOnlyList<string>? Amr { get; init; }

    /// <summary>When the person last typed a password, touched a key, or the like. On the wire seconds since 1970 (OpenID Connect Core §2).</summary>
    [JsonConverter(typeof(UnixSecondsConverter))]
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>The company's own session; becomes the tokens' <c>sid</c>.</summary>
    [JsonPropertyName("sid")]
    public string? SessionId { get; init; }
}
