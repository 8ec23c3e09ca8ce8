using System.Text.Json.Serialization;
using Latchkey.Server.Credentials;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using ClientField = Latchkey.Server.Fields.Field<Latchkey.Server.Clients.Client, Latchkey.Server.Clients.ClientContext>;
using Declare = Latchkey.Server.Fields.FieldsOf<Latchkey.Server.Clients.Client, Latchkey.Server.Clients.ClientContext>;

namespace Latchkey.Server.Clients;

/// <summary>The context of the fields of a client.</summary>
/// <param name="Resources">The resources that the client can get tokens for.</param>
/// <param name="SecretUses">The last use of each secret.</param>
internal sealed record ClientContext(IReadOnlyList<Resource> Resources, IReadOnlyDictionary<string, DateTimeOffset> SecretUses)
{
    public static readonly ClientContext None = new([], Credentials.SecretUses.None);

    public IEnumerable<string> RedirectSchemes => Resources.SelectMany(r => r.RedirectSchemes);

    /// <summary>Returns the resource that a text names by its id or its URI.</summary>
    public Resource? Find(string text)
    {
        var canonical = ResourceUri.Canonical(text);
        return Resources.FirstOrDefault(r => r.Id.Value == text || r.CanonicalUri == canonical);
    }
}

/// <summary>The fields of OAuth clients: clients of resources and clients of organizations. Responses show both alike.</summary>
internal static class ClientFields
{
    private const int MaxAudience = 100;
    private const long MaxTokenSeconds = 24 * 3600;
    private const string ResourceServer = "resource_server";
    private const FieldUse NotChanged = FieldUse.All & ~FieldUse.Change;

    private static readonly Client Blank = new()
    {
        Id = default,
        Name = "",
        Origin = ClientOrigin.Operator,
        Class = ClientClass.Secret,
        TokenEndpointAuthMethod = "client_secret_post",
        CreatedAt = default,
        UpdatedAt = default,
    };

    public static readonly ClientField Enabled = Declare.Stored(
        "enabled", FieldKinds.Boolean, c => c.IsEnabled, (c, v) => c with { IsEnabled = v }, "false blocks the client.");

    private static readonly ClientField Id = Declare.Shown("client_id", FieldKinds.Shown, c => c.Id.Value);

    private static readonly ClientField Name = Declare.Stored(
        "name", FieldKinds.Name(Resource.MaxNameLength), c => c.Name, (c, v) => c with { Name = v }, "The name on the consent page.") with
    { IsRequired = true, Example = "\"Acme Assistant\"" };

    private static readonly ClientField Description = Declare.Stored(
        "description", FieldKinds.Text(Resource.MaxTextLength), c => c.Description, (c, v) => c with { Description = v },
        "For the operators of the server.") with
    { Example = "\"The assistant in the sidebar\"" };

    private static readonly ClientField CustomClaims = Declare.Stored(
        "custom_claims",
        CustomClaimFields.List,
        c => c.CustomClaims,
        (c, v) => c with { CustomClaims = v },
        "The members of the claim custom_claims in tokens from client_credentials.") with
    {
        Example = """[{"key":"tier","value":"gold"}]"""
    };

    private static readonly ClientField Expiry = Declare.Stored(
        "expiry",
        FieldKinds.SecondsIfAny(MaxTokenSeconds),
        c => c.TokenLifetime,
        (c, v) => c with { TokenLifetime = v },
        "Lifetime of tokens from client_credentials, in seconds. 0 or absent: the access_token_expiry of the resource.") with
    {
        Example = "900"
    };

    public static readonly FieldTable<Client, ClientContext> Table = new(
        "Client", "An OAuth client that an operator creates for one resource.", Blank, All(
            Declare.Stored("audience", FieldKinds.TextsIfAny(MaxAudience, ResourceUri.MaxLength),
                c => c.Audience?.Select(r => r.Value).ToList(), (c, _) => c,
                "For client_credentials: the audience of its tokens, which is the resource of the client, by its id or its resource_uri.",
                UnknownResource),
            Declare.Stored("redirect_uris", FieldKinds.Texts(Client.MaxRedirectUris, RedirectUri.MaxLength), c => c.RedirectUris,
                (c, v) => c with { RedirectUris = v }, "A client without any uses client_credentials.",
                (uris, at) => EntryErrors.Of(uris, uri => RedirectUri.Validate(uri, at.RedirectSchemes)))
                with
            { Example = """["https://assistant.example.com/callback"]""" },
            Declare.Stored("scopes", Scopes, c => [.. Scope.Parse(c.ScopeCap)],
                (c, v) => c with { ScopeCap = v.Count > 0 ? Scope.Of(v).ToString() : null },
                "The scopes that the client can request, including openid, profile, email and offline_access. Without offline_access it "
                + "gets no refresh token. Empty: all scopes of the resource, and these.",
                (scopes, at) => EntryErrors.OfUnknownScopes(
                    Scope.Of(scopes).Where(s => !at.Resources.Any(r => r.GrantableScope.Contains(s)) && !Scope.IsProtocol(s))))
                with
            { Example = """["notes:read"]""" },
            Declare.Stored("token_endpoint_auth_method",
                FieldKinds.Choice(
                    "must be none, client_secret_post or client_secret_basic", isRequired: false, ("none", "none"),
                    ("client_secret_post", "client_secret_post"), ("client_secret_basic", "client_secret_basic")) with
                {
                    Write = (method, _) => method
                },
                c => c.TokenEndpointAuthMethod,
                (c, v) => c with { TokenEndpointAuthMethod = v, Class = v == "none" ? ClientClass.Public : ClientClass.Secret },
                "How the client authenticates at the token endpoint; a public client has none.") with
            { Use = NotChanged },
            Declare.Stored("require_pushed_authorization_requests", FieldKinds.Boolean, c => c.RequiresPush,
                (c, v) => c with { RequiresPush = v }, "The client must use pushed authorization requests (RFC 9126)."),
            Declare.Stored(UseName, Use, c => c.Use, (c, v) => c with { Use = v },
                "resource_server: the credential of the MCP server itself. Only such a client may introspect tokens of its resource. It "
                + "has a secret and no redirect_uris, and gets no tokens itself.")));

