using System.Text.Json;
using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Credentials;
using Latchkey.Server.Management.Access;
using Latchkey.Server.Management.Audit;
using Latchkey.Server.Management.InitialAccessTokens;
using Latchkey.Server.Management.Server;
using Latchkey.Server.Management.Setup;
using Latchkey.Server.Management.Webhooks;
using Latchkey.Server.Network;
using Latchkey.Server.Resources;
using Latchkey.Server.WebhookEndpoints;
using Latchkey.Server.Webhooks;

namespace Latchkey.Server.Management;

/// <summary>One example of each response body, all of one company, with every member set. They are objects of the response types.</summary>
internal static class Samples
{
    public const string BaseUrl = "https://auth.example.com";
    public const string Resource = "res_0BzTq5Yw3XoKcV8mN1rPdA";
    public const string Connection = "conn_7KfWm2Xs9QyLbU4tR6vHeC";
    public const string Client = "m2m_3NdPz8Gk5VwEaJ1xS7yTqB";
    public const string ApiClient = "skc_5RhUc9Bn2MxFgL6wZ4jYoD";
    public const string LoginRequest = "lri_1VbQe4Jt8SzHkN5mX3uWrF";
    public const string Authorization = "req_8XcSd6Lv1TaKfP9nY2wZgG";
    public const string Grant = "grt_2WnRf7Mu4UbJhQ8oV5xAiE";
    public const string Consent = "usrcnst_4YpTg1Nw7VcLjR3sB8zCkH";
    public const string Secret = "sec_6ZqUh3Ox9WdMkS2tC5aDlJ";
    public const string InitialAccessToken = "iat_9ArVj5Py2XeNmT7uD4bEnK";
    public const string Webhook = "wh_1FwAo9Tc2BkSrX5yH7gIsP";
    public const string Delivery = "whd_3GxBp1Ud4ClTsY6zJ8hKtQ";
    public const string Event = "evt_5HyCq3Ve6DmUtZ7aK9iLuR";
    public const string Organization = "acme";
    public const string Person = "ada";
    public const string Reference = "8XcSd-6Lv1T";

    private const string ResourceUri = "https://mcp.example.com/mcp";
    private const string PlainSecret = "lks_shown-this-once";

