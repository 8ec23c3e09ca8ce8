using System.Text.Json.Serialization;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Pages;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.Resources.Resource, Latchkey.Server.Resources.ResourceContext>;

namespace Latchkey.Server.Resources;

/// <summary>The context of the fields of a resource.</summary>
internal sealed record ResourceContext(string BaseUrl, Func<ConnectionId, Connection?> FindConnection)
{
    public Connection? ConnectionOf(Resource resource) => resource.ConnectionId is { } id ? FindConnection(id) : null;
}

/// <summary>The fields of a resource. To add one: a member of <see cref="Resource"/>, a line here, and the code that uses it.</summary>
internal static class ResourceFields
{
    private const long MaxLifetimeSeconds = 10L * 365 * 24 * 3600;

    /// <summary>One pixel.</summary>
    private const string LogoExample = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
        + "awAAAABJRU5ErkJggg==";

    public static readonly FieldTable<Resource, ResourceContext> Table = new(
        "Resource",
        "An MCP server that Latchkey issues tokens for.",
        new() { Id = default, Name = "", Uri = "https://unset.invalid", CreatedAt = default, UpdatedAt = default },
        [
            Declare.Shown("id", FieldKinds.Shown, r => r.Id.Value),
            Declare.Stored("resource_type", ResourceType, _ => "MCP_SERVER", (r, _) => r, "MCP_SERVER is the only type.")
                with { Use = FieldUse.Create | FieldUse.File | FieldUse.Response, Example = "\"MCP_SERVER\"" },
            Declare.Stored("name", FieldKinds.Name(Resource.MaxNameLength), r => r.Name, (r, v) => r with { Name = v },
                "The name on the consent page.") with { IsRequired = true, Example = "\"Notes\"" },
            Declare.Stored("resource_uri", FieldKinds.Required(ResourceUri.MaxLength), r => r.Uri, (r, v) => r with { Uri = v },
                "The URI that clients connect to and send as resource (RFC 8707). It must not be on Latchkey's own origin.", UriError)
                with { IsRequired = true, Example = "\"https://mcp.example.com/mcp\"" },
            Declare.Stored("description", FieldKinds.Text(Resource.MaxTextLength), r => r.Description,
                (r, v) => r with { Description = v }, "For the operators of the server.") with { Example = "\"Notes of the whole team\"" },
            Declare.Stored("logo_uri", FieldKinds.Text(Resource.MaxTextLength, isEmptyNull: true), r => r.LogoUri,
                (r, v) => r with { LogoUri = v },
                "Kept for Scalekit's API and not shown, because the other server would learn who signs in. Pages show logo.",
                (uri, _) => WebUrl.IsOne(uri!) ? null : "must be an http or https URL")
                with { Example = "\"https://app.example.com/logo.png\"" },
            Declare.Stored("logo", FieldKinds.Text(LogoImage.MaxLength, isEmptyNull: true), r => r.Logo, (r, v) => r with { Logo = v },
                "The logo on the pages of this resource, as a data URL of a PNG, JPEG or WebP image of at most 32 KiB and 1024 pixels on "
                + "each side. SVG is refused, because it can contain script.", (logo, _) => LogoImage.Validate(logo!))
                with
            { Example = $"\"{LogoExample}\"" },
            Declare.Stored("brand_color", FieldKinds.Text(7, "^(#[0-9A-Fa-f]{6})?$", isEmptyNull: true), r => r.BrandColor,
                (r, v) => r with { BrandColor = v?.ToLowerInvariant() },
                "The colour of buttons and links on the pages of this resource, such as #1f5fd0. It is made darker or lighter where text "
                + "could not be read.", (color, _) => BrandColor.IsOne(color!) ? null : "must be # and six hexadecimal digits")
                with { Example = "\"#7a2e8e\"" },
            Declare.Stored("support_contact", FieldKinds.Text(Resource.MaxTextLength, isEmptyNull: true), r => r.SupportContact,
                (r, v) => r with { SupportContact = v }, "Whom users ask for help: an e-mail address or a URL.", SupportError)
                with { Example = "\"help@acme.example\"" },
            Declare.Stored("privacy_uri", FieldKinds.Text(Resource.MaxTextLength, isEmptyNull: true), r => r.PrivacyUri,
                (r, v) => r with { PrivacyUri = v }, "Your privacy notice, linked on the pages of this resource.",
                (uri, _) => WebUrl.IsOne(uri!) ? null : "must be an http or https URL")
                with { Example = "\"https://acme.example/privacy\"" },
            Declare.Stored("scopes", ScopeFields.List, r => r.Scopes, WithScopes,
                "The scopes that clients can request: strings or objects. A scope that is listed again keeps its id, and every other "
                + "member that is not given. A scope that is not listed is deleted, also from default_scopes.")
                with
                {
                    Example = """[{"name":"notes:read","description":"Read your notes","access":"read"},"""
                        + """{"name":"notes:write","description":"Change your notes","access":"write"}]"""
                },
            DefaultScopes,
            Declare.Stored("token_claims",
                FieldKinds.Choices(
                    $"must name each at most once, of {string.Join(", ", TokenClaims.Words.Select(w => w.Word))}", TokenClaims.Words),
                r => r.TokenClaims, (r, v) => r with { TokenClaims = v },
                "The claims about the person that access tokens carry. The consent page names them.")
                with { Example = """["email","name","org_id"]""" },
            Declare.Stored("access_token_expiry", FieldKinds.Seconds(24 * 3600), r => r.AccessTokenLifetime,
                (r, v) => r with { AccessTokenLifetime = v }, "Lifetime of an access token, in seconds."),
            Declare.Stored("refresh_token_expiry", FieldKinds.Seconds(MaxLifetimeSeconds), r => r.RefreshTokenLifetime,
                (r, v) => r with { RefreshTokenLifetime = v },
                "Idle lifetime of a refresh token, in seconds: an unused token expires after this time."),
            Declare.Stored("grant_expiry", FieldKinds.Seconds(MaxLifetimeSeconds), r => r.GrantLifetime,
                (r, v) => r with { GrantLifetime = v }, "Absolute lifetime of a grant, in seconds."),
            Declare.Stored("disable_dynamic_client_registration", FieldKinds.Boolean, r => !r.AllowsRegistration,
                (r, v) => r with { AllowsRegistration = !v }, "true refuses dynamic client registration (RFC 7591)."),
            Declare.Stored("enable_cimd", FieldKinds.Boolean, r => r.AllowsMetadataDocuments,
                (r, v) => r with { AllowsMetadataDocuments = v }, "true accepts client ID metadata documents."),
            Declare.Stored("cimd_allowed_hosts", Hosts, r => r.CimdAllowedHosts ?? [], (r, v) => r with { CimdAllowedHosts = v },
                "Hosts whose metadata documents are accepted. Empty: all hosts.", HostsError),
            Declare.Stored("cimd_denied_hosts", Hosts, r => r.CimdDeniedHosts ?? [], (r, v) => r with { CimdDeniedHosts = v },
                "Hosts whose metadata documents are refused, even if they are in cimd_allowed_hosts.", HostsError)
                with { Example = """["*.untrusted.example"]""" },
            Declare.Stored("redirect_schemes", FieldKinds.Texts(RedirectScheme.MaxPerResource, RedirectScheme.MaxLength),
                r => r.RedirectSchemes, (r, v) => r with { RedirectSchemes = v },
                "Private-use schemes that redirect URIs may have, besides those with a dot and those of well-known MCP clients.",
                SchemesError)
                with { Example = """["acme-assistant"]""" },
            Declare.Stored("require_initial_access_token", FieldKinds.Boolean, r => r.RequiresInitialAccessToken,
                (r, v) => r with { RequiresInitialAccessToken = v },
                "true requires an initial access token for dynamic client registration."),
            Declare.Stored("signing_algorithm",
                FieldKinds.Choice(
                    "must be one of RS256, ES256, PS256",
                    isRequired: false,
                    [.. Enum.GetValues<SigningAlgorithm>().Select(a => (a.ToString(), a))]),
                r => r.Algorithm, (r, v) => r with { Algorithm = v }, "Signature algorithm of access tokens."),
            Declare.Stored("token_issuer",
                FieldKinds.Choice(
                    "must be one of resource, environment", isRequired: false, ("resource", TokenIssuerChoice.Resource),
                    ("environment", TokenIssuerChoice.Environment)),
                r => r.TokenIssuer, (r, v) => r with { TokenIssuer = v }, "The iss of access tokens: {base}/resources/{id}, or {base}."),
            Declare.Stored("require_fresh_login", FieldKinds.Boolean, r => r.RequiresFreshLogin,
                (r, v) => r with { RequiresFreshLogin = v },
                "true requires that reports satisfy max_age, prompt=login and acr_values if the client sends them."),
            Declare.Stored("scopes_can_be_unticked", FieldKinds.Boolean, r => r.ScopesCanBeUnticked,
                (r, v) => r with { ScopesCanBeUnticked = v },
                "true lets the user consent to a part of the requested scopes. A scope with optional decides for itself."),
            Declare.Stored("first_preset",
                FieldKinds.Choice(
                    "must be one of read, asked, none", isRequired: false, ("read", FirstPreset.Read), ("asked", FirstPreset.Asked),
                    ("none", FirstPreset.None)),
                r => r.FirstPreset, (r, v) => r with { FirstPreset = v },
                "What the consent page chooses at first, where it offers presets: only the scopes with access read, everything that the "
                + "client asks for, or nothing. It offers them for four scopes or more, if only some of them read."),
            Declare.Stored("remember_consent", FieldKinds.Boolean, r => r.RemembersConsent,
                (r, v) => r with { RemembersConsent = v },
                "true lets the user choose not to be asked again for the same consent. It is asked all the same for a client on the user's "
                + "device, after any change, with state_only, and when a page of another site began the sign-in."),
            Declare.Stored("organization_selection",
                FieldKinds.Choice(
                    "must be one of none, one", isRequired: false, ("none", OrganizationSelection.None),
                    ("one", OrganizationSelection.One)),
                r => r.OrganizationSelection, (r, v) => r with { OrganizationSelection = v },
                "one asks the user for one of the reported organizations. It becomes org_id, and the grant ends when the newest report "
                + "does not list it any more."),
            Declare.Stored("connection_id", FieldKinds.Text(64, "^(conn_[0-9A-Za-z]{22})?$", isEmptyNull: true),
                r => r.ConnectionId?.Value, (r, v) => r with { ConnectionId = v is null ? null : new ConnectionId(v) },
                "An existing connection. A user has the same sub at all resources of a connection.", ConnectionError)
                with { Use = FieldUse.Input | FieldUse.Response },
            Declare.Stored("custom_connection_settings", LoginUrlSettings, _ => null, (r, _) => r,
                "The login URL of the connection, in the form of Scalekit's API.")
                with { Use = FieldUse.Change, Example = """{"authorize_uri":"https://app.example.com/login"}""" },
            Declare.Shown("connection_details", FieldKinds.ShownPart(ConnectionFields.Table),
                (r, at) => at.ConnectionOf(r) is { } connection ? ConnectionFields.Table.Write(connection, new(at.BaseUrl)) : null),
            Declare.Shown("issuer", FieldKinds.Shown, (r, at) => Issuer.Of(at.BaseUrl, r.Id).Value),
            Declare.Shown("protected_metadata_uri", FieldKinds.Shown,
                (r, at) => $"{at.BaseUrl}/.well-known/oauth-protected-resource/{r.Id}"),
            Declare.Shown("create_time", FieldKinds.ShownTime, r => r.CreatedAt),
            Declare.Shown("update_time", FieldKinds.ShownTime, r => r.UpdatedAt),
        ]);

