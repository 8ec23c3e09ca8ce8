using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace Latchkey.Sdk;

/// <summary>The user who signed in, as the company knows them. Members that are null are not sent.</summary>
/// <remarks>
/// The names are those of OpenID Connect Core §5.1. A token's user is identified by connection and
/// <see cref="Sub"/>, never by the e-mail address.
/// The members are shown on the consent page or become claims of the tokens, so set only what the MCP server needs.
/// </remarks>
public sealed record LatchkeyUser
{
    /// <summary>
    /// The company's id of this user: at most 255 bytes, compared byte for byte, without control characters, and without one of Latchkey's
    /// id prefixes (<c>m2m_</c>, <c>skc_</c>, …). It must never be reassigned to another user.
    /// </summary>
    public required string Sub { get; init; }

    /// <summary>The user's e-mail address; shown on the consent page.</summary>
    public required string Email { get; init; }

    /// <summary>Whether the company has verified that the address belongs to the user.</summary>
    public bool? EmailVerified { get; init; }

    /// <summary>The full name; shown on the consent page.</summary>
    public string? Name { get; init; }

    /// <summary>The given name or names.</summary>
    public string? GivenName { get; init; }

    /// <summary>The family name or names.</summary>
    public string? FamilyName { get; init; }

    /// <summary>The user name in the app.</summary>
    public string? PreferredUsername { get; init; }

    /// <summary>The telephone number; E.164 is recommended.</summary>
    public string? PhoneNumber { get; init; }

    /// <summary>Whether the company has verified that the number belongs to the user.</summary>
    public bool? PhoneNumberVerified { get; init; }

    /// <summary>The URL of a picture of the user.</summary>
    public string? Picture { get; init; }

    /// <summary>The gender, as the company records it.</summary>
    public string? Gender { get; init; }

    /// <summary>The language tag (BCP 47), for example <c>en-GB</c>.</summary>
    public string? Locale { get; init; }

    /// <summary>The user's groups.</summary>
    public IReadOnlyList<string>? Groups { get; init; }

    /// <summary>The user's roles; the token's <c>roles</c>.</summary>
    public IReadOnlyList<string>? Roles { get; init; }

    /// <summary>The company's id of the user's organisation (tenant); the token's <c>org_id</c>.</summary>
    public string? OrganizationExternalId { get; init; }

    /// <summary>The organisation's name, at most 200 characters; shown on the consent page.</summary>
    public string? OrganizationExternalName { get; init; }

    /// <summary>
    /// The organisations (tenants) of the user, at most 200. The user chooses one on the consent page if the resource asks for it
    /// (<c>organization_selection</c>), and it becomes the token's <c>org_id</c>. A grant ends when a later report does not list its
    /// organisation.
    /// </summary>
    public IReadOnlyList<LatchkeyOrganization>? Organizations { get; init; }

    /// <summary>Further attributes as a JSON object; the token's <c>custom_claims</c>. They are never top-level claims.</summary>
    public JsonObject? CustomAttributes { get; init; }

    /// <summary>The authentication context class of the sign-in: one of <see cref="LoginRequest.AcrValues"/> or the company's own value
    /// (OpenID Connect Core §2).</summary>
    public string? Acr { get; init; }

    /// <summary>The authentication methods of the sign-in, for example <c>["pwd", "otp"]</c> (RFC 8176).</summary>
    public IReadOnlyList<string>? Amr { get; init; }

    /// <summary>The time at which the user last authenticated. Sent as seconds since 1970 (OpenID Connect Core §2).</summary>
    [JsonConverter(typeof(UnixSecondsConverter))]
    public DateTimeOffset? AuthTime { get; init; }

    /// <summary>The id of the company's session; the tokens' <c>sid</c>.</summary>
    [JsonPropertyName("sid")]
    public string? SessionId { get; init; }
}
