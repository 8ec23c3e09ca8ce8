using Latchkey.Server.Pages;
using Latchkey.Server.Tests.Actors;

namespace Fuzz.Requests;

/// <summary>The requests of OAuth clients: discovery, registration, authorization, tokens.</summary>
internal static class OAuthTemplates
{
    private const string AssertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    public static IReadOnlyList<RequestTemplate> All { get; } =
    [
        new("healthz", "GET /healthz", ErrorFormat.Plain, _ => new("GET", "/healthz"), 200),
        new("readyz", "GET /readyz", ErrorFormat.Plain, _ => new("GET", "/readyz"), 200),
        new("home", "GET /", ErrorFormat.Plain, _ => new("GET", "/"), 200),
        new("icon", "GET /favicon.ico", ErrorFormat.Plain, _ => new("GET", "/favicon.ico"), 200),
        new("robots", "GET /robots.txt", ErrorFormat.Plain, _ => new("GET", "/robots.txt"), 200),
        new("stylesheet", "GET /assets/{name}", ErrorFormat.Plain, _ => new("GET", Assets.PathOf("pages")), 200),
        .. Discovery(),
        .. Registration(),
        .. Authorization(),
        .. Tokens(),
        .. AfterTokens(),
    ];

    private static IEnumerable<RequestTemplate> Discovery()
    {
        foreach (var method in new[] { "GET", "HEAD" })
        {
            foreach (var document in new[] { "oauth-authorization-server", "openid-configuration" })
            {
                yield return new(
                    $"{method} {document}", $"{method} /.well-known/{document}", ErrorFormat.OAuth,
                    _ => new(method, $"/.well-known/{document}"), 200);
                yield return new(
                    $"{method} {document} of a resource", $"{method} /.well-known/{document}/resources/{{resource}}", ErrorFormat.OAuth,
                    m => new(method, $"/.well-known/{document}/resources/{m.Company.ResourceId}"), 200);
                yield return new(
                    $"{method} {document} below a resource", $"{method} /resources/{{resource}}/.well-known/{document}", ErrorFormat.OAuth,
                    m => new(method, $"/resources/{m.Company.ResourceId}/.well-known/{document}"), 200);
            }

            yield return new(
                $"{method} protected resource", $"{method} /.well-known/oauth-protected-resource/{{resource}}", ErrorFormat.OAuth,
                m => new(method, $"/.well-known/oauth-protected-resource/{m.Company.ResourceId}"), 200);
            yield return new(
                $"{method} keys", $"{method} /keys", ErrorFormat.OAuth,
                _ => new RequestDraft(method, "/keys").With("If-None-Match", "\"x\""), 200);
            yield return new(
                $"{method} jwks.json", $"{method} /.well-known/jwks.json", ErrorFormat.OAuth, _ => new(method, "/.well-known/jwks.json"),
                200);
            yield return new(
                $"{method} jwks.json below a resource", $"{method} /resources/{{resource}}/.well-known/jwks.json", ErrorFormat.OAuth,
                m => new(method, $"/resources/{m.Company.ResourceId}/.well-known/jwks.json"), 200);
        }
    }

    private static IEnumerable<RequestTemplate> Registration()
    {
        yield return new("register at the environment", "POST /oauth/register", ErrorFormat.OAuth, _ => Metadata("/oauth/register"), 201);
        yield return new(
            "register at a resource", "POST /api/v1/resources/{resource}/clients:register", ErrorFormat.OAuth,
            m => Metadata($"/api/v1/resources/{m.SpareResource}/clients:register"), 201);
        yield return new(
            "register keys", "POST /oauth/register", ErrorFormat.OAuth, m => RequestDraft.OfJson("POST", "/oauth/register", KeyMetadata(m)),
            201);
        yield return new(
            "register as a guest", "POST /oauth/register", ErrorFormat.OAuth,
            m => Metadata("/oauth/register").With("Authorization", $"Bearer {m.InitialToken}"), 201);
        yield return new("register as a guest at a resource", "POST /api/v1/resources/{resource}/clients:register", ErrorFormat.OAuth, m =>
            Metadata($"/api/v1/resources/{m.Company.ResourceId}/clients:register")
                .With("Authorization", $"Bearer {m.InitialToken}"), 201);
        yield return new(
            "read a registration", "GET /oauth/register/{client}", ErrorFormat.OAuth,
            m => new RequestDraft("GET", $"/oauth/register/{m.Own.Id}").With("Authorization", $"Bearer {m.Own.Token}"), 200);
        yield return new("change a registration", "PUT /oauth/register/{client}", ErrorFormat.OAuth, m =>
            RequestDraft.OfJson("PUT", $"/oauth/register/{m.Own.Id}", Changed(m.Own)).With("Authorization", $"Bearer {m.Own.Token}"), 200);
        yield return new(
            "delete a registration", "DELETE /oauth/register/{client}", ErrorFormat.OAuth,
            m => new RequestDraft("DELETE", $"/oauth/register/{m.DoomedOwn.Id}").With("Authorization", $"Bearer {m.DoomedOwn.Token}"), 204);
    }