    /// <summary>The names are checked against the scopes of the same body, if it has valid ones.</summary>
    private static Field<Resource, ResourceContext> DefaultScopes
    {
        get
        {
            var stored = Declare.Stored(
                "default_scopes", FieldKinds.TextsIfAny(Resource.MaxScopes, Scope.MaxTokenLength), r => r.DefaultScopes,
                (r, v) => r with { DefaultScopes = v is null ? null : [.. Scope.Of(v)] },
                "The names of the scopes that are offered when a client requests none of the resource. Absent or null: the scopes with "
                + "access read, or, if no scope has an access, all of them unticked. Empty: none.")
                with
            { Example = """["notes:read"]""" };
            return stored with
            {
                Reading = (body, resource, blank, nullLeaves, context) =>
                {
                    var read = stored.Reading(body, resource, blank, nullLeaves, context);
                    if (!body.Has("default_scopes") || body.IsWrong("default_scopes") || body.IsWrong("scopes")
                        || EntryErrors.OfUnknownScopes(
                            (read.DefaultScopes ?? []).Where(name => read.Scopes.All(s => s.Name != name))) is not { } what)
                    {
                        return read;
                    }

                    body.Wrong("default_scopes", what);
                    return resource;
                },
            };
        }
    }

    private static Resource WithScopes(Resource resource, IReadOnlyList<ResourceScope> scopes) => resource with
    {
        Scopes = scopes,
        DefaultScopes = resource.DefaultScopes is { } names ? [.. names.Where(name => scopes.Any(s => s.Name == name))] : null,
    };

