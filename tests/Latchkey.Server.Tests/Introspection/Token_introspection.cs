using System.Net.Http.Json;
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
        var server = await ResourceServer.CreateAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        var response = await server.IntrospectAsync(tokens.Access);

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
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var rotated = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        Assert.Equal("ada", (await server.IntrospectAsync(rotated.Refresh!)).GetProperty("sub").GetString());
        await server.ExpectInactiveAsync(tokens.Refresh!);
    }

    [Fact]
    [Spec("RFC 7009 §2.1", "ends-the-grant")]
    [Spec("RFC 7662 §2.2", "inactive-only", "inactive-says-no-more")]
    [Spec("RFC 7662 §4", "state-checked", "usable-here")]
    public async Task Unknown_malformed_expired_revoked_and_foreign_tokens_are_only_inactive()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var foreign = await (await McpClient.RegisterAsync(await host.NewCompanyAsync())).TokensAsync();
        foreach (var token in new[] { "unknown", "lkr_unknown", "a.b.c", tokens.Access[..^4] + "AAAA", foreign.Access, foreign.Refresh!,
            await company.TokenAsync() })
        {
            await server.ExpectInactiveAsync(token);
        }

        var revoked = await client.TokensAsync();
        (await client.RevokeAsync(revoked.Refresh!)).Dispose();
        await server.ExpectInactiveAsync(revoked.Access);

        host.Clock.Advance(TimeSpan.FromMinutes(16));
        await server.ExpectInactiveAsync(tokens.Access);
        Assert.True((await server.IntrospectAsync(tokens.Refresh!)).GetProperty("active").GetBoolean());
    }

    [Fact]
    [Spec("RFC 7662 §4", "state-checked")]
    public async Task A_token_is_inactive_at_once_when_the_user_is_revoked_or_the_connection_disabled()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var adas = await client.TokensAsync();
        var bobs = await client.TokensAsync(new { sub = "bob", email = "bob@acme.example" });
        (await company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" }))
            .Dispose();
        await server.ExpectInactiveAsync(adas.Access);
        Assert.True((await server.IntrospectAsync(bobs.Access)).GetProperty("active").GetBoolean());

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await server.ExpectInactiveAsync(bobs.Access);
    }

    /// <summary>A refresh token that the token endpoint refuses by the present policy is not active.</summary>
    [Theory]
    [Spec("RFC 7662 §4", "state-checked")]
    [InlineData("connection disabled")]
    [InlineData("registration closed")]
    [InlineData("client blocked")]
    [InlineData("another connection")]
    public async Task A_refresh_token_is_inactive_as_soon_as_the_present_policy_refuses_it(string change)
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        Assert.True(await server.IsActiveAsync(tokens.Refresh!));
        var resource = $"/api/v1/resources/{company.ResourceId}";
        await (change switch
        {
            "connection disabled" =>
                host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false }),
            "registration closed" => host.SendAsync(HttpMethod.Patch, resource, new { disable_dynamic_client_registration = true }),
            "client blocked" => host.SendAsync(HttpMethod.Patch, $"{resource}/clients/{client.Id}", new { enabled = false }),
            _ => host.SendAsync(HttpMethod.Patch, resource, new { connection_id = (await host.NewCompanyAsync()).ConnectionId }),
        });

        await server.ExpectInactiveAsync(tokens.Access);
        await server.ExpectInactiveAsync(tokens.Refresh!);
    }

    [Fact]
    [Spec("RFC 7662 §2.1", "authenticated", "post-form")]
    [Spec("RFC 7662 §2.3", "errors")]
    public async Task Introspection_requires_authentication()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(await PostAsync(("token", tokens.Access)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(("token", tokens.Access), ("client_id", client.Id)), 401, "invalid_client");
        await Expect.ErrorAsync(await PostAsync(("token", tokens.Access), ("client_id", server.Id)), 401, "invalid_client");
        await Expect.ErrorAsync(
            await PostAsync(("token", tokens.Access), ("client_id", server.Id), ("client_secret", "wrong")), 401, "invalid_client");
        await Expect.ErrorAsync(
            await PostAsync(("client_id", server.Id), ("client_secret", server.Secret)), 400, "invalid_request");
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
        var server = await ResourceServer.CreateAsync(company);
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();
        foreach (var token in new[] { tokens.Access, tokens.Refresh! })
        {
            using var response = await PostAsync(
                ("token", token), ("token_type_hint", hint), ("client_id", server.Id), ("client_secret", server.Secret));
            Assert.True((await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("active").GetBoolean());
        }
    }

    /// <summary>
    /// A client that registered itself would otherwise see each rotation of a stolen refresh token without using it, and so avoid the
    /// detection of its replay.
    /// </summary>
    [Theory]
    [InlineData("registered")]
    [InlineData("registered with a key")]
    [InlineData("created for tokens")]
    [InlineData("created for client credentials")]
    [InlineData("of an organization")]
    [InlineData("API client of role management")]
    [InlineData("API client of role read-only")]
    [InlineData("API client of role login")]
    [Spec("RFC 7662 §2.2", "by-caller")]
    [Spec("RFC 7662 §4", "only-resource-servers")]
    public async Task A_client_that_is_no_resource_server_is_403_and_learns_nothing(string kind)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var form = await CredentialAsync(company, kind);

        foreach (var token in new[] { tokens.Access, tokens.Refresh!, "unknown" })
        {
            foreach (var entry in new[] { "", $"/resources/{company.ResourceId}" })
            {
                using var content = new FormUrlEncodedContent([new("token", token), .. form()]);
                await Expect.ErrorAsync(await host.Anonymous.PostAsync($"{entry}/oauth/introspect", content), 403, "unauthorized_client");
            }
        }

        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    [Spec("RFC 7662 §2.2", "by-caller")]
    public async Task A_resource_server_introspects_at_its_own_resource_and_at_the_environment_only()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var server = await ResourceServer.CreateAsync(company);
        var (own, foreign) = (await McpClient.RegisterAsync(company), await McpClient.RegisterAsync(other));
        var (tokens, foreignTokens) = (await own.TokensAsync(), await foreign.TokensAsync());

        foreach (var entry in new[] { "", $"/resources/{company.ResourceId}" })
        {
            Assert.True((await server.IntrospectAsync(tokens.Access, entry)).GetProperty("active").GetBoolean());
            Assert.Equal(ResourceServer.Inactive, (await server.IntrospectAsync(foreignTokens.Access, entry)).GetRawText());
            Assert.Equal(ResourceServer.Inactive, (await server.IntrospectAsync(foreignTokens.Refresh!, entry)).GetRawText());
        }

        foreach (var token in new[] { tokens.Access, foreignTokens.Access })
        {
            await Expect.ErrorAsync(
                await ResourceServer.TryIntrospectAsync(host, server.Id, server.Secret, token, $"/resources/{other.ResourceId}"),
                403, "unauthorized_client");
            await Expect.ErrorAsync(
                await ResourceServer.TryIntrospectAsync(host, server.Id, server.Secret, token, "/resources/res_0000000000000000000000"),
                404, "unknown_resource");
        }
    }

    /// <summary>A revoked access token of a live grant is inactive only because its <c>jti</c> is in the list of revoked tokens.</summary>
    [Fact]
    [Spec("RFC 7662 §4", "state-checked")]
    public async Task A_revoked_access_token_is_inactive_while_its_grant_goes_on()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var other = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        (await client.RevokeAsync(tokens.Access)).Dispose();

        await server.ExpectInactiveAsync(tokens.Access);
        Assert.True(await server.IsActiveAsync(other.Access));
        Assert.True(await server.IsActiveAsync(other.Refresh!));
    }

    [Fact]
    public async Task The_secret_of_a_disabled_or_deleted_resource_server_is_401()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var token = (await (await McpClient.RegisterAsync(company)).TokensAsync()).Access;
        var path = $"/api/v1/resources/{company.ResourceId}/clients/{server.Id}";
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = false });
        await Expect.ErrorAsync(
            await ResourceServer.TryIntrospectAsync(host, server.Id, server.Secret, token), 401, "invalid_client");
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = true });
        Assert.True(await server.IsActiveAsync(token));
        await host.SendAsync(HttpMethod.Delete, path);
        await Expect.ErrorAsync(
            await ResourceServer.TryIntrospectAsync(host, server.Id, server.Secret, token), 401, "invalid_client");
    }

    /// <returns>Makes the form fields of a new request: an assertion is valid only once.</returns>
    private async Task<Func<IEnumerable<KeyValuePair<string, string>>>> CredentialAsync(Company company, string kind)
    {
        if (kind == "registered with a key")
        {
            var signing = await new Registrant(company).RegisterAsync(new
            {
                client_name = "Stranger",
                redirect_uris = new[] { Registrant.Redirect },
                token_endpoint_auth_method = "private_key_jwt",
                jwks = ClientKey.Set,
            });
            return () => ClientKey.Proof(host, signing.Id).Select(p => KeyValuePair.Create(p.Name, p.Value!));
        }

        var (id, secret) = await SecretAsync(company, kind);
        return () => [new("client_id", id), new("client_secret", secret)];
    }

    private async Task<(string Id, string Secret)> SecretAsync(Company company, string kind)
    {
        if (kind == "registered")
        {
            var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Stranger"));
            return (registered.Id, registered.Text("client_secret")!);
        }

        if (kind.StartsWith("created", StringComparison.Ordinal))
        {
            var client = kind == "created for tokens" ? await McpClient.CreateAsync(company) : await McpClient.CreateAsync(company, []);
            return (client.Id, client.Secret!);
        }

        var role = kind.Split(' ')[^1];
        var made = kind == "of an organization"
            ? await host.SendAsync(
                HttpMethod.Post, "/api/v1/organizations/acme/clients", new { name = "n", audience = new[] { company.ResourceId } })
            : await host.SendAsync(
                HttpMethod.Post, "/api/v1/clients",
                role == "login"
                    ? new { name = "n", role, connection_ids = new[] { company.ConnectionId } }
                    : (object)new { name = "n", role });
        return (made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString()!);
    }

    private async Task<HttpResponseMessage> PostAsync(params (string Name, string Value)[] form)
    {
        using var content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value)));
        return await host.Anonymous.PostAsync("/oauth/introspect", content);
    }
}