    private static IEnumerable<RequestTemplate> Authorization()
    {
        yield return new("authorize", "GET /oauth/authorize", ErrorFormat.Page, m => Authorize("GET", "/oauth/authorize", m), 302);
        yield return new(
            "authorize at a resource", "GET /resources/{resource}/oauth/authorize", ErrorFormat.Page,
            m => Authorize("GET", $"/resources/{m.Company.ResourceId}/oauth/authorize", m), 302);
        yield return new(
            "authorize by form", "POST /oauth/authorize", ErrorFormat.Page, m => Posted(Authorize("POST", "/oauth/authorize", m)), 302);
        yield return new(
            "authorize by form at a resource", "POST /resources/{resource}/oauth/authorize", ErrorFormat.Page,
            m => Posted(Authorize("POST", $"/resources/{m.Company.ResourceId}/oauth/authorize", m)), 302);
        yield return new(
            "authorize with an error at the client", "GET /resources/{resource}/oauth/authorize", ErrorFormat.Page, m => Failing(m), 303);
        yield return new(
            "authorize with an error at the client by form", "GET /resources/{resource}/oauth/authorize", ErrorFormat.Page,
            m => Failing(m, new Field("response_mode", "form_post")), 200);
        yield return new("authorize as a client that describes itself", "GET /oauth/authorize", ErrorFormat.Page, m =>
        {
            var draft = Authorize("GET", "/oauth/authorize", m, m.Signing);
            draft.Document = TestData.DocumentOf(m.Signing);
            return draft;
        }, 302);
        yield return new("push", "POST /oauth/par", ErrorFormat.OAuth, m => Posted(Authorize("POST", "/oauth/par", m)), 201);
        yield return new(
            "push at a resource", "POST /resources/{resource}/oauth/par", ErrorFormat.OAuth,
            m => Posted(Authorize("POST", $"/resources/{m.Company.ResourceId}/oauth/par", m)), 201);
        yield return new("authorize what was pushed", "GET /resources/{resource}/oauth/authorize", ErrorFormat.Page, m =>
        {
            var draft = new RequestDraft("GET", $"/resources/{m.Company.ResourceId}/oauth/authorize");
            draft.Query.AddRange([new("client_id", m.Public.Id), new("request_uri", m.PushedRequest)]);
            return draft;
        }, 302);
    }

    private static IEnumerable<RequestTemplate> Tokens()
    {
        const string Environment = "POST /oauth/token";
        const string Resource = "POST /resources/{resource}/oauth/token";
        yield return new("management token", Environment, ErrorFormat.OAuth, _ => RequestDraft.OfForm(
            "/oauth/token", ("grant_type", "client_credentials"), ("client_id", LatchkeyHost.OperatorId),
            ("client_secret", LatchkeyHost.OperatorSecret)),
            200);
        yield return new("client credentials", Environment, ErrorFormat.OAuth, m =>
            RequestDraft.OfForm(
                "/oauth/token", ("grant_type", "client_credentials"), ("scope", "notes:read"), ("resource", m.Company.ResourceUri))
                .With("Authorization", Basic(m.Confidential.Id, m.Confidential.Secret!)), 200);
        yield return new(
            "redeem", Resource, ErrorFormat.OAuth, m => Redeem($"/resources/{m.Company.ResourceId}/oauth/token", m.Redeemable, m.Public),
            200);
        yield return new(
            "redeem with a secret", Environment, ErrorFormat.OAuth, m => Redeem("/oauth/token", m.RedeemableWithSecret, m.Confidential),
            200);
        yield return new("redeem with a key", Resource, ErrorFormat.OAuth, m =>
        {
            var draft = Redeem($"/resources/{m.Company.ResourceId}/oauth/token", m.RedeemableWithKey, m.Signing);
            draft.Form!.Add(new("client_assertion_type", AssertionType));
            draft.Claims = m.Claims(m.Signing);
            return draft;
        }, 200);
        yield return new(
            "refresh", Resource, ErrorFormat.OAuth,
            m => Refresh($"/resources/{m.Company.ResourceId}/oauth/token", m.Held.Refresh, m.Public), 200);
        yield return new(
            "refresh with a secret", Environment, ErrorFormat.OAuth, m => Refresh("/oauth/token", m.HeldWithSecret.Refresh, m.Confidential),
            200);
    }

