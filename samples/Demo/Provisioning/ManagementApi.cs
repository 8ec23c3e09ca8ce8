using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Demo.Provisioning;

/// <summary>A client of the part of Latchkey's management API that the demo needs.</summary>
internal sealed class ManagementApi(string baseUrl) : IDisposable
{
    private readonly HttpClient http = new() { BaseAddress = new Uri(baseUrl), Timeout = TimeSpan.FromSeconds(100) };

    /// <summary>Signs in with an API client. Returns false if Latchkey does not know it or refuses its secret.</summary>
    public async Task<bool> SignInAsync(string clientId, string clientSecret, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var response = await http.PostAsync("/oauth/token", form, cancellationToken);
        if (response.StatusCode is HttpStatusCode.Unauthorized)
        {
            return false;
        }

        var json = await ReadAsync("POST /oauth/token", response, cancellationToken);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string?)json["access_token"]);
        return true;
    }

    public async Task<JsonObject> GetAsync(string path, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(path, cancellationToken);
        return await ReadAsync($"GET {path}", response, cancellationToken);
    }

    public async Task<JsonObject> PostAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(path, body, cancellationToken);
        return await ReadAsync($"POST {path}", response, cancellationToken);
    }

    public async Task<JsonObject> PatchAsync(string path, JsonObject body, CancellationToken cancellationToken)
    {
        using var response = await http.PatchAsJsonAsync(path, body, cancellationToken);
        return await ReadAsync($"PATCH {path}", response, cancellationToken);
    }

    public void Dispose() => http.Dispose();

    private static async Task<JsonObject> ReadAsync(string call, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = await response.Content.ReadAsStringAsync(cancellationToken);
        try
        {
            return response.IsSuccessStatusCode && JsonNode.Parse(text) is JsonObject json
                ? json
                : throw new DemoException($"Latchkey's management API responded to {call} with {(int)response.StatusCode}: {text}");
        }
        catch (JsonException)
        {
            throw new DemoException(
                $"Latchkey's management API responded to {call} with {(int)response.StatusCode} and without JSON: {text}");
        }
    }
}
