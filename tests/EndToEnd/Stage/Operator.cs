using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace EndToEnd.Stage;

/// <param name="Id"><c>res_…</c></param>
/// <param name="Uri">The resource URI.</param>
/// <param name="ConnectionId">Of the login page in front of it.</param>
internal sealed record Resource(string Id, string Uri, string ConnectionId);

/// <summary>What an operator does over the management API.</summary>
internal sealed class Operator : IAsyncDisposable
{
    private readonly HttpClient http;

    private Operator(HttpClient http) => this.http = http;

    /// <summary>With the credential the demo keeps in its state directory.</summary>
    public static async Task<Operator> SignInAsync(string baseUrl, string stateDirectory)
    {
        var state = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(Path.Combine(stateDirectory, "demo.json")));
        return await SignInAsync(baseUrl, state.GetProperty("api_client_id").GetString()!, state.GetProperty("api_client_secret").GetString()!);
    }

    public static async Task<Operator> SignInAsync(string baseUrl, string clientId, string clientSecret)
    {
        var session = new HttpClient { BaseAddress = new Uri(baseUrl) };
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var answer = await session.PostAsync("/oauth/token", form);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        session.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", json.GetProperty("access_token").GetString());
        return new Operator(session);
    }

    /// <summary>A call that must succeed; the answer's JSON.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await http.SendAsync(request);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, $"{method} {path}: {(int)answer.StatusCode} {json}");
        return json;
    }

    public async Task<Resource> FindResourceAsync(string uri)
    {
        var list = await SendAsync(HttpMethod.Get, "/api/v1/resources?page_size=30");
        var found = list.GetProperty("resources").EnumerateArray().Single(resource => resource.GetProperty("resource_uri").ValueEquals(uri));
        return new Resource(found.GetProperty("id").GetString()!, uri, found.GetProperty("connection_details").GetProperty("id").GetString()!);
    }

    /// <summary>A resource with a login page of its own.</summary>
    public async Task<Resource> CreateResourceAsync(Dictionary<string, object> resource, object connection)
    {
        var created = await SendAsync(HttpMethod.Post, "/api/v1/resources", resource);
        var id = created.GetProperty("resource").GetProperty("id").GetString()!;
        var connected = await SendAsync(HttpMethod.Post, $"/api/v1/resources/{id}/connections", connection);
        return new Resource(id, (string)resource["resource_uri"], connected.GetProperty("connection").GetProperty("id").GetString()!);
    }

    /// <summary>The names of what happened to an auth request, in order.</summary>
    /// <param name="key">Its id, a login request's id, or the reference of an error page.</param>
    public async Task<IReadOnlyList<string>> JourneyAsync(string key) => [.. (await EventsAsync(key)).Select(step => step.GetProperty("name").GetString()!)];

    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string key)
    {
        var answer = await SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}");
        return [.. answer.GetProperty("auth_request").GetProperty("journey").EnumerateArray()];
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
