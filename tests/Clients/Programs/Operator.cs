using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Clients.Programs;

/// <summary>A REST client of the management API with an operator's credential.</summary>
internal sealed class Operator(string baseUrl, HttpMessageHandler handler, string clientId, string clientSecret) : IDisposable
{
    private readonly HttpClient http = new(handler) { BaseAddress = new Uri(baseUrl) };

    /// <summary>The value of its <c>Authorization</c> header.</summary>
    public string Bearer => http.DefaultRequestHeaders.Authorization!.ToString();

    public async Task SignInAsync()
    {
        var form = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var response = await http.PostAsync("/oauth/token", form);
        response.EnsureSuccessStatusCode();
        var token = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>Sends a request that must succeed.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await http.SendAsync(request);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {json}");
        return json;
    }

    public void Dispose() => http.Dispose();
}
