using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Latchkey.Server.Tests.Actors;

/// <summary>The MCP server of a company, with its own credential (<c>use: resource_server</c>).</summary>
internal sealed class ResourceServer(Company company, string id, string secret)
{
    public const string Inactive = """{"active":false}""";

    public string Id => id;

    public string Secret => secret;

    public static async Task<ResourceServer> CreateAsync(Company company)
    {
        var made = await company.Host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "The MCP server", use = "resource_server" });
        Assert.Equal("resource_server", made.GetProperty("client").GetProperty("use").GetString());
        return new(
            company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    /// <summary>Introspects a token. The response must be a success that is not cached.</summary>
    public async Task<JsonElement> IntrospectAsync(string token, string entry = "")
    {
        using var response = await TryIntrospectAsync(company.Host, id, secret, token, entry);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<bool> IsActiveAsync(string token) => (await IntrospectAsync(token)).GetProperty("active").GetBoolean();

    /// <summary>The response for an inactive token has nothing but <c>active</c>.</summary>
    public async Task ExpectInactiveAsync(string token) => Assert.Equal(Inactive, (await IntrospectAsync(token)).GetRawText());

    /// <summary>Introspects a token with the credential of any client.</summary>
    public static async Task<HttpResponseMessage> TryIntrospectAsync(
        LatchkeyHost host, string id, string secret, string token, string entry = "")
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{entry}/oauth/introspect")
        {
            Content = new FormUrlEncodedContent([new("token", token)]),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));
        return await host.Anonymous.SendAsync(request);
    }
}
