using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using EndToEnd.Browser;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.Programs;

/// <summary>
/// An OAuth client with its redirect URI: on the user's device (a loopback address) or hosted (https). It reads the metadata, registers,
/// waits for the browser, and redeems the code.
/// </summary>
internal sealed class OAuthClient : IAsyncDisposable
{
    private static int states;
    private readonly HttpClient http = new();
    private readonly Resource resource;
    private readonly RedirectTarget target;
    private readonly JsonElement metadata;
    private string id = "";
    private string? secret;

    private OAuthClient(Resource resource, RedirectTarget target, JsonElement metadata) =>
        (this.resource, this.target, this.metadata) = (resource, target, metadata);

    public string RedirectUri => target.Uri;

    /// <summary>The issuer in the server's metadata.</summary>
    public string Issuer => Metadata("issuer");

    /// <summary>The number of requests to the redirect URI.</summary>
    public int ResponseCount => target.Count;

    /// <summary>The <c>state</c> of the newest authorization request.</summary>
    public string State { get; private set; } = "";

    /// <summary>A valid code verifier of 43 characters. It is not random: these tests do not need that.</summary>
    private string Verifier => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(id + RedirectUri)));

    /// <summary>Registers a client dynamically (RFC 7591).</summary>
    public static async Task<OAuthClient> RegisterAsync(RunningDemo demo, Resource resource, string name, string host)
    {
        var client = await StartAsync(demo, resource, host);
        using var response = await client.http.PostAsJsonAsync(
            client.Metadata("registration_endpoint"),
            new
            {
                client_name = name,
                redirect_uris = new[] { client.RedirectUri },
                token_endpoint_auth_method = "none",
                grant_types = new[] { "authorization_code", "refresh_token" }
            });
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        client.id = json.GetProperty("client_id").GetString()!;
        return client;
    }

    /// <summary>Creates a client with a secret over the management API.</summary>
    public static async Task<OAuthClient> CreateAsync(RunningDemo demo, Resource resource, string name, string host)
    {
        var client = await StartAsync(demo, resource, host);
        var json = await demo.Operator.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{resource.Id}/clients", new { name, redirect_uris = new[] { client.RedirectUri } });
        client.id = json.GetProperty("client").GetProperty("client_id").GetString()!;
        client.secret = json.GetProperty("plain_secret").GetString();
        return client;
    }

    /// <summary>The URL of the authorization request that the client opens in the browser.</summary>
    /// <param name="more">Further parameters; a null value removes the parameter.</param>
    public string Authorize(string scope = "notes:read notes:write", params (string Name, string? Value)[] more)
    {
        State = $"s{Interlocked.Increment(ref states)} +&é";
        var parameters = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = id,
            ["redirect_uri"] = RedirectUri,
            ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier))),
            ["code_challenge_method"] = "S256",
            ["state"] = State,
            ["scope"] = scope,
            ["resource"] = resource.Uri,
        };
        foreach (var (name, value) in more)
        {
            parameters[name] = value;
        }

        return Metadata("authorization_endpoint") + QueryString.Create(parameters.Where(parameter => parameter.Value is not null));
    }

    /// <summary>Waits for the next response at the redirect URI and checks that it belongs to the newest request.</summary>
    public async Task<AuthorizationResponse> ResponseAsync()
    {
        var response = await target.ResponseAsync();
        Assert.Equal(State, response["state"]);
        Assert.Equal(Issuer, response["iss"]);
        return response;
    }

    /// <summary>Waits for the next response, which must hold a code, and redeems the code.</summary>
    public async Task<Tokens> TokensAsync()
    {
        var response = await ResponseAsync();
        Assert.Null(response["error"]);
        return await Tokens.OfAsync(await RedeemAsync(response["code"]!));
    }

    public Task<HttpResponseMessage> RedeemAsync(string code) =>
        PostAsync(
            "token_endpoint",
            new(StringComparer.Ordinal)
            {
                ["grant_type"] = "authorization_code",
                ["code"] = code,
                ["code_verifier"] = Verifier,
                ["redirect_uri"] = RedirectUri,
                ["resource"] = resource.Uri
            });

    public Task<HttpResponseMessage> RefreshAsync(string refreshToken) =>
        PostAsync(
            "token_endpoint",
            new(StringComparer.Ordinal)
            {
                ["grant_type"] = "refresh_token",
                ["refresh_token"] = refreshToken,
                ["resource"] = resource.Uri
            });

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return target.DisposeAsync();
    }

    /// <summary>Reads the authorization server's metadata (RFC 8414 §3.1).</summary>
    private static async Task<OAuthClient> StartAsync(RunningDemo demo, Resource resource, string host)
    {
        using var discovery = new HttpClient();
        var found = await discovery.GetFromJsonAsync<JsonElement>(
            $"{demo.BaseUrl}/.well-known/oauth-authorization-server/resources/{resource.Id}");
        return new OAuthClient(resource, await RedirectTarget.StartAsync(host), found);
    }

    private string Metadata(string name) => metadata.GetProperty(name).GetString()!;

    private async Task<HttpResponseMessage> PostAsync(string endpoint, Dictionary<string, string> form)
    {
        form["client_id"] = id;
        if (secret is not null)
        {
            form["client_secret"] = secret;
        }

        using var content = new FormUrlEncodedContent(form);
        return await http.PostAsync(Metadata(endpoint), content);
    }
}

/// <summary>A successful token response.</summary>
internal sealed record Tokens(string Access, string? Refresh, string Scope)
{
    /// <summary>The access token's claims, without a check of the signature: NotesMcp checks it.</summary>
    public JsonElement Claims => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(Access.Split('.')[1]));

    public static async Task<Tokens> OfAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.IsSuccessStatusCode, json.ToString());
            return new(
                json.GetProperty("access_token").GetString()!,
                json.TryGetProperty("refresh_token", out var refresh) ? refresh.GetString() : null,
                json.GetProperty("scope").GetString()!);
        }
    }
}
