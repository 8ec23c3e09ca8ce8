using System.Net.Http.Headers;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Revocation;

public sealed class Revocation_by_API_clients_on_SQLite(OnSqlite host) : Revocation_by_API_clients(host), IClassFixture<OnSqlite>;

public sealed class Revocation_by_API_clients_on_PostgreSQL(OnPostgres host) : Revocation_by_API_clients(host), IClassFixture<OnPostgres>;

/// <summary>
/// <c>/oauth/revoke</c> with the credential of the management API: it revokes what the API may revoke, and a credential without the right
/// gets an error, never a success without effect.
/// </summary>
public abstract class Revocation_by_API_clients(LatchkeyHost host)
{
    private const string Credential = "credential";
    private const string Bearer = "bearer token";

    [Theory]
    [InlineData(Credential, "")]
    [InlineData(Credential, "/resources/{res}")]
    [InlineData(Bearer, "")]
    [InlineData(Bearer, "/resources/{res}")]
    [Spec("RFC 7009 §2.1", "ends-the-grant")]
    public async Task A_management_client_revokes_the_tokens_of_every_client(string how, string entry)
    {
        var (client, server) = await NewAsync();
        var (tokens, other) = (await client.TokensAsync(), await client.TokensAsync());
        var at = entry.Replace("{res}", client.Company.ResourceId, StringComparison.Ordinal);
        var jti = tokens.Claims.GetProperty("jti").GetString();

        Assert.Equal(200, await RevokeAsync(how, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, tokens.Access, at));
        await server.ExpectInactiveAsync(tokens.Access);
        Assert.True(await server.IsActiveAsync(tokens.Refresh!));
        Assert.Equal(["token.revoked"], await AuditedAsync(jti!));

        Assert.Equal(200, await RevokeAsync(how, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, tokens.Refresh!, at));
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        Assert.Equal(["grant.revoked"], await AuditedAsync(tokens.Claims.GetProperty("grant_id").GetString()!));
        await ExpectLiveAsync(client, server, other);
    }

    [Theory]
    [InlineData("unknown")]
    [InlineData("lkr_unknown")]
    [InlineData("a.b.c")]
    [Spec("RFC 7009 §2.2", "unknown-is-success")]
    public async Task An_unknown_token_is_a_success_for_a_management_client(string token)
    {
        foreach (var how in new[] { Credential, Bearer })
        {
            Assert.Equal(200, await RevokeAsync(how, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, token));
        }
    }

    [Fact]
    public async Task A_second_revocation_is_a_success_with_one_audit_entry()
    {
        var (client, _) = await NewAsync();
        var tokens = await client.TokensAsync();
        for (var i = 0; i < 2; i++)
        {
            Assert.Equal(200, await RevokeAsync(Credential, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, tokens.Access));
            Assert.Equal(200, await RevokeAsync(Credential, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, tokens.Refresh!));
        }

        Assert.Equal(["token.revoked"], await AuditedAsync(tokens.Claims.GetProperty("jti").GetString()!));
        Assert.Equal(["grant.revoked"], await AuditedAsync(tokens.Claims.GetProperty("grant_id").GetString()!));
    }

    [Theory]
    [InlineData("read-only", Credential)]
    [InlineData("read-only", Bearer)]
    [InlineData("login", Credential)]
    [InlineData("login", Bearer)]
    public async Task An_API_client_without_the_role_management_is_403_and_revokes_nothing(string role, string how)
    {
        var (client, server) = await NewAsync();
        var tokens = await client.TokensAsync();
        var (id, secret) = await NewApiClientAsync(client.Company, role);
        foreach (var token in new[] { tokens.Access, tokens.Refresh!, "unknown" })
        {
            using var response = await TryRevokeAsync(how, id, secret, token);
            await Expect.ErrorAsync(response, 403, "unauthorized_client");
        }

        await ExpectLiveAsync(client, server, tokens);
    }

    [Theory]
    [InlineData("no token of this server")]
    [InlineData("{access}")]
    [InlineData("{refresh}")]
    [InlineData("{management}x")]
    public async Task A_bearer_token_that_is_no_management_token_is_401_and_revokes_nothing(string bearer)
    {
        var (client, server) = await NewAsync();
        var tokens = await client.TokensAsync();
        var sent = bearer.Replace("{access}", tokens.Access, StringComparison.Ordinal)
            .Replace("{refresh}", tokens.Refresh, StringComparison.Ordinal)
            .Replace("{management}", await host.OperatorTokenAsync(), StringComparison.Ordinal);

        await Expect.BearerRefusedAsync(await PostAsync(new("Bearer", sent), ("token", tokens.Refresh)));
        await ExpectLiveAsync(client, server, tokens);
    }

