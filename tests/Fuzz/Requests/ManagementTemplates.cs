using Latchkey.Server.ApiClients;
using Latchkey.Server.Clients;
using Latchkey.Server.Connections;
using Latchkey.Server.Fields;
using Latchkey.Server.Resources;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.WebhookEndpoints;

namespace Fuzz.Requests;

/// <summary>The requests of operators to the management API.</summary>
internal static class ManagementTemplates
{
    public static IReadOnlyList<RequestTemplate> All { get; } =
    [
        Of("create a resource", "POST /api/v1/resources", _ => RequestDraft.OfJson("POST", "/api/v1/resources", NewResource()), 201),
        Of("list resources", "GET /api/v1/resources", _ => Listing("/api/v1/resources"), 200),
        Of("read a resource", "GET /api/v1/resources/{resource}", m => new("GET", $"/api/v1/resources/{m.Company.ResourceId}"), 200),
        Of(
            "change a resource", "PATCH /api/v1/resources/{resource}",
            m => RequestDraft.OfJson("PATCH", $"/api/v1/resources/{m.SpareResource}", ChangedResource(m)), 200),
        Of("delete a resource", "DELETE /api/v1/resources/{resource}", m => new("DELETE", $"/api/v1/resources/{m.DoomedResource}"), 200),
        Of(
            "ensure a connection", "POST /api/v1/resources/{resource}/connections",
            m => RequestDraft.OfJson("POST", $"/api/v1/resources/{m.SpareResource}/connections", ChangedConnection()), 200),
        Of("list connections", "GET /api/v1/connections", _ => Listing("/api/v1/connections"), 200),
        Of(
            "read a connection", "GET /api/v1/connections/{connection}", m => new("GET", $"/api/v1/connections/{m.Company.ConnectionId}"),
            200),
        Of(
            "change a connection", "PATCH /api/v1/connections/{connection}",
            m => RequestDraft.OfJson("PATCH", $"/api/v1/connections/{m.SpareConnection}", ChangedConnection()), 200),
        Of(
            "delete a connection", "DELETE /api/v1/connections/{connection}",
            m => new("DELETE", $"/api/v1/connections/{m.Company.ConnectionId}"), 409),
        Of(
            "create a client", "POST /api/v1/resources/{resource}/clients",
            m => RequestDraft.OfJson("POST", $"/api/v1/resources/{m.SpareResource}/clients", ResourceClient(FieldUse.Create)), 201),
        Of(
            "list clients", "GET /api/v1/resources/{resource}/clients", m => new("GET", $"/api/v1/resources/{m.SpareResource}/clients"),
            200),
        Of(
            "read a client", "GET /api/v1/resources/{resource}/clients/{client}",
            m => new("GET", $"/api/v1/resources/{m.Company.ResourceId}/clients/{m.Confidential.Id}"), 200),
        Of(
            "change a client", "PATCH /api/v1/resources/{resource}/clients/{client}",
            m => RequestDraft.OfJson("PATCH", OfSpareClient(m), ResourceClient(FieldUse.Change)), 200),
        Of(
            "add a secret", "POST /api/v1/resources/{resource}/clients/{client}/secrets",
            m => RequestDraft.OfJson("POST", $"{OfSpareClient(m)}/secrets", new { overlap = 86_400 }), 201, 409),
        Of("replace a secret's end", "PUT /api/v1/resources/{resource}/clients/{client}/secrets/{secret}", m =>
            RequestDraft.OfJson("PUT", $"{OfSpareClient(m)}/secrets/{m.SpareSecret}", new { expire_time = "2099-01-01T00:00:00Z" }), 200),
        Of("change a secret", "PATCH /api/v1/resources/{resource}/clients/{client}/secrets/{secret}", m => RequestDraft.OfJson(
            "PATCH", $"{OfSpareClient(m)}/secrets/{m.SpareSecret}", new { status = "INACTIVE", expire_time = 4_000_000_000 }), 200),
        Of(
            "delete a secret", "DELETE /api/v1/resources/{resource}/clients/{client}/secrets/{secret}",
            m => new("DELETE", $"{OfSpareClient(m)}/secrets/{m.DoomedSecret}"), 200),
        Of(
            "list all clients", "GET /api/v1/oauth-clients", m => Listing("/api/v1/oauth-clients", ("resource_id", m.Company.ResourceId)),
            200),
        Of(
            "read any client", "GET /api/v1/oauth-clients/{client}",
            m => new("GET", $"/api/v1/oauth-clients/{Uri.EscapeDataString(m.Signing.Id)}"), 200),
        Of(
            "unblock any client", "PATCH /api/v1/oauth-clients/{client}",
            m => RequestDraft.OfJson("PATCH", $"/api/v1/oauth-clients/{m.SpareClient}", new { enabled = true }), 200),
        Of(
            "delete a client", "DELETE /api/v1/resources/{resource}/clients/{client}",
            m => new("DELETE", $"/api/v1/resources/{m.SpareResource}/clients/{m.DoomedClient}"), 200),
        Of("create an initial access token", "POST /api/v1/resources/{resource}/initial-access-tokens", m => RequestDraft.OfJson(
            "POST", $"/api/v1/resources/{m.SpareResource}/initial-access-tokens",
            new { name = "Partners", expires_in = 3600, max_uses = "5" }),
            201),
        Of(
            "list initial access tokens", "GET /api/v1/resources/{resource}/initial-access-tokens",
            m => Listing($"/api/v1/resources/{m.SpareResource}/initial-access-tokens"), 200),
        Of("delete an initial access token", "DELETE /api/v1/resources/{resource}/initial-access-tokens/{token}", m => new(
            "DELETE", $"/api/v1/resources/{m.Company.ResourceId}/initial-access-tokens/{m.DoomedInitialToken}"), 200),
        Of(
            "create an organization's client", "POST /api/v1/organizations/{organization}/clients",
            m => RequestDraft.OfJson("POST", "/api/v1/organizations/acme%20ltd/clients", OrganizationClient(m)), 201),
        Of(
            "list an organization's clients", "GET /api/v1/organizations/{organization}/clients",
            _ => Listing("/api/v1/organizations/acme/clients"), 200),
        Of(
            "read an organization's client", "GET /api/v1/organizations/{organization}/clients/{client}",
            m => new("GET", OfSpareOrganization(m)), 200),
        Of(
            "change an organization's client", "PATCH /api/v1/organizations/{organization}/clients/{client}",
            m => RequestDraft.OfJson("PATCH", OfSpareOrganization(m), OrganizationClient(m)), 200),
        Of(
            "delete an organization's client", "DELETE /api/v1/organizations/{organization}/clients/{client}",
            m => new("DELETE", $"/api/v1/organizations/acme/clients/{m.DoomedOrganizationClient}"), 200),
        Of(
            "add a secret of an organization's client", "POST /api/v1/organizations/{organization}/clients/{client}/secrets",
            m => RequestDraft.OfJson("POST", $"{OfSpareOrganization(m)}/secrets", new { expire_time = "2099-01-01T00:00:00Z" }), 201, 409),
        Of(
            "delete a secret of an organization's client", "DELETE /api/v1/organizations/{organization}/clients/{client}/secrets/{secret}",
            m => new("DELETE", $"{OfSpareOrganization(m)}/secrets/{m.DoomedOrganizationSecret}"), 200),
        Of(
            "create an API client", "POST /api/v1/clients",
            m => RequestDraft.OfJson("POST", "/api/v1/clients", ApiClient(("connection_ids", new[] { m.SpareConnection }))), 201),
        Of("create an API client with a key", "POST /api/v1/clients", m => RequestDraft.OfJson(
            "POST", "/api/v1/clients", ApiClient(("role", "read-only"), ("jwks", TestData.DocumentOf(m.Signing)["jwks"]))), 201),
        Of("list API clients", "GET /api/v1/clients", _ => Listing("/api/v1/clients"), 200),
        Of("read an API client", "GET /api/v1/clients/{client}", m => new("GET", $"/api/v1/clients/{m.SpareApiClient}"), 200),
        Of("change an API client", "PATCH /api/v1/clients/{client}", m => RequestDraft.OfJson(
            "PATCH",
            $"/api/v1/clients/{m.SpareApiClient}",
            ApiClient(("role", "read-only"), ("connection_ids", Array.Empty<string>()))), 200),
        Of(
            "add a secret of an API client", "POST /api/v1/clients/{client}/secrets",
            m => new("POST", $"/api/v1/clients/{m.SpareApiClient}/secrets"), 201, 409),
        Of("replace the end of an API client's secret", "PUT /api/v1/clients/{client}/secrets/{secret}", m =>
            RequestDraft.OfJson("PUT", $"/api/v1/clients/{m.SpareApiClient}/secrets/{m.SpareApiSecret}", new { status = "ACTIVE" }), 200),
        Of("change an API client's secret", "PATCH /api/v1/clients/{client}/secrets/{secret}", m => RequestDraft.OfJson(
            "PATCH", $"/api/v1/clients/{m.SpareApiClient}/secrets/{m.SpareApiSecret}", new { expire_time = "2099-01-01T00:00:00Z" }), 200),
        Of(
            "delete an API client's secret", "DELETE /api/v1/clients/{client}/secrets/{secret}",
            m => new("DELETE", $"/api/v1/clients/{m.SpareApiClient}/secrets/{m.DoomedApiSecret}"), 200),
        Of("delete an API client", "DELETE /api/v1/clients/{client}", m => new("DELETE", $"/api/v1/clients/{m.DoomedApiClient}"), 200),
        Of("list consents", "GET /api/v1/user_consents", m => Listing("/api/v1/user_consents", Filters(m)), 200),
        Of(
            "forget a consent", "DELETE /api/v1/clients/{client}/consents/{consent}/remembered",
            m => new("DELETE", $"/api/v1/clients/{m.DoomedConsent.Client}/consents/{m.DoomedConsent.Id}/remembered"), 200),
        Of(
            "revoke a consent", "DELETE /api/v1/clients/{client}/consents/{consent}",
            m => new("DELETE", $"/api/v1/clients/{m.DoomedConsent.Client}/consents/{m.DoomedConsent.Id}"), 200),
        Of("list grants", "GET /api/v1/grants", m => Listing("/api/v1/grants", [.. Filters(m), ("state", "live")]), 200),
        Of(
            "narrow a grant", "POST /api/v1/grants/{grant}:narrow",
            m => RequestDraft.OfJson(
                "POST", $"/api/v1/grants/{m.Revocable.Claims.GetProperty("grant_id").GetString()}:narrow",
                new { scopes = new[] { "notes:read" } }),
            200, 409),
        Of(
            "revoke a grant", "DELETE /api/v1/grants/{grant}",
            m => new("DELETE", $"/api/v1/grants/{m.Revocable.Claims.GetProperty("grant_id").GetString()}"), 200),
        Of(
            "list people", "GET /api/v1/connections/{connection}/users",
            m => Listing($"/api/v1/connections/{m.Company.ConnectionId}/users", ("search", "ada@")), 200),
        Of("list logins", "GET /api/v1/auth-requests", m => Listing(
            "/api/v1/auth-requests", ("resource_id", m.Company.ResourceId), ("stage", "awaiting_login"),
            ("start_time", "2020-01-01T00:00:00Z"), ("end_time", "2099-01-01T00:00:00Z")),
            200),
        Of("list sign-ins", "GET /api/v1/auth-requests", m => Listing(
            "/api/v1/auth-requests", ("resource_id", m.Company.ResourceId), ("outcome", "connected"), ("stopped_at", "token"),
            ("cause", "code_late"), ("client_family", "other"), ("person", "ada@acme.example"), ("network", "127.0.0.1"),
            ("tolerated", "false"), ("reference", "7K2M-Q4XA"), ("start_time", "2020-01-01T00:00:00Z"),
            ("end_time", "2099-01-01T00:00:00Z"), ("update_start_time", "2020-01-01T00:00:00Z"),
            ("update_end_time", "2099-01-01T00:00:00Z")),
            200),
        Of("list unattributed events", "GET /api/v1/unattributed-events", _ => Listing(
            "/api/v1/unattributed-events", ("network", "127.0.0.1"), ("cause", "server_unknown"), ("start_time", "2020-01-01T00:00:00Z"),
            ("end_time", "2099-01-01T00:00:00Z")),
            200),
        Of(
            "create a webhook endpoint", "POST /api/v1/webhooks", _ => RequestDraft.OfJson("POST", "/api/v1/webhooks", Webhook()), 201,
            409),
        Of("list webhook endpoints", "GET /api/v1/webhooks", _ => Listing("/api/v1/webhooks"), 200),
        Of("read a webhook endpoint", "GET /api/v1/webhooks/{webhook}", m => new("GET", $"/api/v1/webhooks/{m.SpareWebhook}"), 200),
        Of(
            "change a webhook endpoint", "PATCH /api/v1/webhooks/{webhook}",
            m => RequestDraft.OfJson("PATCH", $"/api/v1/webhooks/{m.SpareWebhook}", Webhook()), 200),
        Of(
            "rotate the secret of a webhook endpoint", "POST /api/v1/webhooks/{webhook}/secrets:rotate",
            m => new("POST", $"/api/v1/webhooks/{m.SpareWebhook}/secrets:rotate"), 200),
        Of(
            "send a test event", "POST /api/v1/webhooks/{webhook}/events:test",
            m => new("POST", $"/api/v1/webhooks/{m.SpareWebhook}/events:test"), 200, 409),
        Of(
            "list deliveries", "GET /api/v1/webhooks/{webhook}/deliveries",
            m => Listing($"/api/v1/webhooks/{m.SpareWebhook}/deliveries", ("state", "pending")), 200),
        Of(
            "read a delivery", "GET /api/v1/webhooks/{webhook}/deliveries/{delivery}",
            m => new("GET", $"/api/v1/webhooks/{m.SpareWebhook}/deliveries/{m.SpareDelivery}"), 200),
        Of(
            "send a delivery again", "POST /api/v1/webhooks/{webhook}/deliveries/{delivery}/attempts",
            m => new("POST", $"/api/v1/webhooks/{m.SpareWebhook}/deliveries/{m.SpareDelivery}/attempts"), 200, 409),
        Of(
            "delete a webhook endpoint", "DELETE /api/v1/webhooks/{webhook}",
            m => new("DELETE", $"/api/v1/webhooks/{m.DoomedWebhook}"), 200),
        Of("list keys", "GET /api/v1/keys", _ => new("GET", "/api/v1/keys"), 200),
        Of(
            "rotate a key", "POST /api/v1/keys:rotate",
            _ => RequestDraft.OfJson("POST", "/api/v1/keys:rotate", new { purpose = "ES256", force = false }), 200, 409),
        Of(
            "apply a configuration file", "POST /api/v1/configuration:apply",
            _ => RequestDraft.OfJson("POST", "/api/v1/configuration:apply", ConfigurationFile), 200, 409),
        Of(
            "set up a login page", "POST /api/v1/configuration:init",
            _ => RequestDraft.OfJson(
                "POST", "/api/v1/configuration:init",
                new
                {
                    resource_uri = "https://init.example/mcp",
                    login_url = "https://init.example/login",
                    name = "Init",
                    scopes = new[] { "init:read" },
                    new_secret = false,
                }),
            200, 409),
        Of("read the settings", "GET /api/v1/settings", _ => new("GET", "/api/v1/settings"), 200),
        Of("read the health", "GET /api/v1/health", _ => new("GET", "/api/v1/health"), 200),
        Of("repeat a create", "POST /api/v1/clients", _ => RequestDraft
            .OfJson("POST", "/api/v1/clients", new { name = "once", role = "read-only" })
            .With("Idempotency-Key", "fuzzed"), 201),
        Of(
            "read the API's document", "GET /api/openapi.json",
            _ => new RequestDraft("GET", "/api/openapi.json").With("If-None-Match", "\"x\""), 200),
        Of("ask for the head of the API's document", "HEAD /api/openapi.json", _ => new("HEAD", "/api/openapi.json"), 200),
        Of("read the API's page", "GET /api/docs", _ => new RequestDraft("GET", "/api/docs").With("If-None-Match", "\"x\""), 200),
        Of(
            "read a journey", "GET /api/v1/auth-requests/{key}",
            m => new("GET", $"/api/v1/auth-requests/{m.ToReturn[0].Report!.AuthRequestId}"), 200),
        Of(
            "read a journey by its login request", "GET /api/v1/auth-requests/{key}",
            m => new("GET", $"/api/v1/auth-requests/{m.ToConsent[0].LoginRequestId}"), 200),
    ];