    public static readonly FieldTable<Client, ClientContext> OfOrganization = new(
        "Client", "A client that acts for an organization.", Blank with { Audience = [], ScopeCap = "" }, All(
            Declare.Stored("audience", Audience, c => c.Audience?.Select(r => r.Value).ToList(),
                (c, v, at) => c with { Audience = [.. (v ?? []).Select(t => at.Find(t)!.Id).Distinct()] },
                "The resources that it can get tokens for, each by its id or its resource_uri. Optional if there is only one resource.",
                (texts, at) => texts!.All(t => at.Find(t) is null) ? NeedsAudience : UnknownResource(texts, at)),
            Declare.Shown("redirect_uris", FieldKinds.ShownStrings, c => c.RedirectUris),
            Declare.Stored("scopes", Scopes, c => [.. Scope.Parse(c.ScopeCap)], (c, v) => c with { ScopeCap = Scope.Of(v).ToString() },
                "The scopes that its tokens can have. Empty: none.") with
            { Example = """["notes:read"]""" },
            Declare.Shown("token_endpoint_auth_method", FieldKinds.Shown, c => c.TokenEndpointAuthMethod),
            Declare.Shown("require_pushed_authorization_requests", FieldKinds.ShownBoolean, c => c.RequiresPush),
            Declare.Shown(UseName, FieldKinds.ShownIfAny, c => Use.Write(c.Use, FieldUse.Response)?.GetValue<string>())));

    private const string UseName = "use";

    public const string NeedsAudience = "must name the resources that the client can get tokens for, each by its id or its resource_uri";

    /// <summary>Left out unless it is resource_server.</summary>
    private static FieldKind<ClientUse> Use =>
        FieldKinds.Choice("must be resource_server", isRequired: false, (ResourceServer, ClientUse.ResourceServer)) with
        {
            Write = (use, _) => use == ClientUse.ResourceServer ? ResourceServer : null,
            IsOptional = true,
            ShowsDefault = false,
            Control = new FieldControl.Choice([ResourceServer], IsOptional: true),
        };

    private static FieldKind<IReadOnlyList<string>> Scopes => FieldKinds.Texts(Resource.MaxScopes, Scope.MaxTokenLength);

    private static FieldKind<IReadOnlyList<string>?> Audience => FieldKinds.TextsIfAny(MaxAudience, ResourceUri.MaxLength) with
    {
        Request = _ => FieldKinds.Schema("""{"type":"array","minItems":1,"maxItems":100,"items":{"type":"string","maxLength":512}}"""),
    };

    private static IReadOnlyList<ClientField> All(
        ClientField audience, ClientField redirectUris, ClientField scopes, ClientField method, ClientField push,
        ClientField use) =>
    [
        Id,
        Name,
        Description,
        Declare.Shown("resource_id", FieldKinds.ShownIfAny, c => c.ResourceId?.Value),
        Declare.Shown("organization_id", FieldKinds.ShownIfAny, c => c.OrganizationId),
        audience,
        CustomClaims,
        Expiry,
        redirectUris,
        scopes,
        Declare.Shown("grant_types", FieldKinds.ShownStrings, c => c.GrantTypes),
        method,
        Declare.Shown("secrets", FieldKinds.ShownParts(SecretFields.Table), (c, at) => SecretFields.Write(c.Secrets, at.SecretUses)),
        push,
        use,
        Declare.Shown("is_dcr", FieldKinds.ShownBoolean, c => c.Origin == ClientOrigin.Registered),
        Declare.Shown("is_cimd", FieldKinds.ShownBoolean, c => c.Origin == ClientOrigin.Document),
        Declare.Shown("metadata_uri", FieldKinds.ShownIfAny, c => c.Id.DocumentUrl),
        Enabled,
        Declare.Shown("create_time", FieldKinds.ShownTime, c => c.CreatedAt),
        Declare.Shown("update_time", FieldKinds.ShownTime, c => c.UpdatedAt),
    ];

    /// <summary>Rejects an audience that is not a resource of this server: it would receive tokens of users who
    /// never consented to it.</summary>
    private static string? UnknownResource(IReadOnlyList<string>? texts, ClientContext context) =>
        texts!.LastOrDefault(t => context.Find(t) is null) is { } unknown
            ? $"contains {OAuthError.Printable(unknown)}, which is neither the id nor the resource_uri of a resource"
            : null;
}

/// <summary>A client as responses show it.</summary>
[JsonConverter(typeof(FieldBodyJson<ClientBody>))]
internal sealed class ClientBody(Client client, ClientContext context)
    : FieldBody<Client, ClientContext>(ClientFields.Table, client, context);
