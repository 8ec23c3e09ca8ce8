using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.Tokens;

namespace Fuzz.Requests;

/// <summary>A login that was moved to a certain stage.</summary>
/// <param name="Cookie">The <c>Cookie</c> header of the browser that began the login.</param>
internal sealed record PreparedLogin(
    string LoginRequestId, string Cookie, Report? Report = null, ConsentForm? Form = null, string? Code = null);

/// <summary>The data of valid requests: credentials, logins at every stage, codes, tokens, objects to change and to delete.</summary>
internal sealed class TestData
{
    private static readonly ECDsaSecurityKey Key = new(ECDsa.Create(ECCurve.NamedCurves.nistP256)) { KeyId = "torture" };
    private static int documents;

    private TestData() { }

    public required FuzzHost Host { get; init; }

    public required Company Company { get; init; }

    /// <summary>A company with a <c>state_only</c> connection whose texts contain markup that would be harmful on a
    /// page without escaping.</summary>
    public required Company StateOnly { get; init; }

    public required string OperatorToken { get; init; }

    public required string BackendToken { get; init; }

    public required string ReaderToken { get; init; }

    public required McpClient Public { get; init; }

    public required McpClient Confidential { get; init; }

    /// <summary>The credential that may introspect.</summary>
    public required ResourceServer Server { get; init; }

    /// <summary>A client with a metadata document that authenticates with a key.</summary>
    public required McpClient Signing { get; init; }

    /// <summary>A dynamically registered client that can change its registration.</summary>
    public required RegisteredClient Own { get; init; }

    /// <summary>An initial access token with enough uses for all requests.</summary>
    public required string InitialToken { get; init; }

    public required IReadOnlyList<PreparedLogin> ToLogIn { get; init; }

    public required IReadOnlyList<PreparedLogin> ToReturn { get; init; }

    public required PreparedLogin ToReturnByState { get; init; }

    public required IReadOnlyList<PreparedLogin> ToConsent { get; init; }

    /// <summary>A login in which the user, the client and the company have harmful texts.</summary>
    public required PreparedLogin ToConsentToHostileInput { get; init; }

    public required PreparedLogin Redeemable { get; init; }

    public required PreparedLogin RedeemableWithSecret { get; init; }

    public required PreparedLogin RedeemableWithKey { get; init; }

    public required Tokens Held { get; init; }

    public required Tokens HeldWithSecret { get; init; }

    public required Tokens Revocable { get; init; }

    public required Tokens RevocableWithSecret { get; init; }

    public required string PushedRequest { get; init; }

    /// <summary>A resource with a connection and a client, and an API client, that requests may change.</summary>
    public required string SpareResource { get; init; }

    public required string SpareConnection { get; init; }

    public required string SpareClient { get; init; }

    public required string SpareApiClient { get; init; }

    /// <summary>Secrets of the spare client and API client: two to change and two to delete.</summary>
    public required string SpareSecret { get; init; }

    public required string SpareApiSecret { get; init; }

    public required string DoomedSecret { get; init; }

    public required string DoomedApiSecret { get; init; }

    /// <summary>Objects that requests may delete.</summary>
    public required string DoomedResource { get; init; }

    public required string DoomedClient { get; init; }

    public required string DoomedClientOverGrpc { get; init; }

    public required string DoomedApiClient { get; init; }

    public required RegisteredClient DoomedOwn { get; init; }

    public required string DoomedInitialToken { get; init; }

    public required string SpareOrganizationClient { get; init; }

    public required string DoomedOrganizationClient { get; init; }

    public required string DoomedOrganizationSecret { get; init; }

    /// <summary>A client of an organisation and its secret.</summary>
    public required (string Client, string Secret) DoomedOverGrpc { get; init; }

    public required (string Client, string Id) DoomedConsent { get; init; }

    /// <summary>A webhook endpoint with a delivery, which requests may change.</summary>
    public required string SpareWebhook { get; init; }

    public required string SpareDelivery { get; init; }

    public required string DoomedWebhook { get; init; }

    /// <summary>Every id and token, to be used in wrong places.</summary>
    public IReadOnlyList<string> Words { get; private set; } = [];

    private static object HostilePerson => new
    {
        sub = HostileInput.Markers[0],
        email = "\"'><svg/onload=lk(3)>@acme.example",
        name = HostileInput.Markers[1],
        organization_external_id = HostileInput.Markers[2],
        organization_external_name = HostileInput.Markers[3],
        picture = HostileInput.Markers[4],
    };

