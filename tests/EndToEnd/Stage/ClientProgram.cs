using System.Buffers.Text;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace EndToEnd.Stage;

/// <summary>
/// An OAuth client and its redirect target: a program on the person's device (a loopback address) or a hosted one (https). It discovers, registers,
/// waits for the browser, and redeems.
/// </summary>
internal sealed class ClientProgram : IAsyncDisposable
{
    private static int states;
    private readonly HttpClient http = new();
    private readonly Resource resource;
    private readonly RedirectTarget target;
    private readonly JsonElement metadata;
    private string id = "";
    private string? secret;

    private ClientProgram(Resource resource, RedirectTarget target, JsonElement metadata) => (this.resource, this.target, this.metadata) = (resource, target, metadata);

    public string RedirectUri => target.Uri;

    /// <summary>The issuer it found.</summary>
    public string Issuer => Metadata("issuer");

    /// <summary>How many times a browser came to the redirect URI.</summary>
    public int Answers => target.Count;

    /// <summary>The newest <c>state</c> it sent.</summary>
    public string State { get; private set; } = "";

    /// <summary>43 characters; the tests need one that is valid, not one that nobody could guess.</summary>
    private string Verifier => Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(id + RedirectUri)));

    /// <summary>Registers itself (RFC 7591), as an MCP client does that nobody has heard of.</summary>
    public static async Task<ClientProgram> RegisterAsync(RunningDemo demo, Resource resource, string name, string host)
    {
        var client = await StartAsync(demo, resource, host);
        using var answer = await client.http.PostAsJsonAsync(
            client.Metadata("registration_endpoint"),
            new { client_name = name, redirect_uris = new[] { client.RedirectUri }, token_endpoint_auth_method = "none", grant_types = new[] { "authorization_code", "refresh_token" } });
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        client.id = json.GetProperty("client_id").GetString()!;
        return client;
    }

    /// <summary>Made by the operator, with a secret.</summary>
    public static async Task<ClientProgram> CreateAsync(RunningDemo demo, Resource resource, string name, string host)
    {
        var client = await StartAsync(demo, resource, host);
        var json = await demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{resource.Id}/clients", new { name, redirect_uris = new[] { client.RedirectUri } });
        client.id = json.GetProperty("client").GetProperty("client_id").GetString()!;
        client.secret = json.GetProperty("plain_secret").GetString();
        return client;
    }

    /// <summary>The address it opens in the person's browser.</summary>
    /// <param name="more">Further parameters; null takes one away.</param>
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

    /// <summary>The next answer a browser brings, which must be to the newest request.</summary>
    public async Task<Answer> AnswerAsync()
    {
        var answer = await target.AnswerAsync();
        Assert.Equal(State, answer["state"]);
        Assert.Equal(Issuer, answer["iss"]);
        return answer;
    }

    /// <summary>The next answer, which must be a code; redeemed.</summary>
    public async Task<Tokens> TokensAsync()
    {
        var answer = await AnswerAsync();
        Assert.Null(answer["error"]);
        return await Tokens.OfAsync(await RedeemAsync(answer["code"]!));
    }

    public Task<HttpResponseMessage> RedeemAsync(string code) =>
        PostAsync("token_endpoint", new(StringComparer.Ordinal) { ["grant_type"] = "authorization_code", ["code"] = code, ["code_verifier"] = Verifier, ["redirect_uri"] = RedirectUri, ["resource"] = resource.Uri });

    public Task<HttpResponseMessage> RefreshAsync(string refreshToken) =>
        PostAsync("token_endpoint", new(StringComparer.Ordinal) { ["grant_type"] = "refresh_token", ["refresh_token"] = refreshToken, ["resource"] = resource.Uri });

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return target.DisposeAsync();
    }

    /// <summary>The authorization server's metadata stands where RFC 8414 §3.1 puts it.</summary>
    private static async Task<ClientProgram> StartAsync(RunningDemo demo, Resource resource, string host)
    {
        using var anybody = new HttpClient();
        var found = await anybody.GetFromJsonAsync<JsonElement>($"{demo.BaseUrl}/.well-known/oauth-authorization-server/resources/{resource.Id}");
        return new ClientProgram(resource, await RedirectTarget.StartAsync(host), found);
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

/// <summary>A successful token answer.</summary>
internal sealed record Tokens(string Access, string? Refresh, string Scope)
{
    /// <summary>The access token's claims; NotesMcp is the one that checks the signature.</summary>
    public JsonElement Claims => JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(Access.Split('.')[1]));

    public static async Task<Tokens> OfAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(answer.IsSuccessStatusCode, json.ToString());
            return new(
                json.GetProperty("access_token").GetString()!,
                json.TryGetProperty("refresh_token", out var refresh) ? refresh.GetString() : null,
                json.GetProperty("scope").GetString()!);
        }
    }
}
