using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.Token;

/// <summary>The access token that an MCP server receives, and the token response.</summary>
public sealed class Access_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData(null, "RS256")]
    [InlineData("RS256", "RS256")]
    [InlineData("ES256", "ES256")]
    [InlineData("PS256", "PS256")]
    [Spec("OAuth 2.1 §1.4", "unforgeable-access-tokens")]
    [Spec("RFC 8414 §2", "jwks")]
    [Spec("RFC 9068 §2.1", "signed", "typ")]
    public async Task An_access_token_is_a_signed_JWT_of_type_at_jwt_that_the_published_keys_verify(string? chosen, string algorithm)
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = chosen });
        var tokens = await (await McpClient.RegisterAsync(company)).TokensAsync();

        var (header, _) = RawJwt.Read(tokens.Access);
        Assert.Equal(["alg", "kid", "typ"], header.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal((algorithm, "at+jwt"), (header.GetProperty("alg").GetString(), header.GetProperty("typ").GetString()));
        var metadata = await host.Anonymous.GetFromJsonAsync<JsonElement>(
            $"/.well-known/oauth-authorization-server/resources/{company.ResourceId}");
        var keys = new JsonWebKeySet(await host.Anonymous.GetStringAsync(metadata.GetProperty("jwks_uri").GetString()));
        var parts = tokens.Access.Split('.');
        foreach (var (token, isValid) in new[] { (tokens.Access, true), ($"{parts[0]}.{parts[1]}.{parts[2][..^8]}AAAAAAAA", false),
            ($"{parts[0]}.{parts[1][..^4]}AAAA.{parts[2]}", false) })
        {
            var read = await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
            {
                ValidIssuer = company.Issuer,
                ValidAudience = company.ResourceUri,
                IssuerSigningKeys = keys.Keys,
                TryAllIssuerSigningKeys = false,
                ValidAlgorithms = [algorithm],
                ValidTypes = ["at+jwt"],
                LifetimeValidator = (_, _, _, _) => true,
            });
            Assert.Equal(isValid, read.IsValid);
        }
    }

    [Fact]
    [Spec("RFC 9068 §2.2", "claims")]
    [Spec("RFC 9068 §2.2.2", "identity-claims")]
    [Spec("RFC 9068 §2.2.3", "scope-claim")]
    public async Task The_claims_name_issuer_subject_client_scope_user_and_lifetime()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var before = host.Clock.GetUtcNow().ToUnixTimeSeconds();

        var (one, other) = ((await client.TokensAsync()).Claims, (await client.TokensAsync()).Claims);

        string[] needed =
            ["iss", "exp", "aud", "sub", "client_id", "iat", "jti", "scope", "scopes", "grant_id", "connection_id", "email", "name"];
        Assert.Empty(needed.Except(one.EnumerateObject().Select(c => c.Name), StringComparer.Ordinal));
        Assert.Equal(
            (company.Issuer, "ada", client.Id, "notes:read notes:write"),
            (Text(one, "iss"), Text(one, "sub"), Text(one, "client_id"), Text(one, "scope")));
        Assert.Equal(("ada@acme.example", "Ada Lovelace"), (Text(one, "email"), Text(one, "name")));
        Assert.InRange(one.GetProperty("iat").GetInt64(), before, host.Clock.GetUtcNow().ToUnixTimeSeconds());
        Assert.Equal(one.GetProperty("iat").GetInt64() + 900, one.GetProperty("exp").GetInt64());

        // It only breaks MCP servers whose clock is behind.
        Assert.False(one.TryGetProperty("nbf", out _));
        Assert.NotEqual(Text(one, "jti"), Text(other, "jti"));
    }

    /// <summary>A refresh is not a login: the claims about the login do not change (RFC 9068 §2.2.1).</summary>
    [Fact]
    [Spec("RFC 9068 §2.2.1", "login-facts-kept")]
    public async Task A_refresh_keeps_the_auth_time_acr_amr_and_sid_of_the_login()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var signedIn = host.Clock.GetUtcNow().ToUnixTimeSeconds() - 30;
        var tokens = await client.TokensAsync(new
        {
            sub = "ada",
            email = "ada@acme.example",
            auth_time = signedIn,
            acr = "mfa",
            amr = new[] { "pwd", "otp" },
            sid = "session-1"
        });

        host.Clock.Advance(TimeSpan.FromMinutes(3));
        var refreshed = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));

        foreach (var claims in new[] { tokens.Claims, refreshed.Claims })
        {
            Assert.Equal(
                (signedIn, "mfa", """["pwd","otp"]""", "session-1"),
                (claims.GetProperty("auth_time").GetInt64(), Text(claims, "acr"), claims.GetProperty("amr").GetRawText(),
                    Text(claims, "sid")));
        }

        Assert.InRange(refreshed.Claims.GetProperty("iat").GetInt64() - tokens.Claims.GetProperty("iat").GetInt64(), 180, 240);
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2.3", "token-answer-members")]
    public async Task A_token_response_has_exactly_the_specified_members()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        var ofACode = await AnswerAsync(await client.RedeemAsync(await client.CodeAsync(browser)));
        var ofARefresh = await AnswerAsync(await client.RefreshAsync(Text(ofACode, "refresh_token")!));
        var ofItself = await AnswerAsync(await client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], []));
        foreach (var (answer, members) in new[] { (ofACode, "access_token expires_in refresh_token scope token_type"),
            (ofARefresh, "access_token expires_in refresh_token scope token_type"),
            (ofItself, "access_token expires_in scope token_type") })
        {
            Assert.Equal(members.Split(' '), answer.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
            Assert.Equal(
                ("Bearer", 900L, "notes:read notes:write"),
                (Text(answer, "token_type"), answer.GetProperty("expires_in").GetInt64(), Text(answer, "scope")));
        }
    }

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(200, (int)answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