    private static IEnumerable<RequestTemplate> AfterTokens()
    {
        yield return new("introspect", "POST /oauth/introspect", ErrorFormat.OAuth, m => RequestDraft
            .OfForm("/oauth/introspect", ("token", m.Held.Access))
            .With("Authorization", Basic(m.Server.Id, m.Server.Secret)), 200);
        yield return new(
            "introspect at a resource", "POST /resources/{resource}/oauth/introspect", ErrorFormat.OAuth, m => RequestDraft.OfForm(
                $"/resources/{m.Company.ResourceId}/oauth/introspect", ("token", m.HeldWithSecret.Refresh),
                ("token_type_hint", "refresh_token"), ("client_id", m.Server.Id), ("client_secret", m.Server.Secret)),
                200);
        yield return new(
            "revoke", "POST /oauth/revoke", ErrorFormat.OAuth,
            m => RequestDraft.OfForm("/oauth/revoke", ("token", m.Revocable.Refresh), ("client_id", m.Public.Id)), 200);
        yield return new("revoke at a resource", "POST /resources/{resource}/oauth/revoke", ErrorFormat.OAuth, m => RequestDraft.OfForm(
            $"/resources/{m.Company.ResourceId}/oauth/revoke", ("token", m.RevocableWithSecret.Access), ("client_id", m.Confidential.Id),
            ("client_secret", m.Confidential.Secret)),
            200);
        yield return new(
            "userinfo", "GET /userinfo", ErrorFormat.Bearer,
            m => new RequestDraft("GET", "/userinfo").With("Authorization", $"Bearer {m.Held.Access}"), 200);
        yield return new(
            "userinfo by POST", "POST /userinfo", ErrorFormat.Bearer,
            m => RequestDraft.OfForm("/userinfo").With("Authorization", $"Bearer {m.Held.Access}"), 200);
    }

    private static RequestDraft Metadata(string path) => RequestDraft.OfJson("POST", path, new
    {
        client_name = "Inspector",
        redirect_uris = new[] { "http://127.0.0.1:6274/callback", "https://client.example/callback", "cursor://callback" },
        token_endpoint_auth_method = "none",
        grant_types = new[] { "authorization_code", "refresh_token" },
        response_types = new[] { "code" },
        scope = "a b",
        application_type = "native",
        client_uri = "https://client.example",
        logo_uri = "https://client.example/logo.png",
    });

    private static Dictionary<string, object?> KeyMetadata(TestData testData) => new(StringComparer.Ordinal)
    {
        ["client_name"] = "Signing",
        ["redirect_uris"] = new[] { "https://client.example/callback" },
        ["token_endpoint_auth_method"] = "private_key_jwt",
        ["jwks"] = TestData.DocumentOf(testData.Signing)["jwks"]!.DeepClone(),
        ["require_pushed_authorization_requests"] = true,
    };

    private static object Changed(RegisteredClient own) => new
    {
        client_id = own.Id,
        client_secret = own.Text("client_secret"),
        client_name = "Changed",
        redirect_uris = new[] { "https://client.example/callback" },
        token_endpoint_auth_method = "client_secret_basic",
        grant_types = new[] { "authorization_code", "refresh_token" },
        scope = "a b",
        logo_uri = "https://client.example/logo.png",
    };

    private static RequestDraft Authorize(string method, string path, TestData testData, McpClient? client = null)
    {
        client ??= testData.Public;
        var draft = new RequestDraft(method, path);
        draft.Query.AddRange(RequestDraft.Fields([
            ("response_type", "code"), ("client_id", client.Id), ("redirect_uri", client.RedirectUri), ("code_challenge", client.Challenge),
            ("code_challenge_method", "S256"), ("state", "a b+c&d=é"), ("scope", "notes:read openid offline_access"),
            ("resource", testData.Company.ResourceUri), ("max_age", "3600"), ("acr_values", "mfa"), ("login_hint", "ada@acme.example"),
            ("ui_locales", "en de"), ("nonce", "n-1")]));
        return draft;
    }

    private static RequestDraft Failing(TestData testData, params Field[] more)
    {
        var draft = Authorize("GET", $"/resources/{testData.Company.ResourceId}/oauth/authorize", testData);
        draft.Query.AddRange([new("prompt", "none"), .. more]);
        return draft;
    }

    private static RequestDraft Posted(RequestDraft draft)
    {
        draft.Form = [.. draft.Query];
        draft.Query.Clear();
        return draft;
    }

    private static RequestDraft Redeem(string path, PreparedLogin login, McpClient client) => RequestDraft.OfForm(
        path, ("grant_type", "authorization_code"), ("code", login.Code), ("code_verifier", client.Verifier),
        ("redirect_uri", client.RedirectUri), ("client_id", client.Id), ("client_secret", client.Secret));

    private static RequestDraft Refresh(string path, string? token, McpClient client) => RequestDraft.OfForm(
        path, ("grant_type", "refresh_token"), ("refresh_token", token), ("scope", "notes:read"), ("client_id", client.Id),
        ("client_secret", client.Secret));

    private static string Basic(string id, string secret) =>
        $"Basic {Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{id}:{secret}"))}";
}