    private static RequestTemplate Of(string name, string route, Func<TestData, RequestDraft> valid, params int[] statuses) =>
        new(name, route, ErrorFormat.Management, m => valid(m).With("Authorization", $"Bearer {m.OperatorToken}"), statuses);

    private static (string Name, string Value)[] Filters(TestData testData) =>
    [
        ("resource_id", testData.Company.ResourceId), ("client_id", testData.Public.Id), ("connection_id", testData.Company.ConnectionId),
        ("external_user_id", "ada"), ("search", "a%_\\")
    ];

    private static string OfSpareOrganization(TestData testData) =>
        $"/api/v1/organizations/acme/clients/{testData.SpareOrganizationClient}";

    private static Dictionary<string, object?> OrganizationClient(TestData testData) => FieldBodies.Of(
        ClientFields.OfOrganization,
        FieldUse.Change,
        ("audience", new[] { testData.Company.ResourceUri, testData.SpareResource }),
        ("scopes", new[] { "notes:read", "a" }),
        ("expiry", "900"),
        ("enabled", true));

    private static Dictionary<string, object?> Webhook() =>
        FieldBodies.Of(WebhookEndpointFields.Table, FieldUse.Create, ("url", "https://webhooks.invalid/x"), ("enabled", false));

    private static Dictionary<string, object?> ChangedConnection() =>
        FieldBodies.Of(ConnectionFields.Table, FieldUse.Change, ("enabled", true));

