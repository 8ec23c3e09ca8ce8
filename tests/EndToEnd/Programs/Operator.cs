using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace EndToEnd.Programs;

/// <param name="Id"><c>res_…</c></param>
/// <param name="Uri">The resource URI.</param>
/// <param name="ConnectionId">The connection to its login page.</param>
internal sealed record Resource(string Id, string Uri, string ConnectionId);

/// <summary>A client of the management API with an operator's credential.</summary>
internal sealed class Operator : IAsyncDisposable
{
    private readonly HttpClient http;

    private Operator(HttpClient http) => this.http = http;

    /// <summary>Signs in with the credential that the demo keeps in its state directory.</summary>
    public static async Task<Operator> SignInAsync(string baseUrl, string stateDirectory)
    {
        var state = JsonSerializer.Deserialize<JsonElement>(await File.ReadAllBytesAsync(Path.Combine(stateDirectory, "demo.json")));
        return await SignInAsync(
            baseUrl, state.GetProperty("api_client_id").GetString()!, state.GetProperty("api_client_secret").GetString()!);
    }

    public static async Task<Operator> SignInAsync(string baseUrl, string clientId, string clientSecret)
    {
        var session = new HttpClient { BaseAddress = new Uri(baseUrl) };
        using var form = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret)]);
        using var response = await session.PostAsync("/oauth/token", form);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        session.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", json.GetProperty("access_token").GetString());
        return new Operator(session);
    }

    /// <summary>Sends a request that must succeed and returns the response's JSON.</summary>
    public async Task<JsonElement> SendAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        using var response = await http.SendAsync(request);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {(int)response.StatusCode} {json}");
        return json;
    }

    public async Task<Resource> FindResourceAsync(string uri)
    {
        var list = await SendAsync(HttpMethod.Get, "/api/v1/resources?page_size=30");
        var found = list.GetProperty("resources").EnumerateArray()
            .Single(resource => resource.GetProperty("resource_uri").ValueEquals(uri));
        return new Resource(
            found.GetProperty("id").GetString()!, uri, found.GetProperty("connection_details").GetProperty("id").GetString()!);
    }

    /// <summary>Creates a resource with its own connection.</summary>
    public async Task<Resource> CreateResourceAsync(Dictionary<string, object> resource, object connection)
    {
        var created = await SendAsync(HttpMethod.Post, "/api/v1/resources", resource);
        var id = created.GetProperty("resource").GetProperty("id").GetString()!;
        var connected = await SendAsync(HttpMethod.Post, $"/api/v1/resources/{id}/connections", connection);
        return new Resource(id, (string)resource["resource_uri"], connected.GetProperty("connection").GetProperty("id").GetString()!);
    }

    /// <summary>The names of the events of an auth request, in order.</summary>
    /// <param name="key">The auth request's id, the id of one of its login requests, or the reference on an error page.</param>
    public async Task<IReadOnlyList<string>> EventNamesAsync(string key) =>
        [.. (await EventsAsync(key)).Select(step => step.GetProperty("name").GetString()!)];

    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string key)
    {
        var response = await SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{key}");
        return [.. response.GetProperty("auth_request").GetProperty("journey").EnumerateArray()];
    }

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }
}