    private static FieldKind<string> ResourceType =>
        FieldKinds.Choice("must be MCP_SERVER", isRequired: false, ("MCP_SERVER", "MCP_SERVER")) with { ShowsDefault = false };

    private static FieldKind<IReadOnlyList<string>> Hosts => FieldKinds.Texts(HostList.MaxEntries, HostList.MaxLength);

    /// <summary><c>{"authorize_uri":"…"}</c>: the login URL is a field of the connection, so the value is for
    /// <see cref="LoginUrlOf"/>.</summary>
    private static FieldKind<string?> LoginUrlSettings => new(
        (body, name, _) => LoginUrlOf(body, name) is { } url ? new(url) : null,
        (_, _) => null,
        _ => FieldKinds.Schema(
            """{"type":["object","null"],"additionalProperties":false,"required":["authorize_uri"],"properties":"""
            + """{"authorize_uri":{"type":"string","maxLength":512}}}"""),
        "{}");

    public static Resource New(DateTimeOffset now) => Table.Blank with { Id = ResourceId.New(), CreatedAt = now, UpdatedAt = now };

    /// <summary>Returns the login URL that a PATCH sets in the form of Scalekit's API, or null.</summary>
    public static string? LoginUrlOf(JsonBody body, string name = "custom_connection_settings")
    {
        if (body.Element(name, System.Text.Json.JsonValueKind.Object, "must be an object") is not { } element)
        {
            return null;
        }

        var custom = JsonBody.Of(element);
        var url = custom.Text("authorize_uri", Connection.MaxUrlLength, required: true);
        if (custom.Validate() is { } problem)
        {
            body.Wrong(name, problem.Detail.TrimEnd('.'));
        }
        else if (Connection.ValidateLoginUrl(url!) is { } what)
        {
            body.Wrong(name, $"authorize_uri {what}");
        }

        return url;
    }

