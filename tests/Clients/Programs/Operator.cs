using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Clients.Programs;

/// <summary>Somebody with a management credential, over REST.</summary>
internal sealed class Operator(string baseUrl, HttpMessageHandler handler, string clientId, string clientSecret) : IDisposable
{
    private readonly HttpClient http = new(handler) { BaseAddress = new Uri(baseUrl) };

    /// <summary>What it sends as <c>Authorization</c>.</summary>
    public string Bearer => http.DefaultRequestHeaders.Authorization!.ToString();

    public async Task SignInAsync()
    {
        var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var answer = await http.PostAsync("/oauth/token", form);
        answer.EnsureSuccessStatusCode();
        var token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString();
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>A call that must succeed.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {json}");
        return json;
    }

    public void Dispose() => http.Dispose();
}
