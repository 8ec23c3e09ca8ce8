using System.Text.Json;

namespace Latchkey.Server.LoginRequests;

/// <summary>The content of a report: the user, and facts about the login.</summary>
internal sealed record LoginReport(UserSnapshot User, LoginFacts Facts)
{
    /// <summary>The sorted names of the members that differ. Never their values, which are personal data.</summary>
    public IEnumerable<string> DifferencesTo(LoginReport other) => Members().Except(other.Members(), SameMember.Instance)
        .Concat(other.Members().Except(Members(), SameMember.Instance))
        .Select(m => m.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal);

    private IEnumerable<JsonProperty> Members() =>
        JsonSerializer.SerializeToElement(User, LoginRequestJson.Default.UserSnapshot).EnumerateObject()
            .Concat(JsonSerializer.SerializeToElement(Facts, LoginRequestJson.Default.LoginFacts).EnumerateObject());

    private sealed class SameMember : IEqualityComparer<JsonProperty>
    {
        public static readonly SameMember Instance = new();

        public bool Equals(JsonProperty x, JsonProperty y) => x.Name == y.Name && JsonElement.DeepEquals(x.Value, y.Value);

        public int GetHashCode(JsonProperty obj) => obj.Name.GetHashCode(StringComparison.Ordinal);
    }
}

/// <summary>
/// A user as reported. Identified by connection and <see cref="Subject"/>, compared byte for byte; never linked by e-mail address.
/// </summary>
internal sealed record UserSnapshot
{
    public required string Subject { get; init; }
    public required string Email { get; init; }
    public string? GivenName { get; init; }
    public string? FamilyName { get; init; }
    public string? Name { get; init; }
    public bool? EmailVerified { get; init; }
    public string? PhoneNumber { get; init; }
    public bool? PhoneNumberVerified { get; init; }
    public string? PreferredUsername { get; init; }
    public string? Picture { get; init; }
    public string? Gender { get; init; }
    public string? Locale { get; init; }
    public IReadOnlyList<string>? Groups { get; init; }
    public IReadOnlyList<string>? Roles { get; init; }
    public string? OrganizationId { get; init; }
    public string? OrganizationName { get; init; }

    /// <summary>The organisations that the person can choose from. Null when the report did not list them.</summary>
    public IReadOnlyList<ReportedOrganization>? Organizations { get; init; }
    public JsonElement? CustomAttributes { get; init; }

    /// <summary>Every organisation that the report names.</summary>
    public IReadOnlyList<ReportedOrganization> EveryOrganization =>
        Organizations ?? (OrganizationId is { } id ? [new(id, OrganizationName)] : []);

    /// <summary>The external id of the organisation that the report names without a choice: the only one, or null.</summary>
    public string? OnlyOrganizationId => OrganizationId ?? (Organizations is [var only] ? only.ExternalId : null);

    /// <summary>The name to show: as reported, put together from its parts, or the e-mail address.</summary>
    public string DisplayName => ReportedName ?? Email;

    /// <summary>The name as reported, or put together from its parts. Null when none was reported.</summary>
    public string? ReportedName
    {
        get
        {
            if (!string.IsNullOrWhiteSpace(Name))
            {
                return Name;
            }

            var parts = $"{GivenName} {FamilyName}".Trim();
            return parts.Length > 0 ? parts : null;
        }
    }

    /// <summary>The claim <c>name</c>. The e-mail address stands for a missing name only where it is told as such too.</summary>
    public string? NameClaim(bool tellsEmail) => tellsEmail ? DisplayName : Told(ReportedName, tellsEmail);

    /// <summary>
    /// A member for a reader to whom the e-mail address may not be told. Login pages put the address into several members, so one that
    /// contains it is left out.
    /// </summary>
    public string? Told(string? member, bool tellsEmail) => tellsEmail || !HoldsEmail(member) ? member : null;

    /// <summary>True when <c>sub</c>, which every token has, tells the e-mail address.</summary>
    public bool SubjectHoldsEmail => HoldsEmail(Subject);

    /// <summary>True when a string of the custom attributes, at any depth, contains the text.</summary>
    public bool AttributesHold(string text) => CustomAttributes is { } attributes && Holds(attributes, text.Trim());

    private static bool Holds(JsonElement element, string text) => element.ValueKind switch
    {
        JsonValueKind.String => element.GetString()!.Contains(text, StringComparison.OrdinalIgnoreCase),
        JsonValueKind.Array => element.EnumerateArray().Any(entry => Holds(entry, text)),
        JsonValueKind.Object => element.EnumerateObject().Any(member => Holds(member.Value, text)),
        _ => false,
    };

    private bool HoldsEmail(string? member) =>
        member is not null && Uri.UnescapeDataString(member).Contains(Email.Trim(), StringComparison.OrdinalIgnoreCase);

    /// <summary>The text that operators search for users.</summary>
    public string SearchText => $"{Subject}\n{Email}\n{DisplayName}".ToLowerInvariant();
}

/// <summary>An organisation of the person, as the company knows it.</summary>
/// <param name="ExternalId">The company's id of it. Compared byte for byte.</param>
internal sealed record ReportedOrganization(string ExternalId, string? Name = null)
{
    public const int MaxCount = 200;
    public const int MaxNameLength = 200;

    /// <summary>The name to show.</summary>
    public string DisplayName => string.IsNullOrWhiteSpace(Name) ? ExternalId : Name;
}

/// <summary>How the user signed in; become claims of the tokens.</summary>
/// <param name="AuthTime">When the user last authenticated.</param>
/// <param name="SessionId">The session at the login page; the tokens' <c>sid</c>.</param>
internal sealed record LoginFacts(
    string? Acr = null, IReadOnlyList<string>? Amr = null, DateTimeOffset? AuthTime = null, string? SessionId = null);
