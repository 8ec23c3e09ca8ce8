using System.Text;
using System.Text.Json;
using Latchkey.Server.LoginRequests;

namespace Latchkey.Server.Login;

/// <summary>The body of a report: a user, or <c>login_failed</c>.</summary>
internal abstract record ReportBody
{
    private ReportBody() { }

    /// <param name="Ignored">Unknown members; they are recorded.</param>
    public sealed record Person(LoginReport Report, IReadOnlyList<string> Ignored) : ReportBody;

    public sealed record LoginFailed : ReportBody;

    public sealed record Invalid(Problem Problem) : ReportBody;

    private const int MaxTextLength = 512;
    private const int MaxEntries = 200;
    private const int MaxSubjectBytes = 255;
    private const int MaxCustomAttributesLength = 16 * 1024;

    private static readonly string[] OwnPrefixes =
    [
        ClientId.Prefix, ApiClientId.Prefix, ResourceId.Prefix, ConnectionId.Prefix, LoginRequestId.Prefix, AuthorizationId.Prefix,
        GrantId.Prefix, ConsentId.Prefix, TokenId.Prefix, ScopeId.Prefix, SecretId.Prefix, AuditId.Prefix, InitialAccessTokenId.Prefix,
    ];

    /// <summary>Parses a report (docs/wire.md). Names are also accepted in lowerCamelCase, as protobuf writes them in JSON.</summary>
    public static ReportBody Parse(JsonBody body)
    {
        var fields = new Fields(body);
        if (fields.YesNo("login_failed") == true)
        {
            return body.ValidateKnown() is { } wrong ? new Invalid(wrong) : new LoginFailed();
        }

        var user = User(fields);
        var facts = Facts(fields);
        return body.ValidateKnown() is { } problem ? new Invalid(problem) : new Person(new LoginReport(user, facts), [.. body.Unknown]);
    }

    /// <summary>Parses the body of <c>users:update</c>: the members that describe the user.</summary>
    public static ReportBody ParseUser(JsonBody body)
    {
        var user = User(new Fields(body) { RefusesUnknown = true });
        return body.Validate() is { } problem ? new Invalid(problem) : new Person(new LoginReport(user, new LoginFacts()), []);
    }

    /// <summary>Must not look like an id of Latchkey, which a token's <c>sub</c> can also contain.</summary>
    public static string? ValidateSubject(string subject) =>
        subject.Length == 0 ? "is required"
        : Encoding.UTF8.GetByteCount(subject) > MaxSubjectBytes ? "may have at most 255 bytes"
        : subject.Any(char.IsControl) ? "must not contain control characters"
        : OwnPrefixes.FirstOrDefault(p => subject.StartsWith(p, StringComparison.Ordinal)) is { } prefix
            ? $"must not begin with {prefix}, a prefix of Latchkey's own ids"
        : null;

    private static UserSnapshot User(Fields fields)
    {
        var subject = fields.Text("sub", required: true) ?? "";
        if (subject.Length > 0 && ValidateSubject(subject) is { } what)
        {
            fields.Wrong("sub", what);
        }

        var email = fields.Text("email", required: true) ?? "";
        if (email.Length > 0 && !EmailAddress.IsOne(email))
        {
            fields.Wrong("email", "must be an e-mail address");
        }

        var custom = fields.Object("custom_attributes");
        if (custom?.GetRawText().Length > MaxCustomAttributesLength)
        {
            fields.Wrong("custom_attributes", "may have at most 16 KiB");
        }

        return new()
        {
            Subject = subject,
            Email = email,
            GivenName = fields.Text("given_name"),
            FamilyName = fields.Text("family_name"),
            Name = fields.Text("name"),
            EmailVerified = fields.YesNo("email_verified"),
            PhoneNumber = fields.Text("phone_number"),
            PhoneNumberVerified = fields.YesNo("phone_number_verified"),
            PreferredUsername = fields.Text("preferred_username"),
            Picture = fields.Text("picture"),
            Gender = fields.Text("gender"),
            Locale = fields.Text("locale"),
            Groups = fields.Texts("groups"),
            Roles = fields.Texts("roles"),
            OrganizationId = fields.Text("organization_external_id"),
            OrganizationName = fields.Text("organization_external_name", ReportedOrganization.MaxNameLength),
            Organizations = Organizations(fields),
            CustomAttributes = custom,
        };
    }

    /// <summary>Each entry is <c>{"external_id","name"}</c>; further members are for later versions.</summary>
    private static List<ReportedOrganization>? Organizations(Fields fields)
    {
        if (fields.Array("organizations") is not { } array)
        {
            return null;
        }

        var organizations = new List<ReportedOrganization>();
        foreach (var element in array.EnumerateArray())
        {
            var entry = JsonBody.Of(element);
            var members = new Fields(entry);
            var organization = new ReportedOrganization(
                members.Text("external_id", required: true) ?? "", members.Text("name", ReportedOrganization.MaxNameLength));
            var problem = fields.RefusesUnknown ? entry.Validate() : entry.ValidateKnown();
            if ((problem?.Detail.TrimEnd('.') ?? ErrorOf(organization, organizations)) is { } what)
            {
                fields.Wrong("organizations", what);
                return null;
            }

            organizations.Add(organization);
        }

        if (organizations.Count > ReportedOrganization.MaxCount)
        {
            fields.Wrong("organizations", $"may have at most {ReportedOrganization.MaxCount} entries");
        }

        return organizations;
    }

    private static string? ErrorOf(ReportedOrganization organization, List<ReportedOrganization> earlier) =>
        organization.ExternalId.Length == 0 ? "has an entry with an empty external_id"
        : organization.ExternalId.Any(char.IsControl) ? "has an external_id with control characters"
        : earlier.Exists(o => o.ExternalId == organization.ExternalId) ? "has an external_id twice"
        : null;

    private static LoginFacts Facts(Fields fields) => new(
        fields.Text("acr"),
        fields.Texts("amr"),
        fields.Time("auth_time"),
        fields.Text("sid"));

    /// <summary>Reads each member by its name in snake_case or lowerCamelCase.</summary>
    private sealed class Fields(JsonBody body)
    {
        /// <summary>Unknown members of entries are errors.</summary>
        public bool RefusesUnknown { get; init; }

        public string? Text(string name, int maxLength = MaxTextLength, bool required = false) =>
            body.Text(NameOf(name), maxLength, required);

        public bool? YesNo(string name) => body.YesNo(NameOf(name));

        /// <summary>Seconds since 1970, as in the claim of that name, or RFC 3339, as everywhere else in the API.</summary>
        public DateTimeOffset? Time(string name) => body.Time(NameOf(name));

        public IReadOnlyList<string>? Texts(string name) => body.Texts(NameOf(name), MaxEntries, MaxTextLength);

        public JsonElement? Array(string name) => body.Element(NameOf(name), JsonValueKind.Array, "must be an array");

        public JsonElement? Object(string name) => body.Element(NameOf(name), JsonValueKind.Object, "must be a JSON object");

        public void Wrong(string name, string what) => body.Wrong(NameOf(name), what);

        private string NameOf(string snake)
        {
            var camel = JsonNamingPolicy.CamelCase.ConvertName(
                string.Concat(snake.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..])));
            return camel != snake && body.Has(camel) && !body.Has(snake) ? camel : snake;
        }
    }
}
