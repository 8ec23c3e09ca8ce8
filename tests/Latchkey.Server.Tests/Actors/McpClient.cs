using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>An MCP client with a registration and a PKCE verifier, at one entry.</summary>
internal sealed class McpClient(Company company, string id, string? secret, string redirectUri)
{
    public const string Loopback = "http://127.0.0.1:33418/callback";

    /// <summary>The state of every authorization request, with characters that a wrong encoding would lose.</summary>
    public const string State = "a b+c&d=é";

    /// <summary>The encoding of <see cref="State"/> in a redirect.</summary>
    public const string StateOnTheWire = "a%20b%2Bc%26d%3D%C3%A9";

    /// <summary>43 characters. Tests need a valid verifier and not a random one.</summary>
    public string Verifier { get; } = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(id + redirectUri)));

    public Company Company => company;

    public string Id => id;

    public string? Secret => secret;

    public string RedirectUri => redirectUri;

    public string Challenge => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));

    /// <summary>The path prefix of the entry: that of the resource, or empty for the environment.</summary>
    public string Entry { get; init; } = $"/resources/{company.ResourceId}";

    public static async Task<McpClient> RegisterAsync(Company company, string redirectUri = Loopback, params string[] grantTypes)
    {
        using var response = await company.Host.Anonymous.PostAsJsonAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            new
            {
                client_name = "Inspector",
                redirect_uris = new[] { redirectUri },
                token_endpoint_auth_method = "none",
                grant_types = grantTypes.Length > 0 ? grantTypes : ["authorization_code", "refresh_token"]
            });
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == HttpStatusCode.Created, json.ToString());
        return new(company, json.GetProperty("client_id").GetString()!, secret: null, redirectUri);
    }

    /// <summary>Creates a client with a secret through the management API.</summary>
    public static Task<McpClient> CreateAsync(Company company) => CreateAsync(company, "https://client.example/callback");

    /// <param name="redirectUris">The client uses the first one. Without any it uses client credentials only.</param>
    public static async Task<McpClient> CreateAsync(Company company, params string[] redirectUris)
    {
        var json = await company.Host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "Back office", redirect_uris = redirectUris });
        return new(
            company, json.GetProperty("client").GetProperty("client_id").GetString()!, json.GetProperty("plain_secret").GetString(),
            redirectUris.FirstOrDefault() ?? "");
    }

    /// <summary>
    /// Returns the authorize path. <paramref name="changes"/> replace or add parameters, null removes one, and a repeated name is sent
    /// twice.
    /// </summary>
    public string Authorize(params (string Name, string? Value)[] changes)
    {
        var parameters = new List<(string Name, string? Value)>
        {
            ("response_type", "code"),
            ("client_id", id),
            ("redirect_uri", redirectUri),
            ("code_challenge", Challenge),
            ("code_challenge_method", "S256"),
            ("state", State),
            ("scope", "notes:read notes:write"),
            ("resource", company.ResourceUri),
        };
        foreach (var name in changes.Select(c => c.Name).Distinct(StringComparer.Ordinal))
        {
            parameters.RemoveAll(p => p.Name == name);
        }

        parameters.AddRange(changes);
        return $"{Entry}/oauth/authorize?"
            + string.Join('&', parameters.Where(p => p.Value is not null).Select(p => $"{p.Name}={Uri.EscapeDataString(p.Value!)}"));
    }

    /// <summary>Goes through authorize, report, callback and consent with these scopes. Returns the code.</summary>
    public async Task<string> CodeAsync(Browser browser, object? user = null, string scope = "notes:read notes:write")
    {
        var redirect = await browser.StartAsync(Authorize(("scope", scope)));
        var report = await company.ReportAsync(redirect.LoginRequestId, user);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", scope.Split(' '));
        return Browser.QueryOf(allowed.Headers.Location!)["code"];
    }

    public async Task<Tokens> TokensAsync(object? user = null, string scope = "notes:read notes:write")
    {
        using var browser = new Browser(company.Host);
        return await Tokens.OfAsync(await RedeemAsync(await CodeAsync(browser, user, scope)));
    }

    public Task<HttpResponseMessage> RedeemAsync(string code, params (string Name, string? Value)[] changes) => PostAsync(
        "/oauth/token",
        [("grant_type", "authorization_code"), ("code", code), ("code_verifier", Verifier), ("redirect_uri", redirectUri),
            ("client_id", id), ("client_secret", secret)],
        changes);

    public Task<HttpResponseMessage> RefreshAsync(string refreshToken, params (string Name, string? Value)[] changes) => PostAsync(
        "/oauth/token", [("grant_type", "refresh_token"), ("refresh_token", refreshToken), ("client_id", id), ("client_secret", secret)],
        changes);

    public Task<HttpResponseMessage> RevokeAsync(string token) =>
        PostAsync("/oauth/revoke", [("token", token), ("client_id", id), ("client_secret", secret)], []);

    public async Task<HttpResponseMessage> PostAsync(
        string path, (string Name, string? Value)[] form, (string Name, string? Value)[] changes,
        AuthenticationHeaderValue? authorization = null)
    {
        var fields = form.Where(f => !changes.Any(c => c.Name == f.Name)).Concat(changes).Where(f => f.Value is not null);
        using var request = new HttpRequestMessage(HttpMethod.Post, Entry + path)
        {
            Content = new FormUrlEncodedContent(fields.Select(f => new KeyValuePair<string, string>(f.Name, f.Value!)))
        };
        request.Headers.Authorization = authorization;
        return await company.Host.Anonymous.SendAsync(request);
    }
}

/// <summary>A successful token response.</summary>
internal sealed record Tokens(string Access, string? Refresh, string Scope, long ExpiresIn)
{
    /// <summary>The access token's claims, unverified.</summary>
    public JsonElement Claims => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(Access.Split('.')[1]));

    /// <param name="scopeIsThere">Whether the response must have a scope. It has none when no scope was granted.</param>
    public static async Task<Tokens> OfAsync(HttpResponseMessage response, bool scopeIsThere = true)
    {
        using (response)
        {
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.StatusCode == HttpStatusCode.OK, json.ToString());
            return new(
                json.GetProperty("access_token").GetString()!,
                json.TryGetProperty("refresh_token", out var refresh) ? refresh.GetString() : null,
                scopeIsThere || json.TryGetProperty("scope", out _) ? json.GetProperty("scope").GetString()! : "",
                json.GetProperty("expires_in").GetInt64());
        }
    }
}
