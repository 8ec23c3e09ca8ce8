using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>Registers clients at the resource of a company or at the environment.</summary>
internal sealed class Registrant(Company company, string? initialToken = null, bool atEnvironment = false)
{
    public const string Redirect = "https://client.example/callback";

    private static readonly string[] Grants = ["authorization_code", "refresh_token"];

    /// <summary>Metadata of a public client. Equal metadata shares one registration.</summary>
    public static object Public(string name) =>
        new { client_name = name, redirect_uris = new[] { McpClient.Loopback }, token_endpoint_auth_method = "none", grant_types = Grants };

    public static object WithSecret(string name) => new
    {
        client_name = name,
        redirect_uris = new[] { Redirect },
        token_endpoint_auth_method = "client_secret_post",
        grant_types = Grants
    };

    public async Task<HttpResponseMessage> TryAsync(object metadata)
    {
        using var request = new HttpRequestMessage(
            HttpMethod.Post, atEnvironment ? "/oauth/register" : $"/api/v1/resources/{company.ResourceId}/clients:register")
        {
            Content = JsonContent.Create(metadata)
        };
        request.Headers.Authorization = initialToken is null ? null : new("Bearer", initialToken);
        return await company.Host.Anonymous.SendAsync(request);
    }

    public async Task<RegisteredClient> RegisterAsync(object metadata)
    {
        using var response = await TryAsync(metadata);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.StatusCode == HttpStatusCode.Created, json.ToString());
        Assert.True(response.Headers.CacheControl?.NoStore, "the response may be cached");
        return new(company, json);
    }

    /// <summary>Creates an initial access token for the resource of a company. Returns the token and its ID.</summary>
    public static async Task<(string Token, string Id)> InitialTokenAsync(Company company, object? body = null)
    {
        var made = await company.Host.SendAsync(
            HttpMethod.Post,
            $"/api/v1/resources/{company.ResourceId}/initial-access-tokens",
            body ?? new { name = "Partners", max_uses = 10 });
        return (made.GetProperty("plain_token").GetString()!, made.GetProperty("initial_access_token").GetProperty("id").GetString()!);
    }
}

/// <summary>A registered client and the response of its registration.</summary>
internal sealed record RegisteredClient(Company Company, JsonElement Response)
{
    public string Id => Text("client_id")!;

    /// <summary>The registration access token.</summary>
    public string? Token => Text("registration_access_token");

    public McpClient Client => new(Company, Id, Text("client_secret"), Response.GetProperty("redirect_uris")[0].GetString()!);

    public string? Text(string member) => Response.TryGetProperty(member, out var value) ? value.GetString() : null;

    /// <summary>Sends a request to the client configuration endpoint with the token of the client.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, object? body = null) => SendAsync(method, Token, body);

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string? token, object? body = null)
    {
        using var request =
            new HttpRequestMessage(method, $"/oauth/register/{Id}") { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return await Company.Host.Anonymous.SendAsync(request);
    }
}