    private static Dictionary<string, object?> ApiClient(params IEnumerable<(string Name, object? Value)> others) =>
        FieldBodies.Of(
            ApiClientFields.Table, FieldUse.Create, [("allowed_addresses", new[] { "127.0.0.0/8", "::1" }), ("enabled", true), .. others]);

    private static string OfSpareClient(TestData testData) => $"/api/v1/resources/{testData.SpareResource}/clients/{testData.SpareClient}";

    private static RequestDraft Listing(string path, params (string Name, string Value)[] filters)
    {
        var draft = new RequestDraft("GET", path);
        draft.Query.AddRange([new("page_size", "10"), new("page_token", ""), .. filters.Select(f => new Field(f.Name, f.Value))]);
        return draft;
    }

    /// <summary>Registration stays possible, and the scopes are those of the other kinds.</summary>
    private static Dictionary<string, object?> NewResource() => FieldBodies.Of(ResourceFields.Table, FieldUse.Create, ResourceMembers());

    private static Dictionary<string, object?> ChangedResource(TestData testData) =>
        FieldBodies.Of(ResourceFields.Table, FieldUse.Change, [.. ResourceMembers(), ("connection_id", testData.SpareConnection)]);

    private static (string Name, object? Value)[] ResourceMembers() =>
    [
        ("resource_uri", $"https://made{Interlocked.Increment(ref made)}.example/mcp"),
        ("scopes", new object[] { "a", new { name = "b", description = "B", enabled = true } }),
        ("default_scopes", new[] { "a" }),
        ("refresh_token_expiry", "86400"),
        ("disable_dynamic_client_registration", false),
        ("require_initial_access_token", false),
        ("enable_cimd", true),
        ("cimd_allowed_hosts", new[] { "client.example", "*.client.example" }),
    ];

    private static Dictionary<string, object?> ResourceClient(FieldUse use) => FieldBodies.Of(
        ClientFields.Table, use, ("use", null), ("redirect_uris", new[] { "https://client.example/callback", "http://localhost/callback" }),
        ("scopes", new[] { "a" }), ("enabled", true));

    /// <summary>A dry run without prune: a mutation must not delete the objects of the other templates.</summary>
    private static Dictionary<string, object?> ConfigurationFile => new(StringComparer.Ordinal)
    {
        ["file"] = "resources:\n  - resource_uri: https://applied.example/mcp\n    name: Applied\n"
            + "    clients: [{ name: Report, secrets: [{ env: REPORT }] }]\n",
        ["file_name"] = "latchkey.yaml",
        ["secrets"] = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["env REPORT"] = "a-secret-that-has-more-than-32-characters",
        },
        ["dry_run"] = true,
        ["plan"] = "",
    };

    private static int made;
}
