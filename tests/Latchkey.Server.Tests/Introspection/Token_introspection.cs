using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Introspect;

public sealed class Introspecting_on_SQLite(OnSqlite host) : Introspecting(host), IClassFixture<OnSqlite>;

public sealed class Introspecting_on_PostgreSQL(OnPostgres host) : Introspecting(host), IClassFixture<OnPostgres>;

public abstract class Introspecting(LatchkeyHost host)
{
    [Fact]
    [Spec("RFC 7662 §2.2", "active")]
    [Spec("RFC 7662 §4", "uncached")]
    public async Task Tells_the_resources_own_server_what_a_live_access_token_says()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        var answer = await IntrospectAsync(server, tokens.Access);

        Assert.True(answer.GetProperty("active").GetBoolean());
        Assert.Equal("Bearer", answer.GetProperty("token_type").GetString());
        foreach (var claim in tokens.Claims.EnumerateObject())
        {
            Assert.Equal(claim.Value.ToString(), answer.GetProperty(claim.Name).ToString());
        }
    }

    [Fact]
    [Spec("RFC 7662 §2.2", "active")]
    public async Task Tells_of_the_live_refresh_token_and_not_of_one_rotated_away()
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
    [Spec("RFC 7662 §4", "state-checked")]
    public async Task Says_only_inactive_of_what_is_unknown_malformed_expired_revoked_or_another_resources()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var foreign = await (await McpClient.RegisterAsync(await host.NewCompanyAsync())).TokensAsync();
        foreach (var token in new[] { "unknown", "lkr_unknown", "a.b.c", tokens.Access[..^4] + "AAAA", foreign.Access, foreign.Refresh!, await company.TokenAsync() })
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
    public async Task Hears_at_once_that_the_person_was_revoked_or_the_connection_disabled()
    {
        var company = await host.NewCompanyAsync();
        var server = await NewServerAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var adas = await client.TokensAsync();
        var bobs = await client.TokensAsync(new { sub = "bob", email = "bob@acme.example" });
        (await company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" })).Dispose();
        await ExpectInactiveAsync(server, adas.Access);
        Assert.True((await IntrospectAsync(server, bobs.Access)).GetProperty("active").GetBoolean());

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await ExpectInactiveAsync(server, bobs.Access);
    }

    [Fact]
    [Spec("RFC 7662 §2.1", "authenticated", "post-form")]
    [Spec("RFC 7662 §2.3", "errors")]
    public async Task Is_for_callers_that_prove_themselves()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(await PostAsync(null, ("token", tokens.Access)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(null, ("token", tokens.Access), ("client_id", client.Id)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(Basic(client.Id, "wrong"), ("token", tokens.Access)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(await NewServerAsync(company)), 400, "invalid_request");
        using var get = await host.Anybody.GetAsync("/oauth/introspect");
        Assert.Equal(405, (int)get.StatusCode);
    }

    [Fact]
    [Spec("RFC 7662 §2.2", "by-caller")]
    public async Task Lets_an_API_client_ask_unless_it_may_only_report_logins()
    {
        var company = await host.NewCompanyAsync();
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        Assert.True((await IntrospectAsync(Basic(LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret), tokens.Access)).GetProperty("active").GetBoolean());

        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "login", role = "login", connection_ids = new[] { company.ConnectionId } });
        await ExpectInactiveAsync(Basic(made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!), tokens.Access);
    }

    /// <summary>The MCP server's own credential: a client of the resource that acts for itself.</summary>
    private async Task<AuthenticationHeaderValue> NewServerAsync(Company company)
    {
        var made = await host.SendAsync(HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "The MCP server" });
        return Basic(made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    private static AuthenticationHeaderValue Basic(string id, string secret) => new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}")));

    private async Task<JsonElement> IntrospectAsync(AuthenticationHeaderValue server, string token)
    {
        using var answer = await PostAsync(server, ("token", token));
        Assert.Equal(200, (int)answer.StatusCode);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task ExpectInactiveAsync(AuthenticationHeaderValue server, string token) => Assert.Equal("""{"active":false}""", (await IntrospectAsync(server, token)).GetRawText());

    private async Task<HttpResponseMessage> PostAsync(AuthenticationHeaderValue? authorization, params (string Name, string Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/oauth/introspect") { Content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value))) };
        request.Headers.Authorization = authorization;
        return await host.Anybody.SendAsync(request);
    }
}