    /// <summary>Creates <see cref="StateOnly"/>.</summary>
    public static Task<Company> NewStateOnlyAsync(FuzzHost host) => host.NewCompanyAsync("state_only", new
    {
        name = HostileInput.Markers[4],
        description = HostileInput.Markers[0],
        scopes = new object[] { new { name = "notes:read", description = HostileInput.Markers[1] },
            new { name = "notes:write", description = HostileInput.Markers[5] } },
        logo_uri = "https://app.example/logo.png?'onfocus='lk(4)'",
    });

    public static async Task<TestData> NewAsync(FuzzHost host, Company company, Company stateOnly)
    {
        var client = await McpClient.RegisterAsync(company);
        var byState = await McpClient.RegisterAsync(stateOnly);
        var stranger = await HostileClientAsync(stateOnly);
        var confidential = await McpClient.CreateAsync(company);
        var signing = new McpClient(
            company, $"https://client.example/clients/{Interlocked.Increment(ref documents)}", secret: null,
            "https://client.example/callback");
        host.Documents.Publish(signing.Id["https://".Length..], DocumentOf(signing));
        var (spareResource, spareConnection) = await SpareResourceAsync(host);
        var reader = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "reader", role = "read-only" });
        var spareClient = await SpareClientAsync(host, spareResource);
        var (ofClient, ofApiClient) =
            ($"/api/v1/resources/{spareResource}/clients/{spareClient}/secrets", $"/api/v1/clients/{IdOf(reader)}/secrets");
        var spareOfOrganization = await OrganizationClientAsync(company);
        var (spareWebhook, spareDelivery) = await SpareWebhooks.GetOrAdd(host, SpareWebhookAsync);
        Task<PreparedLogin> VisitOf(McpClient who, Stage until) => VisitAsync(company, who, until);
        var testData = new TestData
        {
            Host = host,
            Company = company,
            StateOnly = stateOnly,
            OperatorToken = await host.OperatorTokenAsync(),
            BackendToken = await company.TokenAsync(),
            ReaderToken = await host.ManagementTokenAsync(IdOf(reader), reader.GetProperty("plain_secret").GetString()!),
            Public = client,
            Confidential = confidential,
            Server = await ResourceServer.CreateAsync(company),
            Signing = signing,
            Own = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Own")),
            InitialToken = (await Registrant.InitialTokenAsync(company, new { name = "Guests", max_uses = 1_000_000 })).Token,
            ToLogIn = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => VisitOf(client, Stage.LoggingIn))),
            ToReturn = await Task.WhenAll(VisitOf(client, Stage.Returning), VisitOf(client, Stage.Returning)),
            ToReturnByState = await VisitAsync(stateOnly, byState, Stage.Returning),
            ToConsent = await Task.WhenAll(new[] { client, confidential, client, confidential }.Select(c => VisitOf(c, Stage.Consenting))),
            ToConsentToHostileInput = await VisitAsync(stateOnly, stranger, Stage.Consenting, HostilePerson),
            Redeemable = await VisitOf(client, Stage.Redeeming),
            RedeemableWithSecret = await VisitOf(confidential, Stage.Redeeming),
            RedeemableWithKey = await VisitOf(signing, Stage.Redeeming),
            Held = await client.TokensAsync(scope: "notes:read notes:write openid profile email"),
            HeldWithSecret = await confidential.TokensAsync(),
            Revocable = await client.TokensAsync(),
            RevocableWithSecret = await confidential.TokensAsync(),
            PushedRequest = await PushAsync(company, client),
            SpareResource = spareResource,
            SpareConnection = spareConnection,
            SpareClient = spareClient,
            SpareSecret = await SecretAsync(host, ofClient),
            SpareApiSecret = await SecretAsync(host, ofApiClient),
            DoomedSecret = await SecretAsync(host, ofClient),
            DoomedApiSecret = await SecretAsync(host, ofApiClient),
            SpareApiClient = IdOf(reader),
            DoomedResource = (await SpareResourceAsync(host)).Resource,
            DoomedClient = await SpareClientAsync(host, spareResource),
            DoomedClientOverGrpc = await SpareClientAsync(host, spareResource),
            DoomedOwn = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Doomed")),
            DoomedInitialToken = (await Registrant.InitialTokenAsync(company)).Id,
            SpareOrganizationClient = spareOfOrganization,
            DoomedOrganizationClient = await OrganizationClientAsync(company),
            DoomedOrganizationSecret = await SecretAsync(host, $"/api/v1/organizations/acme/clients/{spareOfOrganization}/secrets"),
            DoomedOverGrpc = await OrganizationSecretAsync(company),
            DoomedConsent = await ConsentAsync(company),
            SpareWebhook = spareWebhook,
            SpareDelivery = spareDelivery,
            DoomedWebhook = await DoomedWebhookAsync(host, spareWebhook),
            DoomedApiClient = IdOf(await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "doomed", role = "read-only" })),
        };
        testData.Words = testData.AllIdsAndTokens();
        return testData;
    }

    /// <summary>The claims of a new assertion.</summary>
    public JsonNode Claims(McpClient client) => JsonSerializer.SerializeToNode(new
    {
        iss = client.Id,
        sub = client.Id,
        aud = Company.Issuer,
        exp = Host.Clock.GetUtcNow().AddMinutes(2).ToUnixTimeSeconds(),
        jti = $"torture-{Interlocked.Increment(ref documents)}",
    })!;

    public static string Sign(string claims) => RawJwt.Token(
        """{"alg":"ES256","kid":"torture","typ":"JWT"}""", claims, input => Key.ECDsa.SignData(input, HashAlgorithmName.SHA256));

    public static JsonNode DocumentOf(McpClient client)
    {
        var key = JsonWebKeyConverter.ConvertFromECDsaSecurityKey(Key);
        return JsonSerializer.SerializeToNode(new
        {
            client_id = client.Id,
            client_name = "Signing",
            redirect_uris = new[] { client.RedirectUri },
            grant_types = new[] { "authorization_code", "refresh_token" },
            token_endpoint_auth_method = "private_key_jwt",
            token_endpoint_auth_methods_supported = new[] { "none", "private_key_jwt" },
            jwks = new { keys = new[] { new { kty = key.Kty, kid = key.Kid, crv = key.Crv, x = key.X, y = key.Y } } },
        })!;
    }

    /// <summary>One per host, because their number is bounded.</summary>
    private static readonly ConcurrentDictionary<FuzzHost, Task<(string Webhook, string Delivery)>> SpareWebhooks = [];

    private static async Task<(string Webhook, string Delivery)> SpareWebhookAsync(FuzzHost host)
    {
        var webhook = await WebhookAsync(host);
        var sent = await host.SendAsync(HttpMethod.Post, $"/api/v1/webhooks/{webhook}/events:test");
        return (webhook, sent.GetProperty("delivery_id").GetString()!);
    }

    /// <summary>Makes room by deleting those that mutated requests have created.</summary>
    private static async Task<string> DoomedWebhookAsync(FuzzHost host, string spare)
    {
        foreach (var other in (await host.SendAsync(HttpMethod.Get, "/api/v1/webhooks")).GetProperty("webhooks").EnumerateArray()
            .Select(w => w.GetProperty("id").GetString()!).Where(id => id != spare))
        {
            (await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/webhooks/{other}")).Dispose();
        }

        return await WebhookAsync(host);
    }

    private static async Task<string> WebhookAsync(FuzzHost host) =>
        (await host.SendAsync(
            HttpMethod.Post, "/api/v1/webhooks", new { url = "https://webhooks.invalid/x", events = new[] { "key.rotated" } }))
            .GetProperty("webhook").GetProperty("id").GetString()!;

    private static string IdOf(JsonElement created) => created.GetProperty("client").GetProperty("client_id").GetString()!;

    /// <summary>Creates a spare resource. All spare resources share one connection, because connections cannot be deleted.</summary>
    private static async Task<(string Resource, string Connection)> SpareResourceAsync(FuzzHost host)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/resources",
            new
            {
                name = "Spare",
                resource_uri = $"https://spare{Interlocked.Increment(ref documents)}.example/mcp",
                scopes = new[] { "a", "b" },
                connection_id = host.SpareConnection
            });
        var resource = made.GetProperty("resource").GetProperty("id").GetString()!;
        host.SpareConnection ??= (await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resource}/connections", new { login_url = "https://app.example/login" }))
            .GetProperty("connection").GetProperty("id").GetString()!;
        return (resource, host.SpareConnection);
    }

    private static async Task<McpClient> HostileClientAsync(Company company)
    {
        using var response = await company.Host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            new
            {
                client_name = HostileInput.Markers[0] + HostileInput.Markers[3],
                redirect_uris = new[] { "https://client.example/callback'onfocus='lk(4)'" },
                token_endpoint_auth_method = "none"
            });
        var id = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("client_id").GetString()!;
        return new McpClient(company, id, secret: null, "https://client.example/callback'onfocus='lk(4)'");
    }

    private static async Task<string> SpareClientAsync(FuzzHost host, string resource) =>
        IdOf(await host.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{resource}/clients",
            new { name = "Spare", redirect_uris = new[] { "https://client.example/spare" } }));

    private static async Task<string> OrganizationClientAsync(Company company) =>
        IdOf(await company.Host.SendAsync(
            HttpMethod.Post, "/api/v1/organizations/acme/clients", new { name = "Nightly", audience = new[] { company.ResourceId } }));

    private static async Task<(string Client, string Secret)> OrganizationSecretAsync(Company company)
    {
        var client = await OrganizationClientAsync(company);
        return (client, await SecretAsync(company.Host, $"/api/v1/organizations/acme/clients/{client}/secrets"));
    }

    private static async Task<(string Client, string Id)> ConsentAsync(Company company)
    {
        var client = await McpClient.CreateAsync(company);
        await client.TokensAsync();
        var given = await company.Host.SendAsync(HttpMethod.Get, $"/api/v1/user_consents?client_id={client.Id}");
        return (client.Id, given.GetProperty("consents")[0].GetProperty("id").GetString()!);
    }

    private static async Task<string> SecretAsync(LatchkeyHost host, string path) =>
        (await host.SendAsync(HttpMethod.Post, path)).GetProperty("secret").GetProperty("id").GetString()!;

    private enum Stage
    {
        LoggingIn,
        Returning,
        Consenting,
        Redeeming,
    }

    private static async Task<PreparedLogin> VisitAsync(Company company, McpClient client, Stage until, object? user = null)
    {
        using var browser = new Browser(company.Host);
        var details = await browser.StartAsync(client.Authorize());
        var login = new PreparedLogin(details.LoginRequestId, browser.Cookies.GetCookieHeader(new Uri(company.Host.BaseUrl)));
        if (until == Stage.LoggingIn)
        {
            return login;
        }

        login = login with { Report = await company.ReportAsync(details.LoginRequestId, user) };
        if (until == Stage.Returning)
        {
            return login;
        }

        login = login with
        {
            Form = await browser.ComeBackAsync(login.Report.CallbackPath),
            Cookie = browser.Cookies.GetCookieHeader(new Uri(company.Host.BaseUrl)),
        };
        if (until == Stage.Consenting)
        {
            return login;
        }

        using var allowed = await browser.DecideAsync(login.Form, "allow", "notes:read", "notes:write");
        return login with { Code = Browser.QueryOf(allowed.Headers.Location!)["code"] };
    }

    private static async Task<string> PushAsync(Company company, McpClient client)
    {
        using var content = new StringContent(
            client.Authorize().Split('?')[1], System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await company.Host.Anonymous.PostAsync($"{client.Entry}/oauth/par", content);
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("request_uri").GetString()!;
    }

    private List<string> AllIdsAndTokens() =>
    [
        Company.ResourceId, Company.ConnectionId, Company.ResourceUri, StateOnly.ResourceId, StateOnly.ConnectionId, Public.Id,
        Confidential.Id, Confidential.Secret!, Server.Id, Server.Secret, Signing.Id, SpareResource, SpareConnection, SpareClient,
        SpareApiClient, SpareSecret, SpareApiSecret, DoomedResource, OperatorToken, BackendToken, ReaderToken, Held.Access, Held.Refresh!,
        HeldWithSecret.Access, HeldWithSecret.Refresh!, PushedRequest, Revocable.Access, Own.Id, Own.Token!, InitialToken,
        DoomedInitialToken, Public.Verifier, Public.Challenge, LatchkeyHost.OperatorId,
        .. ToLogIn.Concat(ToReturn).Concat(ToConsent).Append(Redeemable).Append(RedeemableWithSecret)
            .SelectMany(v => new[] { v.LoginRequestId, v.Cookie, v.Code, v.Report?.AuthRequestId, v.Form?.Token }).OfType<string>(),
    ];
}
