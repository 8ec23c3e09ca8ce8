using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Revocation;

public sealed class Token_revocation_on_SQLite(OnSqlite host) : Token_revocation(host), IClassFixture<OnSqlite>;

public sealed class Token_revocation_on_PostgreSQL(OnPostgres host) : Token_revocation(host), IClassFixture<OnPostgres>;

public abstract class Token_revocation(LatchkeyHost host)
{
    [Fact]
    [Spec("RFC 7009 §2", "refresh-tokens")]
    [Spec("RFC 7009 §2.1", "client-authenticated", "ends-the-grant")]
    public async Task Revoking_a_refresh_token_ends_its_grant_with_its_access_tokens_and_no_other_grant()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var server = await ResourceServer.CreateAsync(company);
        var tokens = await client.TokensAsync();
        var other = await client.TokensAsync();

        await ExpectSuccessAsync(await client.RevokeAsync(tokens.Refresh!));
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await server.ExpectInactiveAsync(tokens.Access);
        await ExpectLiveAsync(client, server, other);
    }

    [Fact]
    [Spec("RFC 7009 §2", "access-tokens")]
    public async Task Revoking_an_access_token_revokes_it_alone_and_its_grant_goes_on()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var server = await ResourceServer.CreateAsync(company);
        var tokens = await client.TokensAsync(scope: "openid notes:read");
        var next = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        await ExpectSuccessAsync(await client.RevokeAsync(tokens.Access));
        await server.ExpectInactiveAsync(tokens.Access);
        Assert.Equal(401, await UserInfoAsync(tokens));
        Assert.Equal(200, await UserInfoAsync(next));
        await ExpectLiveAsync(client, server, next);
    }

    [Fact]
    [Spec("RFC 7009 §2", "access-tokens")]
    public async Task A_client_revokes_the_access_token_that_it_got_for_itself()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company, []);
        var server = await ResourceServer.CreateAsync(company);
        var (first, second) = (await AskAsync(client), await AskAsync(client));
        await ExpectSuccessAsync(await client.RevokeAsync(first.Access));

        await server.ExpectInactiveAsync(first.Access);
        Assert.True(await server.IsActiveAsync(second.Access));
    }

    [Fact]
    [Spec("RFC 7009 §2.1", "own-tokens-only")]
    public async Task A_token_of_another_client_is_refused_and_stays_valid()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        var tokens = await owner.TokensAsync();

        await Expect.ErrorAsync(await attacker.RevokeAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await attacker.RevokeAsync(tokens.Access), 400, "invalid_grant");
        await ExpectLiveAsync(owner, await ResourceServer.CreateAsync(company), tokens);
    }

    /// <summary>A confidential client, a resource server and a client of another resource are no more than other clients here.</summary>
    [Fact]
    [Spec("RFC 7009 §2.1", "own-tokens-only")]
    public async Task No_other_kind_of_client_revokes_the_token_of_a_client()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var server = await ResourceServer.CreateAsync(company);
        var tokens = await owner.TokensAsync();
        foreach (var attacker in new[]
        {
            await McpClient.CreateAsync(company), await McpClient.CreateAsync(await host.NewCompanyAsync()),
            new McpClient(company, server.Id, server.Secret, McpClient.Loopback), new McpClient(company, server.Id, server.Secret, "")
            {
                Entry = "",
            },
        })
        {
            await Expect.ErrorAsync(await attacker.RevokeAsync(tokens.Refresh!), 400, "invalid_grant");
            await Expect.ErrorAsync(await attacker.RevokeAsync(tokens.Access), 400, "invalid_grant");
            Assert.True(await server.IsActiveAsync(tokens.Access));
        }

        await ExpectLiveAsync(owner, server, tokens);
    }

    /// <summary>{refresh} and {access} are valid tokens of another grant, {code} is a valid code: none of them is revoked.</summary>
    [Theory]
    [InlineData("whatever")]
    [InlineData("lkr_")]
    [InlineData("lkr_0000000000000000000000.0.key_0.x")]
    [InlineData("{refresh}x")]
    [InlineData("{refresh} ")]
    [InlineData("{access}x")]
    [InlineData("{access}.")]
    [InlineData("{none}")]
    [InlineData("{code}")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("é")]
    [InlineData("' OR 1=1 --")]
    [Spec("RFC 7009 §2.2", "unknown-is-success")]
    public async Task An_unknown_token_is_a_success_and_revokes_nothing(string token)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        var tokens = await client.TokensAsync();
        var unsigned =
            $"{System.Buffers.Text.Base64Url.EncodeToString("{\"alg\":\"none\",\"typ\":\"at+jwt\"}"u8)}.{tokens.Access.Split('.')[1]}.";
        var sent = token.Replace("{refresh}", tokens.Refresh, StringComparison.Ordinal)
            .Replace("{access}", tokens.Access, StringComparison.Ordinal)
            .Replace("{code}", code, StringComparison.Ordinal).Replace("{none}", unsigned, StringComparison.Ordinal);

        using var answer = await client.RevokeAsync(sent);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await Tokens.OfAsync(await client.RedeemAsync(code));
    }

    [Fact]
    [Spec("RFC 7009 §2.2", "unknown-is-success")]
    public async Task Revoking_a_token_twice_or_after_its_expiry_is_a_success()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var tokens = await client.TokensAsync();
        foreach (var token in new[] { tokens.Refresh!, tokens.Refresh!, tokens.Access, tokens.Access })
        {
            using var answer = await client.RevokeAsync(token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        var expired = await client.TokensAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(16));
        using var late = await client.RevokeAsync(expired.Access);
        Assert.Equal(HttpStatusCode.OK, late.StatusCode);
        await Tokens.OfAsync(await client.RefreshAsync(expired.Refresh!));
    }

    [Theory]
    [InlineData("refresh_token")]
    [InlineData("access_token")]
    [InlineData("nonsense")]
    [Spec("RFC 7009 §2.1", "hint-is-a-hint")]
    public async Task A_token_with_a_wrong_token_type_hint_is_revoked(string hint)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var tokens = await client.TokensAsync();
        using var answer = await client.PostAsync(
            "/oauth/revoke", [("token", tokens.Refresh), ("token_type_hint", hint), ("client_id", client.Id)], []);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
    }

    [Theory]
    [InlineData("token=", 400, "invalid_request")]
    [InlineData("x=1", 400, "invalid_request")]
    [InlineData("token={token}&token={token}", 400, "invalid_request")]
    [InlineData("token={token}&token_type_hint=a&token_type_hint=b", 400, "invalid_request")]
    [InlineData("token={token}&client_id={id}", 400, "invalid_request")]
    [InlineData("token={token}&client_secret=x", 401, "invalid_client")]
    [Spec("RFC 7009 §2.1", "request-checked")]
    public async Task A_request_with_a_wrong_parameter_is_refused_and_revokes_nothing(string form, int status, string error)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var tokens = await client.TokensAsync();
        var body = $"client_id={client.Id}&{form}".Replace("{token}", tokens.Refresh, StringComparison.Ordinal)
            .Replace("{id}", client.Id, StringComparison.Ordinal);
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");

        await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/revoke", content), status, error);
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    [Spec("RFC 7009 §2.1", "request-checked")]
    public async Task A_JSON_body_is_refused()
    {
        using var content = new StringContent("{\"token\":\"x\"}", System.Text.Encoding.UTF8, "application/json");

        await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/revoke", content), 400, "invalid_request");
    }

    [Fact]
    [Spec("RFC 7009 §2.1", "client-authenticated")]
    public async Task A_request_without_valid_client_authentication_is_refused()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var tokens = await client.TokensAsync();
        (string, string?)[] form = [("token", tokens.Refresh), ("client_id", client.Id), ("client_secret", null)];

        await Expect.ErrorAsync(await client.PostAsync("/oauth/revoke", form, []), 401, "invalid_client");
        await Expect.ErrorAsync(await client.PostAsync("/oauth/revoke", form, [("client_secret", "wrong")]), 401, "invalid_client");
        await Expect.ErrorAsync(await client.PostAsync("/oauth/revoke", form, [("client_id", null)]), 401, "invalid_client");
        await Expect.ErrorAsync(
            await client.PostAsync("/oauth/revoke", form, [("client_id", "m2m_0000000000000000000000")]), 401, "invalid_client");
        var basic = await client.PostAsync(
            "/oauth/revoke", form, [], new("Basic", Convert.ToBase64String(System.Text.Encoding.ASCII.GetBytes($"{client.Id}:wrong"))));
        Assert.Equal("Basic", Assert.Single(basic.Headers.WwwAuthenticate).Scheme);
        await Expect.ErrorAsync(basic, 401, "invalid_client");
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    private static async Task ExpectSuccessAsync(HttpResponseMessage response)
    {
        using (response)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal("", await response.Content.ReadAsStringAsync());
        }
    }

    /// <summary>The state behind the responses: both tokens still work.</summary>
    private static async Task ExpectLiveAsync(McpClient client, ResourceServer server, Tokens tokens)
    {
        Assert.True(await server.IsActiveAsync(tokens.Access));
        Assert.True(await server.IsActiveAsync(tokens.Refresh!));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    private static async Task<Tokens> AskAsync(McpClient client) => await Tokens.OfAsync(
        await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], []),
        scopeIsThere: false);

    private async Task<int> UserInfoAsync(Tokens tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.Access);
        using var response = await host.Anonymous.SendAsync(request);
        return (int)response.StatusCode;
    }
}
