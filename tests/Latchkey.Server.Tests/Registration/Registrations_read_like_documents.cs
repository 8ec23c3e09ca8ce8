using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

/// <summary>
/// A program sends one body to every authorization server. What this one does not have is dropped, and the response says what was
/// registered (RFC 7591 §3.2.1).
/// </summary>
public sealed class Registrations_read_like_documents(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>The body of Visual Studio Code, with the grant types that it and others send.</summary>
    [Theory]
    [InlineData("authorization_code,refresh_token,urn:ietf:params:oauth:grant-type:device_code", "authorization_code,refresh_token")]
    [InlineData("authorization_code,implicit,refresh_token", "authorization_code,refresh_token")]
    [InlineData("authorization_code,client_credentials", "authorization_code")]
    [InlineData("refresh_token,password,authorization_code", "refresh_token,authorization_code")]
    [Spec("RFC 7591 §3.2.1", "replaced-values-answered")]
    public async Task Grant_types_that_are_not_served_are_dropped(string asked, string registered)
    {
        var company = await host.CompanyAsync();
        var client = await new Registrant(company).RegisterAsync(new
        {
            client_name = "Visual Studio Code",
            client_uri = "https://code.visualstudio.com",
            grant_types = asked.Split(','),
            response_types = new[] { "code" },
            redirect_uris = new[]
            {
                "https://insiders.vscode.dev/redirect", "https://vscode.dev/redirect", "http://localhost/", "http://127.0.0.1/",
                "http://localhost:33418/", "http://127.0.0.1:33418/",
            },
            token_endpoint_auth_method = "none",
            application_type = "native",
        });

        Assert.Equal(registered.Split(','), TextsOf(client, "grant_types"));
        var vsCode = new McpClient(company, client.Id, secret: null, "http://127.0.0.1:33418/");
        Assert.NotNull((await vsCode.TokensAsync()).Access);
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "replaced-values-answered")]
    public async Task The_grant_types_of_the_metadata_can_be_registered_as_they_are()
    {
        var company = await host.CompanyAsync();
        var metadata = await host.Anonymous.GetFromJsonAsync<JsonElement>(
            $"/.well-known/oauth-authorization-server/resources/{company.ResourceId}");
        var client = await new Registrant(company).RegisterAsync(new
        {
            client_name = "Reads the metadata",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "client_secret_basic",
            grant_types = metadata.GetProperty("grant_types_supported"),
            response_types = metadata.GetProperty("response_types_supported"),
        });

        Assert.Equal(["authorization_code", "refresh_token"], TextsOf(client, "grant_types"));
        Assert.Equal(["code"], TextsOf(client, "response_types"));
    }

    [Theory]
    [InlineData("client_secret_jwt")]
    [InlineData("tls_client_auth")]
    [InlineData("self_signed_tls_client_auth")]
    [Spec("RFC 7591 §3.2.1", "replaced-values-answered")]
    public async Task A_method_of_OAuth_that_is_not_served_is_replaced_by_the_default(string method)
    {
        var client = await new Registrant(await host.CompanyAsync()).RegisterAsync(new
        {
            client_name = "Another method",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = method,
            response_types = new[] { "code", "code id_token", "token" },
        });

        Assert.Equal("client_secret_basic", client.Text("token_endpoint_auth_method"));
        Assert.NotNull(client.Text("client_secret"));
        Assert.Equal(["code"], TextsOf(client, "response_types"));
        await client.Client.TokensAsync();
    }

    [Theory]
    [InlineData("none")]
    [InlineData("client_secret_post")]
    [Spec("RFC 7591 §3.2.1", "replaced-values-answered")]
    public async Task Keys_of_a_client_that_does_not_sign_are_dropped(string method)
    {
        var company = await host.CompanyAsync();
        foreach (var keys in new[] { $"\"jwks\":{{\"keys\":[{ClientKey.Public}]}}", "\"jwks_uri\":\"https://client.example/keys\"" })
        {
            using var body = new StringContent(
                $$"""{"redirect_uris":["{{Registrant.Redirect}}"],"token_endpoint_auth_method":"{{method}}",{{keys}}}""", Encoding.UTF8,
                "application/json");
            using var answer = await host.Anonymous.PostAsync($"/api/v1/resources/{company.ResourceId}/clients:register", body);
            var json = await answer.Content.ReadFromJsonAsync<JsonElement>();

            Assert.True(answer.StatusCode == HttpStatusCode.Created, json.ToString());
            Assert.Equal(method, json.GetProperty("token_endpoint_auth_method").GetString());
            Assert.False(json.TryGetProperty("jwks", out _) || json.TryGetProperty("jwks_uri", out _));
        }
    }

    private static IEnumerable<string?> TextsOf(RegisteredClient client, string member) =>
        client.Response.GetProperty(member).EnumerateArray().Select(value => value.GetString());
}
