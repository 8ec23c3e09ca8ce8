using System.Net;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Registration;

/// <summary>A client that registers its public keys and authenticates by private_key_jwt.</summary>
public sealed class Dynamic_client_registration_with_keys(WithClientHost host) : IClassFixture<WithClientHost>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_client_with_keys_gets_no_secret_and_authenticates_by_private_key_jwt(bool byUri)
    {
        var company = await host.NewCompanyAsync();
        host.Clients!.Publish("client.example/keys", ClientKey.Set);
        var registered = await new Registrant(company).RegisterAsync(Metadata(byUri));
        Assert.Equal(
            byUri ? null : ClientKey.Set.GetRawText(), registered.Response.TryGetProperty("jwks", out var jwks) ? jwks.GetRawText() : null);
        Assert.Equal(byUri ? "https://client.example/keys" : null, registered.Text("jwks_uri"));
        Assert.Null(registered.Text("client_secret"));
        Assert.False(registered.Response.TryGetProperty("client_secret_expires_at", out _));

        using var browser = new Browser(host);
        var code = await registered.Client.CodeAsync(browser);
        await Expect.ErrorAsync(await registered.Client.RedeemAsync(code), 401, "invalid_client");
        await Expect.ErrorAsync(await registered.Client.RedeemAsync(code, ("client_secret", "lks_x")), 401, "invalid_client");
        var tokens = await Tokens.OfAsync(await registered.Client.RedeemAsync(code, ClientKey.Proof(host, registered.Id)));
        await Tokens.OfAsync(await registered.Client.RefreshAsync(tokens.Refresh!, ClientKey.Proof(host, registered.Id)));
        await Expect.ErrorAsync(await registered.Client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
    }

    [Fact]
    public async Task Each_registration_with_keys_is_a_client_of_its_own_and_is_read_back_with_its_keys()
    {
        var registrant = new Registrant(await host.CompanyAsync());
        var (one, two) = (await registrant.RegisterAsync(Metadata(byUri: false)), await registrant.RegisterAsync(Metadata(byUri: false)));
        Assert.NotEqual(one.Id, two.Id);
        using var answer = await one.SendAsync(HttpMethod.Get);

        Assert.Equal(one.Response.GetRawText(), await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    [Spec("RFC 7592 §2.2", "update")]
    public async Task A_change_of_keys_ends_the_grants_of_the_client()
    {
        host.Clients!.Publish("client.example/keys", ClientKey.Set);
        var registered = await new Registrant(await host.NewCompanyAsync()).RegisterAsync(Metadata(byUri: false));
        using var browser = new Browser(host);
        var tokens = await Tokens.OfAsync(
            await registered.Client.RedeemAsync(await registered.Client.CodeAsync(browser), ClientKey.Proof(host, registered.Id)));
        var same = new Dictionary<string, object>(Metadata(byUri: false), StringComparer.Ordinal)
        {
            ["client_id"] = registered.Id,
            ["logo_uri"] = "https://client.example/logo.png"
        };
        using (var kept = await registered.SendAsync(HttpMethod.Put, same))
        {
            Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
            await Tokens.OfAsync(await registered.Client.RefreshAsync(tokens.Refresh!, ClientKey.Proof(host, registered.Id)));
        }

        var moved = new Dictionary<string, object>(Metadata(byUri: true), StringComparer.Ordinal) { ["client_id"] = registered.Id };
        using var changed = await registered.SendAsync(HttpMethod.Put, moved);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        await Expect.ErrorAsync(
            await registered.Client.RefreshAsync(tokens.Refresh!, ClientKey.Proof(host, registered.Id)), 400, "invalid_grant");
    }

    [Fact]
    public async Task Private_key_jwt_is_advertised_where_registration_is_open()
    {
        foreach (var (closed, isAdvertised) in new[] { (false, true), (true, false) })
        {
            var company = await host.NewCompanyAsync(resource: new { enable_cimd = false, disable_dynamic_client_registration = closed });
            var metadata = JsonSerializer.Deserialize<JsonElement>(
                await host.Anonymous.GetStringAsync($"/.well-known/oauth-authorization-server/resources/{company.ResourceId}"));
            Assert.Equal(isAdvertised, metadata.GetProperty("token_endpoint_auth_methods_supported").EnumerateArray().Any(m =>
                m.GetString() == "private_key_jwt"));
            Assert.Equal(isAdvertised, metadata.TryGetProperty("token_endpoint_auth_signing_alg_values_supported", out _));
        }
    }

    private static Dictionary<string, object> Metadata(bool byUri) => new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["client_name"] = "Signing",
        ["redirect_uris"] = new[] { Registrant.Redirect },
        ["grant_types"] = new[] { "authorization_code", "refresh_token" },
        ["token_endpoint_auth_method"] = "private_key_jwt",
        [byUri ? "jwks_uri" : "jwks"] = byUri ? "https://client.example/keys" : ClientKey.Set,
    };
}

public sealed class Dynamic_client_registration_with_PAR(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Fact]
    [Spec("RFC 9126 §4", "push-required")]
    public async Task A_client_registered_for_PAR_must_push_and_is_another_client_than_one_that_is_not()
    {
        var company = await host.NewCompanyAsync();
        var registrant = new Registrant(company);
        var metadata = new
        {
            redirect_uris = new[] { McpClient.Loopback },
            token_endpoint_auth_method = "none",
            require_pushed_authorization_requests = true
        };
        var registered = await registrant.RegisterAsync(metadata);
        Assert.True(registered.Response.GetProperty("require_pushed_authorization_requests").GetBoolean());
        Assert.Equal(registered.Id, (await registrant.RegisterAsync(metadata)).Id);
        var free = await registrant.RegisterAsync(new
        {
            redirect_uris = new[] { McpClient.Loopback },
            token_endpoint_auth_method = "none",
            require_pushed_authorization_requests = false
        });
        Assert.NotEqual(registered.Id, free.Id);
        Assert.False(free.Response.TryGetProperty("require_pushed_authorization_requests", out _));

        Expect.Redirect(
            await host.Anonymous.GetAsync(registered.Client.Authorize()), McpClient.Loopback, "invalid_request", company.Issuer);
    }
}
