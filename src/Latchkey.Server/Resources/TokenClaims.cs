using System.Text.Json.Serialization;

namespace Latchkey.Server.Resources;

/// <summary>A claim about the person in an access token, with the word of the API. The claim <c>sub</c> is in every token.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TokenClaim>))]
internal enum TokenClaim
{
    [JsonStringEnumMemberName("email")]
    Email,

    [JsonStringEnumMemberName("name")]
    Name,

    [JsonStringEnumMemberName("roles")]
    Roles,

    /// <summary>Reports have no permissions yet, so no token carries this claim.</summary>
    [JsonStringEnumMemberName("permissions")]
    Permissions,

    /// <summary>The claims <c>org_id</c> and <c>oid</c>.</summary>
    [JsonStringEnumMemberName("org_id")]
    OrganizationId,

    [JsonStringEnumMemberName("groups")]
    Groups,

    [JsonStringEnumMemberName("custom_claims")]
    CustomClaims,
}

internal static class TokenClaims
{
    /// <summary>Every claim, in the order of the consent page, with its word.</summary>
    public static readonly IReadOnlyList<(string Word, TokenClaim Claim)> Words =
    [
        ("email", TokenClaim.Email),
        ("name", TokenClaim.Name),
        ("org_id", TokenClaim.OrganizationId),
        ("roles", TokenClaim.Roles),
        ("permissions", TokenClaim.Permissions),
        ("groups", TokenClaim.Groups),
        ("custom_claims", TokenClaim.CustomClaims),
    ];

    /// <summary>All but groups, which can be many and name other parts of the organization.</summary>
    public static readonly IReadOnlyList<TokenClaim> Default =
        [.. Words.Select(w => w.Claim).Where(c => c != TokenClaim.Groups)];

    public static string Write(IReadOnlyList<TokenClaim> claims) =>
        string.Join(' ', Words.Where(w => claims.Contains(w.Claim)).Select(w => w.Word));

    /// <summary>Reads the words that <see cref="Write"/> wrote. Other words are ignored.</summary>
    public static IReadOnlyList<TokenClaim> Parse(string text)
    {
        var words = text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. Words.Where(w => words.Contains(w.Word, StringComparer.Ordinal)).Select(w => w.Claim)];
    }
}
