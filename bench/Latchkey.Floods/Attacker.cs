using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Bench;

namespace Latchkey.Floods;

/// <summary>A caller without a credential, on a network of its own.</summary>
internal sealed class Attacker(string baseUrl, string network, Actors target) : IDisposable
{
    private const string Challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        MaxConnectionsPerServer = 512,
    })
    {
        BaseAddress = new Uri(baseUrl),
        DefaultRequestHeaders = { { "X-Forwarded-For", network } },
        Timeout = TimeSpan.FromSeconds(30),
    };

    public string BaseUrl => baseUrl;

    public string Resource => target.Resource;

    public string Connection => target.Connection;

    public string RegisterPath => $"/api/v1/resources/{Resource}/clients:register";

    public Dictionary<string, string> Authorization(string state) => new()
    {
        ["response_type"] = "code",
        ["client_id"] = target.PublicClient,
        ["redirect_uri"] = "http://127.0.0.1:33418/callback",
        ["code_challenge"] = Challenge,
        ["code_challenge_method"] = "S256",
        ["scope"] = "read",
        ["state"] = state,
    };

    public HttpRequestMessage Get(string path) => new(HttpMethod.Get, path);

    public HttpRequestMessage Form(string path, Dictionary<string, string> form) =>
        new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };

    public HttpRequestMessage Json(HttpMethod method, string path, object body, string? bearer = null) => new(method, path)
    {
        Content = JsonContent.Create(body),
        Headers = { Authorization = bearer is null ? null : new AuthenticationHeaderValue("Bearer", bearer) },
    };

    public HttpRequestMessage Token(string client, string assertion) => Form("/oauth/token", new()
    {
        ["grant_type"] = "authorization_code",
        ["code"] = "x",
        ["client_id"] = client,
        ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ["client_assertion"] = assertion,
    });

    public async Task<JsonElement> RegisterAsync(object metadata)
    {
        using var response = await http.SendAsync(Json(HttpMethod.Post, RegisterPath, metadata));
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        return response.IsSuccessStatusCode ? json : throw new InvalidOperationException($"registration: {json}");
    }

    /// <summary>Returns the status of the response, or 0 without one.</summary>
    public async Task<int> StatusAsync(HttpRequestMessage request)
    {
        try
        {
            using (request)
            {
                using var response = await http.SendAsync(request);
                return (int)response.StatusCode;
            }
        }
        catch (Exception failed) when (failed is HttpRequestException or OperationCanceledException)
        {
            return 0;
        }
    }

    public void Dispose() => http.Dispose();
}