    /// <summary>SDKs send a stale bearer token beside the client's own credentials, which decide.</summary>
    [Fact]
    public async Task A_bearer_token_beside_a_client_id_has_no_effect()
    {
        var (owner, server) = await NewAsync();
        var attacker = await McpClient.RegisterAsync(owner.Company, "http://127.0.0.1:5000/attacker");
        var tokens = await owner.TokensAsync();

        await Expect.ErrorAsync(
            await PostAsync(new("Bearer", await host.OperatorTokenAsync()), ("token", tokens.Refresh), ("client_id", attacker.Id)), 400,
            "invalid_grant");
        await ExpectLiveAsync(owner, server, tokens);
        using var response = await PostAsync(new("Bearer", "stale"), ("token", tokens.Access), ("client_id", owner.Id));
        Assert.Equal(200, (int)response.StatusCode);
        await server.ExpectInactiveAsync(tokens.Access);
    }

    [Fact]
    public async Task A_management_token_cannot_be_revoked_and_the_response_says_so()
    {
        var token = await host.OperatorTokenAsync();

        await Expect.ErrorAsync(
            await TryRevokeAsync(Credential, LatchkeyHost.OperatorId, LatchkeyHost.OperatorSecret, token), 400, "unsupported_token_type");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/resources");
        request.Headers.Authorization = new("Bearer", token);
        using var response = await host.Anonymous.SendAsync(request);
        Assert.Equal(200, (int)response.StatusCode);
    }

    [Fact]
    public async Task A_credential_at_an_address_that_is_not_allowed_is_401_and_revokes_nothing()
    {
        var (client, server) = await NewAsync();
        var tokens = await client.TokensAsync();
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", new { name = "n", role = "management" });
        var (id, secret) = (IdOf(made), made.GetProperty("plain_secret").GetString()!);
        var bearer = await host.ManagementTokenAsync(id, secret);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/clients/{id}", new { allowed_addresses = new[] { "192.0.2.0/24" } });

        await Expect.ErrorAsync(await TryRevokeAsync(Credential, id, secret, tokens.Refresh!), 401, "invalid_client");
        await Expect.BearerRefusedAsync(await PostAsync(new("Bearer", bearer), ("token", tokens.Refresh)));
        await ExpectLiveAsync(client, server, tokens);
    }

    private async Task<(McpClient Client, ResourceServer Server)> NewAsync()
    {
        var company = await host.NewCompanyAsync();
        return (await McpClient.RegisterAsync(company), await ResourceServer.CreateAsync(company));
    }

    private async Task<(string Id, string Secret)> NewApiClientAsync(Company company, string role)
    {
        object body =
            role == "login" ? new { name = "n", role, connection_ids = new[] { company.ConnectionId } } : new { name = "n", role };
        var made = await host.SendAsync(HttpMethod.Post, "/api/v1/clients", body);
        return (IdOf(made), made.GetProperty("plain_secret").GetString()!);
    }

    private static string IdOf(JsonElement made) => made.GetProperty("client").GetProperty("client_id").GetString()!;

    private async Task<int> RevokeAsync(string how, string id, string secret, string token, string entry = "")
    {
        using var response = await TryRevokeAsync(how, id, secret, token, entry);
        return (int)response.StatusCode;
    }

    private async Task<HttpResponseMessage> TryRevokeAsync(string how, string id, string secret, string token, string entry = "") =>
        how == Bearer
            ? await PostAsync(new("Bearer", await host.ManagementTokenAsync(id, secret)), entry, ("token", token))
            : await PostAsync(null, entry, ("token", token), ("client_id", id), ("client_secret", secret));

    private Task<HttpResponseMessage> PostAsync(AuthenticationHeaderValue? authorization, params (string Name, string? Value)[] form) =>
        PostAsync(authorization, "", form);

    private async Task<HttpResponseMessage> PostAsync(
        AuthenticationHeaderValue? authorization, string entry, params (string Name, string? Value)[] form)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{entry}/oauth/revoke")
        {
            Content = new FormUrlEncodedContent(form.Select(f => KeyValuePair.Create(f.Name, f.Value!))),
        };
        request.Headers.Authorization = authorization;
        return await host.Anonymous.SendAsync(request);
    }

    private async Task<IEnumerable<string>> AuditedAsync(string target) =>
        (await host.SendAsync(HttpMethod.Get, $"/api/v1/audit?target={target}")).GetProperty("entries").EnumerateArray()
            .Select(e => e.GetProperty("action").GetString()!);

    /// <summary>The state behind the responses: both tokens still work.</summary>
    private static async Task ExpectLiveAsync(McpClient client, ResourceServer server, Tokens tokens)
    {
        Assert.True(await server.IsActiveAsync(tokens.Access));
        Assert.True(await server.IsActiveAsync(tokens.Refresh!));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }
}
