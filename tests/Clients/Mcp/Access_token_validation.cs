using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Clients.Programs;

namespace Clients.Mcp;

/// <summary>An MCP server that validates tokens as the sample does accepts only those that Latchkey issued for it.</summary>
public sealed class Access_token_validation(RunningDemo demo) : IAsyncLifetime
{
    private const string Refused = "Bearer error=\"invalid_token\", resource_metadata=";

    private readonly HttpClient http = new();
    private string own = "";

    public async ValueTask InitializeAsync() => own = await TokenAsync(demo.ResourceId);

    public ValueTask DisposeAsync()
    {
        http.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>The counterpart of the tests below, which would pass if every token were refused.</summary>
    [Fact]
    [Spec("ASVS V10 §10.3.1", "10.3.1")]
    public async Task A_token_that_was_issued_for_the_MCP_server_is_accepted()
    {
        using var response = await CallAsync(own);

        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    [Spec("RFC 9068 §4", "resource-servers-check")]
    [Spec("ASVS V10 §10.3.1", "10.3.1")]
    public async Task A_token_of_another_resource_is_refused()
    {
        var other = await demo.Operator.SendAsync(
            HttpMethod.Post,
            "/api/v1/resources",
            new
            {
                name = "Other notes",
                resource_uri = "https://other.example/notes",
                scopes = new[] { new { name = "notes:read", access = "read" } },
            });

        await RefusedAsync(await TokenAsync(other.GetProperty("resource").GetProperty("id").GetString()!));
    }

    [Fact]
    [Spec("RFC 9068 §4", "resource-servers-check")]
    public async Task A_token_of_the_management_API_is_refused()
    {
        var made = await demo.Operator.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "Reader", role = "read-only" });

        await RefusedAsync(await TokenAsync(made));
    }

    [Fact]
    [Spec("RFC 9068 §4", "resource-servers-check")]
    public async Task A_token_with_a_changed_or_missing_signature_or_one_made_with_the_public_key_is_refused()
    {
        var parts = own.Split('.');
        var keys = await http.GetFromJsonAsync<JsonElement>($"{demo.LatchkeyUrl}/keys");
        using var key = RSA.Create(new RSAParameters
        {
            Modulus = Base64Url.DecodeFromChars(keys.GetProperty("keys")[0].GetProperty("n").GetString()!),
            Exponent = [1, 0, 1]
        });
        var shared = $"{Encoded("""{"alg":"HS256","typ":"at+jwt"}""")}.{parts[1]}";
        var mac = HMACSHA256.HashData(Encoding.ASCII.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.ASCII.GetBytes(shared));
        foreach (var forged in new[]
        {
            $"{parts[0]}.{parts[1]}.{parts[2][..^8]}AAAAAAAA",
            $"{Encoded("""{"alg":"none","typ":"at+jwt"}""")}.{parts[1]}.",
            $"{shared}.{Base64Url.EncodeToString(mac)}",
        })
        {
            await RefusedAsync(forged);
        }
    }

    /// <summary>Clients probe with GET or HEAD before they have a token, and look for the challenge.</summary>
    [Theory]
    [InlineData("GET")]
    [InlineData("HEAD")]
    [InlineData("DELETE")]
    [InlineData("POST")]
    [Spec("RFC 9728 §5.1", "www-authenticate")]
    public async Task Every_method_without_a_token_gets_the_challenge(string method)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), demo.NotesUrl);
        using var response = await http.SendAsync(request);

        Assert.Equal(401, (int)response.StatusCode);
        Assert.StartsWith("Bearer resource_metadata=", response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    private static string Encoded(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));

    private async Task RefusedAsync(string token)
    {
        using var response = await CallAsync(token);
        Assert.Equal(401, (int)response.StatusCode);
        Assert.StartsWith(Refused, response.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> CallAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, demo.NotesUrl)
        {
            Content = JsonContent.Create(new { jsonrpc = "2.0", id = 1, method = "tools/list", @params = new { } })
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        return await http.SendAsync(request);
    }

    private async Task<string> TokenAsync(string resourceId) => await TokenAsync(
        await demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/resources/{resourceId}/clients", new { name = "For itself" }));

    private async Task<string> TokenAsync(JsonElement made)
    {
        using var form = new FormUrlEncodedContent(
        [
            new("grant_type", "client_credentials"), new("client_id", made.GetProperty("client").GetProperty("client_id").GetString()),
            new("client_secret", made.GetProperty("plain_secret").GetString()),
        ]);
        using var response = await http.PostAsync($"{demo.LatchkeyUrl}/oauth/token", form);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!;
    }
}
