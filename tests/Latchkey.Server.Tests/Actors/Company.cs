using System.Net.Http.Json;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>A company with a resource, a connection and the backend of its login page.</summary>
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

    /// <summary>Reports the user of a login request and expects success.</summary>
    public async Task<Report> ReportAsync(string loginRequest, object? user = null)
    {
        using var response = await TryReportAsync(loginRequest, user);
        var json = await response.Content.ReadFromJsonAsync<JsonElement>();
        Assert.True(response.IsSuccessStatusCode, json.ToString());
        return new(json.GetProperty("auth_request_id").GetString()!, json.GetProperty("redirect_uri").GetString()![host.BaseUrl.Length..]);
    }

    public Task<HttpResponseMessage> TryReportAsync(string loginRequest, object? user = null) =>
        SendAsync(HttpMethod.Post, $"/api/v1/connections/{connectionId}/auth-requests/{loginRequest}/user", user ?? Ada);

    public Task<HttpResponseMessage> RejectAsync(string loginRequest, string error, string description) =>
        SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{connectionId}/auth-requests/{loginRequest}:reject",
            new { error, error_description = description });

    /// <summary>Sends a management request with the credential of the backend.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null) =>
        host.SendAsync(backend, secret, method, path, body);

    public Task<string> TokenAsync() => host.ManagementTokenAsync(backend, secret);
}

/// <param name="AuthRequestId">The ID and the proof.</param>
/// <param name="CallbackPath">The path to which the backend redirects the browser.</param>
internal sealed record Report(string AuthRequestId, string CallbackPath);