    private static readonly DateTimeOffset Made = new(2026, 1, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Changed = Made.AddDays(30);
    private static readonly DateTimeOffset Used = Made.AddDays(31).AddMinutes(-30);

    private static readonly ConnectionContext AtConnection = new(BaseUrl);
    private static readonly Connection StoredConnection =
        ConnectionFields.Table.Sample(AtConnection) with { Id = new(Connection), CreatedAt = Made, UpdatedAt = Changed };
    private static readonly ResourceContext AtResource = new(BaseUrl, _ => StoredConnection);

    private static readonly ClientSecret StoredSecret = new(new(Secret), [], "once", Made, Changed.AddYears(1), UpdatedAt: Changed);
    private static readonly ClientSecret FreshStoredSecret = new(new(Secret), [], "once", Made, ExpiresAt: null);
    private static readonly Dictionary<string, DateTimeOffset> Uses = new(StringComparer.Ordinal) { [Secret] = Used };
    private static readonly ClientContext AtClient = new([ResourceBody.Entity], Uses);

    public static ConnectionBody ConnectionBody => new(StoredConnection, AtConnection);

    public static ResourceBody ResourceBody
    {
        get
        {
            var sample = ResourceFields.Table.Sample(AtResource);
            var scopes = sample.Scopes.Zip(
                ["scp_1CtXk4Qz7YgPoU2vE9dFpL", "scp_3DuYm6Ra8ZhQpV5wF1eGqM"], (scope, id) => scope with { Id = new(id) });
            return new(
                sample with
                {
                    Id = new(Resource),
                    ConnectionId = new(Connection),
                    Scopes = [.. scopes],
                    CreatedAt = Made,
                    UpdatedAt = Changed
                },
                AtResource);
        }
    }

    public static SecretBody SecretBody => new(StoredSecret, Uses);

    public static SecretBody InactiveSecret => new(StoredSecret with { IsActive = false }, Uses);

    public static ClientBody ClientBody => new(
        ClientFields.Table.Sample(AtClient) with
        {
            Id = new(Client),
            ResourceId = new(Resource),
            GrantTypes = GrantType.OfStaticClient(hasRedirectUris: true, isPublic: false),
            Secrets = [StoredSecret],
            CreatedAt = Made,
            UpdatedAt = Changed,
        },
        AtClient);

    public static ClientBody BlockedClientBody => Of(ClientBody.Entity with { IsEnabled = false });

    public static ClientBody OrganizationClientBody => Of(ClientBody.Entity with
    {
        Name = "Nightly export",
        Description = "Their warehouse",
        ResourceId = null,
        OrganizationId = Organization,
        Audience = [new(Resource)],
        RedirectUris = [],
        GrantTypes = GrantType.OfStaticClient(hasRedirectUris: false, isPublic: false),
    });

    public static ClientBody DocumentClientBody => Of(ClientBody.Entity with
    {
        Id = new("https://client.example/oauth.json"),
        Name = "Inspector",
        Description = null,
        Origin = ClientOrigin.Document,
        ResourceId = null,
        CustomClaims = null,
        TokenLifetime = null,
        RedirectUris = ["https://client.example/callback"],
        GrantTypes = GrantType.OpenToRegistration,
        TokenEndpointAuthMethod = "none",
        Secrets = [],
    });

    /// <summary>With the addresses from which it was used.</summary>
    public static ApiClientBody SeenApiClientBody => new(ApiClientBody.Entity, new(Uses, [new("192.0.2.7", Made)]));

    public static ApiClientBody ApiClientBody => new(
        ApiClientFields.Table.Sample(ApiClientContext.None) with
        {
            Id = new(ApiClient),
            ConnectionIds = [new(Connection)],
            Secrets = [StoredSecret],
            CreatedAt = Made,
            UpdatedAt = Changed,
        },
        new(Uses, SeenFrom: null));

    public static ApiClientResponse MadeApiClient =>
        new(new(ApiClientBody.Entity with { Secrets = [FreshStoredSecret] }, ApiClientContext.None), PlainSecret);

    public static ClientResponse Fresh(ClientBody client) =>
        new(new(client.Entity with { Secrets = [FreshStoredSecret] }, ClientContext.None), PlainSecret);

    public static SecretResponse MadeSecret => new(FreshSecret, PlainSecret);

    public static InitialAccessTokenBody InitialAccessTokenBody =>
        new(InitialAccessToken, Resource, "Partner", MaxUses: 5, Uses: 2, Made, Made.AddDays(1));

    public static ConsentBody ConsentBody => new(
        new(
            new(Consent), new(Connection), Person, new(Client), new(Resource), Scope.Of(["notes:read"]), Made, "ada@acme.example")
        {
            Remembered = new()
            {
                RedirectHost = "assistant.example.com",
                Offered = "notes:read",
                Granted = "notes:read",
                Claims = "sub",
                Told = "",
                At = Made,
            },
        },
        "Acme Assistant");

    public static ConsentedUserBody ConsentedUser => new(Consent, Person, ["notes:read"]);

    public static GrantBody GrantBody => new()
    {
        Id = Grant,
        ExternalUserId = Person,
        Email = "ada@acme.example",
        ClientId = Client,
        ClientName = "Acme Assistant",
        ResourceId = Resource,
        ConnectionId = Connection,
        AuthRequestId = Authorization,
        Scopes = ["notes:read"],
        Refreshable = true,
        CreateTime = Made,
        ExpireTime = Made.AddYears(1),
        EndTime = Changed,
    };

    public static UserBody UserBody => new(Person, "ada@acme.example", "Ada Lovelace", Organization, Changed, RevokeTime: null);

    public static AuthRequestBody ListedAuthRequest => new()
    {
        Id = Authorization,
        Reference = Reference,
        Outcome = "stopped",
        Purpose = "authorization",
        StoppedAt = "token",
        Cause = new(
            "verifier_wrong", "token", "It could not prove that it is the one who asked.",
            "The code verifier does not fit the code challenge.",
            ["client_vendor"], "Ask the vendor of the client.",
            new(
                "redirect_uri", "https://assistant.example.com/cb/", "https://assistant.example.com/cb", "has more at the end: /")),
        Facts =
        [
            new("sent", "redirect_uri", "https://assistant.example.com/cb/"),
            new("expected", "redirect_uri", "https://assistant.example.com/cb"),
        ],
        Stage = "exchanged",
        LoginRequestId = LoginRequest,
        ConnectionId = Connection,
        ResourceId = Resource,
        ClientId = Client,
        Subject = Person,
        GrantId = Grant,
        ClientName = "Acme Assistant",
        ClientFamily = "other",
        VouchedFor = false,
        RedirectHost = "assistant.example.com",
        Email = "ada@acme.example",
        Network = "203.0.113.0/24",
        UserAgent = "Mozilla/5.0",
        Tolerated = true,
        CreateTime = Made,
        UpdateTime = Changed,
        DueTime = Changed,
    };

    public static AuthRequestBody AuthRequestBody => ListedAuthRequest with
    {
        Deviations = ["resource_is_origin"],
        Journey =
        [
            new(Made, "authorize.accepted", "Acme Assistant asks for notes:read at Notes.", LoginRequest),
            new(
                Made.AddSeconds(9), "login.reported", $"{ApiClient} reported {Person}.", LoginRequest, Cause: "verifier_wrong", ApiClient,
                [new("seen", "subject", Person)]),
        ],
    };

    public static UnattributedEventBody UnattributedEvent => new(
        Reference, Made, Made.AddSeconds(9), 3, "203.0.113.0/24",
        new(
            "server_unknown", "find", "It asked for the metadata of a server that is not here.",
            "The address names no resource of this server.",
            ["mcp_server"], "Publish the address of the resource."),
        [new("sent", "path", "/resources/res_1")]);

    public static LoginDetailsResponse LoginDetails => new()
    {
        LoginRequestId = LoginRequest,
        AuthRequestId = Authorization,
        Purpose = "authorization",
        Stage = "awaiting_login",
        Client = new(Client, "Acme Assistant", "assistant.example.com", "assistant.example.com", VouchedFor: true),
        Resource = new(Resource, "Notes", ResourceUri),
        Scopes = [new("notes:read", "Read your notes")],
        OrganizationSelection = OrganizationSelection.One,
        Prompt = "login",
        MaxAge = 300,
        AcrValues = "urn:acme:mfa",
        LoginHint = "ada@acme.example",
        UiLocales = "en de",
        CreateTime = Made,
        ExpireTime = Made.AddMinutes(10),
    };

    public static ReportResponse Report => new(
        $"{Authorization}.proof-for-that-browser",
        $"{BaseUrl}/sso/v1/connections/{Connection}/partner:callback?state=its-state"
        + $"&auth_request_id={Authorization}.proof-for-that-browser");

    public static RejectResponse Reject => new($"{BaseUrl}/sso/v1/connections/{Connection}/partner:callback?state=its-state");

    public static WebhookBody WebhookBody => new(WebhookEndpointFields.Table.Sample(new(AllowsPrivate: false)) with
    {
        Id = new(Webhook),
        DisabledReason = "Every delivery has failed since 2026-01-02 09:30Z. It answered 500; 2xx is expected.",
        Secrets = [new(new(Secret), "key_1", Made, Changed)],
        CreatedBy = ApiClient,
        CreatedAt = Made,
        UpdatedAt = Changed,
    });

    public static WebhookResponse MadeWebhook => new(
        new(WebhookBody.Entity with { DisabledReason = null, Secrets = [new(new(Secret), "key_1", Made)] }),
        "whsec_c2hvd24gdGhpcyBvbmNl");

    public static WebhookResponse RotatedWebhook => new(
        new(WebhookBody.Entity with
        {
            DisabledReason = null,
            Secrets =
            [
                new(new("sec_7JzDr4Wf8EnVuA9bL1kMvS"), "key_1", Changed),
                new(new(Secret), "key_1", Made, Changed + WebhookSecret.Overlap),
            ],
        }),
        "whsec_c2hvd24gdGhpcyBvbmNl");

    public static DeliveryBody DeliveryBody => new()
    {
        Id = Delivery,
        EventId = Event,
        EventType = "grant.created",
        State = DeliveryState.Pending,
        Attempts = 1,
        CreateTime = Made,
        AttemptTime = Made.AddSeconds(1),
        NextAttemptTime = Made.AddSeconds(6),
        Duration = 21,
        ResponseStatus = 500,
        ResponseBody = "Internal Server Error",
        Failure = "It answered 500; 2xx is expected.",
        Payload = $$$"""{"id":"{{{Event}}}","type":"grant.created","timestamp":"2026-01-02T09:30:00Z","data":{"sub":"ada"}}""",
    };

    public static KeyListResponse Keys =>
        new([new("key_1", "RS256", "current", Made, Changed), new("key_2", "RS256", "next", Changed, Changed)]);

    public static KeyRotatedResponse Rotated => new("RS256", "key_1", "key_2");

    public static SettingsResponse Settings => SettingsResponse.Of(new Settings
    {
        BaseUrl = BaseUrl,
        Listen = ["http://0.0.0.0:5480"],
        Storage = "postgres:Host=db",
        BootstrapApiClientId = ApiClient,
        BootstrapOperatorEmail = "ops@example.com",
        KnownNetworks = NetworkList.Of(["192.0.2.0/24"]),
        TrustedProxies = NetworkList.Of(["10.0.0.0/8"]),
    });

    public static HealthResponse Health => new("ok", "0.1.0", "postgres", ConfigurationVersion: 42, Resources: 1, Connections: 1, Changed);

    public static AuditListResponse Audit => new(
        new(42, Hash("b5")),
        "41",
        [new(
            42, "aud_7EvZn8Sb1AjRqW4xG6fHrN", Changed, ApiClient, "resource.changed", Resource,
            JsonElement.Parse("""{"description":{"from":null,"to":"Notes of the whole team"}}"""), Hash("b5"))]);

    private static SecretBody FreshSecret => new(FreshStoredSecret, SecretUses.None);

    private static ClientBody Of(Latchkey.Server.Clients.Client client) => new(client, AtClient);

    private static string Hash(string twoDigits) => string.Concat(Enumerable.Repeat(twoDigits, 32));

    public static PlanResponse AppliedPlan => new(
        new string('0', 64), [new("create", $"resource {ResourceUri}", ["name: \"Notes\""])], Unlisted: 0, Applied: true, [Integration]);

    public static SetupResponse Setup => new(
        Integration, ApiClient, PlainSecret, [new("create", $"resource {ResourceUri}", ["name: \"Notes\""])],
        [$"The connection {Connection} is disabled: nobody can sign in until it is enabled."]);

    private static IntegrationBody Integration => new()
    {
        BaseUrl = BaseUrl,
        ResourceId = Resource,
        ResourceUri = ResourceUri,
        Issuer = $"{BaseUrl}/resources/{Resource}",
        Audience = ResourceUri,
        ProtectedMetadataUri = $"{BaseUrl}/.well-known/oauth-protected-resource/{Resource}",
        JwksUri = $"{BaseUrl}/keys",
        ConnectionId = Connection,
        LoginUrl = "https://app.example.com/login",
        UserPostUrl = $"{BaseUrl}/api/v1/connections/{Connection}/auth-requests/{{{{login_request_id}}}}/user",
        RedirectUrl = $"{BaseUrl}/sso/v1/connections/{Connection}/partner:callback",
        LoginClientIds = [ApiClient],
    };
}
