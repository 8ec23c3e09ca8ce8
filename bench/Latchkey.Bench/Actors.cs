using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Latchkey.Bench;

/// <summary>The parties of a login: operator, MCP client, browser and the company's backend, without a login page.</summary>
internal sealed partial class Actors : IDisposable
{
    private const string RedirectUri = "http://127.0.0.1:33418/callback";

    private readonly HttpClient http;
    private readonly string baseUrl;
    private readonly ConcurrentQueue<(string Code, string Verifier)> codes = new();
    private readonly ConcurrentQueue<string> refreshTokens = new();
    private long verifiers;
    private long people;
    private long programs;
    private string token = "";
    private string connection = "";
    private string publicClient = "";
    private (string Id, string Secret) machine;

    /// <param name="network">The address of all of them, when the server trusts this machine as a proxy.</param>
    public Actors(string baseUrl, string? network = null)
    {
        this.baseUrl = baseUrl;
        http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, MaxConnectionsPerServer = 64 })
        {
            BaseAddress = new Uri(baseUrl)
        };
        if (network is not null)
        {
            http.DefaultRequestHeaders.Add("X-Forwarded-For", network);
        }
    }

    public string PublicClient => publicClient;

    public string Connection => connection;

    public string Resource { get; private set; } = "";

    /// <param name="name">Distinguishes this set-up from others on the same database.</param>
    public static async Task<Actors> SetUpAsync(string baseUrl, string algorithm, string name, string? network = null)
    {
        var actors = new Actors(baseUrl, network);
        await actors.ManagementTokenAsync();
        var resource = await actors.ApiAsync(
            "/api/v1/resources",
            new
            {
                name = "Bench",
                resource_uri = $"https://mcp.bench.example/{algorithm}/{name}",
                scopes = new[] { "read", "write" },
                default_scopes = new[] { "read", "write" },
                signing_algorithm = algorithm
            });
        actors.Resource = resource.GetProperty("resource").GetProperty("id").GetString()!;
        var made = await actors.ApiAsync(
            $"/api/v1/resources/{actors.Resource}/connections", new { login_url = "https://app.bench.example/login" });
        actors.connection = made.GetProperty("connection").GetProperty("id").GetString()!;
        actors.publicClient = await actors.RegisterAgainAsync();
        var own = await actors.ApiAsync($"/api/v1/resources/{actors.Resource}/clients", new { name = "Machine" });
        actors.machine = (own.GetProperty("client").GetProperty("client_id").GetString()!, own.GetProperty("plain_secret").GetString()!);
        return actors;
    }

    public async Task ManagementTokenAsync() => token = (await FormAsync(
        "/oauth/token",
        new()
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = ServerProgram.ApiClientId,
            ["client_secret"] = ServerProgram.ApiClientSecret
        }))
        .GetProperty("access_token").GetString()!;

    public Task ClientCredentialsAsync() => FormAsync(
        "/oauth/token", new() { ["grant_type"] = "client_credentials", ["client_id"] = machine.Id, ["client_secret"] = machine.Secret });

    public async Task MetadataAsync() =>
        (await http.GetAsync($"/.well-known/oauth-authorization-server/resources/{Resource}")).EnsureSuccessStatusCode();

    /// <summary>Registers a new client.</summary>
    public Task RegisterNewAsync() => RegisterAsync(Interlocked.Increment(ref programs));

    /// <summary>Repeats the registration of the same client.</summary>
    public Task<string> RegisterAgainAsync() => RegisterAsync(0);

    /// <summary>Completes a login and keeps its refresh token.</summary>
    public async Task LogInAsync() => refreshTokens.Enqueue(await ExchangeAsync(await CodeAsync()));

    public async Task KeepCodeAsync() => codes.Enqueue(await CodeAsync());

    public async Task ExchangeKeptCodeAsync() => refreshTokens.Enqueue(
        await ExchangeAsync(codes.TryDequeue(out var code) ? code : throw new InvalidOperationException("no code is kept")));

    public async Task RefreshKeptTokenAsync() => refreshTokens.Enqueue(
        await RefreshAsync(refreshTokens.TryDequeue(out var token) ? token : throw new InvalidOperationException("no token is kept")));

    private async Task<string> RegisterAsync(long number)
    {
        using var response = await http.PostAsJsonAsync(
            $"/api/v1/resources/{Resource}/clients:register",
            new
            {
                client_name = $"Bench {number}",
                redirect_uris = new[] { RedirectUri },
                token_endpoint_auth_method = "none",
                grant_types = new[] { "authorization_code", "refresh_token" }
            });
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("client_id").GetString()!;
    }

    /// <summary>Completes a login up to the code: authorization request, report, callback, consent page, Allow.</summary>
    private async Task<(string Code, string Verifier)> CodeAsync()
    {
        var person = Interlocked.Increment(ref people) % 1000;

        // The verifier must be new for each login; it does not have to be random.
        var verifier = Base64Url.EncodeToString(SHA256.HashData(BitConverter.GetBytes(Interlocked.Increment(ref verifiers))));
        var challenge = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(verifier)));
        var authorize = await BrowseAsync(
            $"/resources/{Resource}/oauth/authorize?response_type=code&client_id={publicClient}"
            + $"&redirect_uri={Uri.EscapeDataString(RedirectUri)}"
            + $"&code_challenge={challenge}&code_challenge_method=S256&state=s&scope=read%20write",
            cookie: null);
        var cookie = authorize.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        var login = LoginRequest().Match(authorize.Headers.Location!.Query).Groups["value"].Value;
        var report = await ApiAsync(
            $"/api/v1/connections/{connection}/auth-requests/{login}/user",
            new
            {
                sub = $"user-{person}",
                email = $"user{person}@bench.example",
                name = "Ada Lovelace",
                organization_external_name = "Bench"
            });
        var callback = await BrowseAsync(report.GetProperty("redirect_uri").GetString()![baseUrl.Length..], cookie);
        cookie = callback.Headers.GetValues("Set-Cookie").First().Split(';')[0];
        var path = callback.Headers.Location!.ToString();
        var page = await (await BrowseAsync(path, cookie)).Content.ReadAsStringAsync();
        using var decision = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent([
                new("form_token", FormToken().Match(page).Groups["value"].Value), new("scope", "read"), new("scope", "write"),
                new("decision", "allow")]),
        };
        decision.Headers.Add("Cookie", cookie);
        decision.Headers.Add("Origin", baseUrl);
        using var allowed = await http.SendAsync(decision);
        return (Code().Match(
            allowed.Headers.Location?.Query ?? throw new InvalidOperationException($"consent: {allowed.StatusCode}")).Groups["value"].Value,
            verifier);
    }

    private async Task<string> ExchangeAsync((string Code, string Verifier) code) => (await FormAsync(
        $"/resources/{Resource}/oauth/token",
        new()
        {
            ["grant_type"] = "authorization_code",
            ["client_id"] = publicClient,
            ["code"] = code.Code,
            ["code_verifier"] = code.Verifier,
            ["redirect_uri"] = RedirectUri
        }))
        .GetProperty("refresh_token").GetString()!;

    private async Task<string> RefreshAsync(string refreshToken) => (await FormAsync(
        $"/resources/{Resource}/oauth/token",
        new() { ["grant_type"] = "refresh_token", ["client_id"] = publicClient, ["refresh_token"] = refreshToken }))
        .GetProperty("refresh_token").GetString()!;

    public void Dispose() => http.Dispose();

    private async Task<HttpResponseMessage> BrowseAsync(string path, string? cookie)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (cookie is not null)
        {
            request.Headers.Add("Cookie", cookie);
        }

        var response = await http.SendAsync(request);
        return (int)response.StatusCode < 400 ? response : throw new InvalidOperationException($"{path}: {response.StatusCode}");
    }

    private async Task<JsonElement> FormAsync(string path, Dictionary<string, string> form)
    {
        using var response = await http.PostAsync(path, new FormUrlEncodedContent(form));
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        return response.StatusCode == HttpStatusCode.OK ? json : throw new InvalidOperationException($"{path}: {json}");
    }

    private async Task<JsonElement> ApiAsync(string path, object body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await http.SendAsync(request);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        return response.IsSuccessStatusCode ? json : throw new InvalidOperationException($"{path}: {json}");
    }

    [GeneratedRegex("login_request_id=(?<value>[^&]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex LoginRequest();

    [GeneratedRegex("name=\"form_token\" value=\"(?<value>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FormToken();

    [GeneratedRegex("code=(?<value>[^&]+)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Code();
}
