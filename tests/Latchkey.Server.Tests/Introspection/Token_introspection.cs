using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Introspection;

public sealed class Token_introspection_on_SQLite(OnSqlite host) : Token_introspection(host), IClassFixture<OnSqlite>;

public sealed class Token_introspection_on_PostgreSQL(OnPostgres host) : Token_introspection(host), IClassFixture<OnPostgres>;

public abstract class Token_introspection(LatchkeyHost host)
{
    [Fact]
    [Spec("RFC 7662 §2.2", "active")]
    [Spec("RFC 7662 §4", "uncached")]
    public async Task An_active_access_token_is_described_to_the_resource_server()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        var response = await IntrospectAsync(server, tokens.Access);

        Assert.True(response.GetProperty("active").GetBoolean());
        Assert.Equal("Bearer", response.GetProperty("token_type").GetString());
        foreach (var claim in tokens.Claims.EnumerateObject())
        {
            Assert.Equal(claim.Value.ToString(), response.GetProperty(claim.Name).ToString());
        }
    }

    [Fact]
    [Spec("RFC 7662 §2.2", "active")]
    public async Task The_current_refresh_token_is_active_and_a_rotated_one_is_not()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var rotated = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        Assert.Equal("ada", (await IntrospectAsync(server, rotated.Refresh!)).GetProperty("sub").GetString());
        await ExpectInactiveAsync(server, tokens.Refresh!);
    }

    [Fact]
    [Spec("RFC 7009 §2.1", "ends-the-grant")]
    [Spec("RFC 7662 §2.2", "inactive-only", "inactive-says-no-more")]
    [Spec("RFC 7662 §4", "state-checked", "usable-here")]
    public async Task Unknown_malformed_expired_revoked_and_foreign_tokens_are_only_inactive()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var foreign = await (await McpClient.RegisterAsync(await host.NewCompanyAsync())).TokensAsync();
        foreach (var token in new[] { "unknown", "lkr_unknown", "a.b.c", tokens.Access[..^4] + "AAAA", foreign.Access, foreign.Refresh!,
            await company.TokenAsync() })
        {
            await ExpectInactiveAsync(server, token);
        }

        var revoked = await client.TokensAsync();
        (await client.RevokeAsync(revoked.Refresh!)).Dispose();
        await ExpectInactiveAsync(server, revoked.Access);

        host.Clock.Advance(TimeSpan.FromMinutes(6));
        await ExpectInactiveAsync(server, tokens.Access);
        Assert.True((await IntrospectAsync(server, tokens.Refresh!)).GetProperty("active").GetBoolean());
    }

    [Fact]
    [Spec("RFC 7662 §4", "state-checked")]
    public async Task A_token_is_inactive_at_once_when_the_user_is_revoked_or_the_connection_disabled()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var adas = await client.TokensAsync();
        var bobs = await client.TokensAsync(new { sub = "bob", email = "bob@acme.example" });
        (await company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" }))
            .Dispose();
        await ExpectInactiveAsync(server, adas.Access);
        Assert.True((await IntrospectAsync(server, bobs.Access)).GetProperty("active").GetBoolean());

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await ExpectInactiveAsync(server, bobs.Access);
    }

    [Fact]
    [Spec("RFC 7662 §2.1", "authenticated", "post-form")]
    [Spec("RFC 7662 §2.3", "errors")]
    public async Task Introspection_requires_authentication()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(await PostAsync(null, ("token", tokens.Access)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(null, ("token", tokens.Access), ("client_id", client.Id)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(Basic(client.Id, "wrong"), ("token", tokens.Access)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(await NewServerAsync(company)), 400, "invalid_request");
        using var get = await host.Anonymous.GetAsync("/oauth/introspect");
        Assert.Equal(405, (int)get.StatusCode);
    }

    [Theory]
    [InlineData("access_token")]
    [InlineData("refresh_token")]
    [InlineData("nonsense")]
    [Spec("RFC 7662 §2.1", "hint-is-a-hint")]
    public async Task A_token_with_a_wrong_token_type_hint_is_found(string hint)
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        foreach (var token in new[] { tokens.Access, tokens.Refresh! })
        {
            using var response = await PostAsync(server, ("token", token), ("token_type_hint", hint));
            Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("active").GetBoolean());
        }
    }

    [Fact]
    [Spec("RFC 7662 §2.2", "by-caller")]
    public async Task A_management_client_may_introspect_and_a_client_of_role_login_may_not()
    {
        var company = await host.NewCompanyAsync();
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        Assert.True((await IntrospectAsync(Basic(LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret), tokens.Access))
            .GetProperty("active").GetBoolean());

        var made = await host.SendAsync(
            HttpMethod.Post, "/api/v1/clients", new { name = "login", role = "login", connection_ids = new[] { company.ConnectionId } });
        await ExpectInactiveAsync(
            Basic(made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!),
            tokens.Access);
    }

    /// <summary>The credential of the MCP server: a client of the resource without redirect URIs.</summary>
    private async Task<AuthenticationHeaderValue> NewServerAsync(Company company)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "The MCP server" });
        return Basic(made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    private static AuthenticationHeaderValue Basic(string id, string secret) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));

    private async Task<JsonElement> IntrospectAsync(AuthenticationHeaderValue server, string token)
    {
        using var response = await PostAsync(server, ("token", token));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task ExpectInactiveAsync(AuthenticationHeaderValue server, string token) =>
        Assert.Equal("""{"active":false}""", (await IntrospectAsync(server, token)).GetRawText());

    private async Task<HttpResponseMessage> PostAsync(AuthenticationHeaderValue? authorization, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/introspect")
        {
            Content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)))
        };
        request.Headers.Authorization = authorization;
        return await host.Anonymous.SendAsync(request);
    }
}
