using System.Text.Json;

namespace Latchkey.Server.Login;

/// <summary>What the company's backend said: who signed in, and how.</summary>
internal sealed record LoginReport(UserSnapshot User, LoginFacts Facts);

/// <summary>
/// A person as the company described them. The person is (connection, <see cref="Subject"/>), compared byte for byte, never linked by e-mail.
/// </summary>
internal sealed record UserSnapshot(
    string Subject,
    string Email,
    string? GivenName = null,
    string? FamilyName = null,
    string? Name = null,
    bool? EmailVerified = null,
    string? PhoneNumber = null,
    bool? PhoneNumberVerified = null,
    string? PreferredUsername = null,
    string? Picture = null,
    string? Gender = null,
    string? Locale = null,
    IReadOnlyList<string>? Groups = null,
    IReadOnlyList<string>? Roles = null,
    string? OrganizationId = null,
    string? OrganizationName = null,
    JsonElement? CustomAttributes = null)
{
    /// <summary>The name to show: as reported, put together from its parts, or the e-mail address.</summary>
    public string DisplayName
    {
        get
        {
            if (!string.IsNullOrWhiteSpace(Name))
            {
                return Name;
            }

            var parts = $"{GivenName} {FamilyName}".Trim();
            return parts.Length > 0 ? parts : Email;
        }
    }
}

/// <summary>How this login was done; claims of the tokens that grow from it.</summary>
/// <param name="AuthTime">When the person last proved who they are.</param>
/// <param name="SessionId">The company's own session; the tokens' <c>sid</c>.</param>
internal sealed record LoginFacts(string? Acr = null, IReadOnlyList<string>? Amr = null, DateTimeOffset? AuthTime = null, string? SessionId = null);