    /// <summary>Rejects this server's own origin, so that a user token cannot have the audience of the management API.</summary>
    private static string? UriError(string uri, ResourceContext context) => ResourceUri.Canonical(uri) is not { } canonical
        ? "must be the absolute URI of the MCP server, without fragment or user information"
        : ResourceUri.Origin(canonical) == ResourceUri.Canonical(context.BaseUrl) ? "must not be on Latchkey's own origin" : null;

    private static string? HostsError(IReadOnlyList<string> hosts, ResourceContext context) =>
        EntryErrors.Of(hosts, host => HostList.ValidateEntry(host) is { } what ? $"an entry {what}" : null);

    private static string? SchemesError(IReadOnlyList<string> schemes, ResourceContext context) =>
        EntryErrors.Of(schemes, scheme => RedirectScheme.ValidateEntry(scheme) is { } what ? $"an entry {what}" : null);

    private static string? SupportError(string? contact, ResourceContext context) =>
        WebUrl.IsOne(contact!) || EmailAddress.IsOne(contact!) ? null : "must be an e-mail address, or an http or https URL";

    private static string? ConnectionError(string? text, ResourceContext context) =>
        ConnectionId.Parse(text!) is { } id && context.FindConnection(id) is not null ? null : Problem.NotFound("connection", text!).Detail;
}

/// <summary>A resource as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<ResourceBody>))]
internal sealed class ResourceBody(Resource resource, ResourceContext context)
    : FieldBody<Resource, ResourceContext>(ResourceFields.Table, resource, context);
