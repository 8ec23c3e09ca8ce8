using System.Net.Http.Json;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The company whose login page people use: its resource, its connection, and its backend.</summary>
internal sealed class Company(LatchkeyHost host, string resourceId, string resourceUri, string connectionId, string backend, string secret)
{
    public static readonly object Ada = new
    {
        sub = "ada",
        email = "ada@acme.example",
        name = "Ada Lovelace",
        organization_external_id = "acme",
        organization_external_name = "Acme Ltd",
        roles = new[] { "author" },
    };

    public LatchkeyHost Host => host;

    public string ResourceId => resourceId;

    public string ResourceUri => resourceUri;

    public string ConnectionId => connectionId;

    public string Issuer => $"{host.BaseUrl}/resources/{resourceId}";

    public string CallbackPath => $"/sso/v1/connections/{connectionId}/partner:callback";

    /// <summary>Reports and expects success.</summary>
    public async Task<Report> ReportAsync(string loginRequest, object? user = null)
    {
        using var answer = await TryReportAsync(loginRequest, user);
        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(answer.IsSuccessStatusCode, json.ToString());
        return new(json.GetProperty("auth_request_id").GetString()!, json.GetProperty("redirect_uri").GetString()![host.BaseUrl.Length..]);
    }

    public Task<HttpResponseMessage> TryReportAsync(string loginRequest, object? user = null) =>
        SendAsync(HttpMethod.Post, $"/api/v1/connections/{connectionId}/auth-requests/{loginRequest}/user", user ?? Ada);

    public Task<HttpResponseMessage> RejectAsync(string loginRequest, string error, string description) =>
        SendAsync(HttpMethod.Post, $"/api/v1/connections/{connectionId}/auth-requests/{loginRequest}:reject", new { error, error_description = description });

    /// <summary>Any call with the backend's own credential.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null) => host.SendAsync(backend, secret, method, path, body);

    public Task<string> TokenAsync() => host.ManagementTokenAsync(backend, secret);
}

/// <param name="AuthRequestId">With the proof.</param>
/// <param name="CallbackPath">Where the backend sends the browser.</param>
internal sealed record Report(string AuthRequestId, string CallbackPath);
