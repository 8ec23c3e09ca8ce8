using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.UserInfo;

/// <summary>The form of ID tokens (OpenID Connect Core §2), beside their claims about the user.</summary>
public sealed class ID_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>A client that registered no algorithm expects the default of OpenID Connect.</summary>
    [Theory]
    [InlineData("RS256")]
    [InlineData("ES256")]
    [InlineData("PS256")]
    [Spec("OpenID Connect §2", "id-token-signed", "no-key-headers")]
    [Spec("OpenID Connect §10.1", "kid")]
    [Spec("OpenID Connect §15.1", "rs256")]
    public async Task An_ID_token_is_signed_with_RS256_whatever_the_resource_chose_for_access_tokens(string ofAccessTokens)
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = ofAccessTokens });
        var client = await McpClient.RegisterAsync(company);
        var token = await IdTokenAsync(client);

        var (header, _) = RawJwt.Read(token);
        Assert.Equal(["alg", "kid", "typ"], header.EnumerateObject().Select(m => m.Name).Order(StringComparer.Ordinal));
        Assert.Equal("RS256", header.GetProperty("alg").GetString());
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
        {
            ValidIssuer = company.Issuer,
            ValidAudience = client.Id,
            IssuerSigningKeys = new JsonWebKeySet(await host.Anonymous.GetStringAsync("/keys")).Keys,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = ["RS256"],
            LifetimeValidator = (_, _, _, _) => true,
        });
        Assert.True(read.IsValid, read.Exception?.Message);
    }

    /// <summary>The report has nothing but the required members, so most claims have no value.</summary>
    [Fact]
    [Spec("OpenID Connect §2", "no-null-claims", "sub-length")]
    [Spec("OpenID Connect Discovery §3", "claims-supported")]
    public async Task Claims_without_values_are_omitted_and_every_claim_is_listed_by_discovery()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var longest = new string('x', 255);
        foreach (var user in new object[]
        {
            new { sub = longest, email = "a@b.example" },
            new { sub = "ada", email = "a@b.example", name = "Ada", given_name = "Ada", picture = "https://a.example/p.png", sid = "s1",
                acr = "mfa", amr = new[] { "pwd" }, auth_time = host.Clock.GetUtcNow().ToUnixTimeSeconds() },
        })
        {
            var claims = JsonSerializer.Deserialize<JsonElement>(
                Base64Url.DecodeFromChars((await IdTokenAsync(client, user)).Split('.')[1]));

            Assert.All(claims.EnumerateObject(), claim => Assert.False(
                claim.Value.ValueKind == JsonValueKind.Null || claim.Value.ToString() is "" or "[]", claim.Name));
            Assert.InRange(claims.GetProperty("sub").GetString()!.Length, 1, 255);
            var discovery = await host.Anonymous.GetFromJsonAsync<JsonElement>("/.well-known/openid-configuration");
            Assert.Empty(claims.EnumerateObject().Select(claim => claim.Name).Except(
                discovery.GetProperty("claims_supported").EnumerateArray().Select(name => name.GetString()!), StringComparer.Ordinal));
        }

        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize());
        await Expect.ProblemAsync(
            await company.TryReportAsync(redirect.LoginRequestId, new { sub = longest + "x", email = "a@b.example" }), 400,
            "invalid_argument", "sub");
    }

    /// <summary>Identity at a refresh (OpenID Connect Core §12.2): the same person and login, without the nonce of the sign-in.</summary>
    [Fact]
    [Spec("OpenID Connect §12.2", "refreshed-id-token")]
    public async Task A_refresh_returns_an_ID_token_of_the_same_person_for_the_requested_scope()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", "openid email notes:read"), ("nonce", "n-1")));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "openid", "email", "notes:read");
        var first = await AnswerAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        host.Clock.Advance(TimeSpan.FromMinutes(5));

        var second = await AnswerAsync(await client.RefreshAsync(first.GetProperty("refresh_token").GetString()!));
        var (before, after) = (ClaimsOf(first), ClaimsOf(second));
        Assert.Equal("n-1", before.GetProperty("nonce").GetString());
        Assert.False(after.TryGetProperty("nonce", out _));
        foreach (var name in new[] { "iss", "sub", "aud", "email" })
        {
            Assert.Equal(before.GetProperty(name).GetString(), after.GetProperty(name).GetString());
        }

        Assert.InRange(after.GetProperty("iat").GetInt64() - before.GetProperty("iat").GetInt64(), 300, 320);
        Assert.NotEqual(before.GetProperty("at_hash").GetString(), after.GetProperty("at_hash").GetString());
        var third = await AnswerAsync(
            await client.RefreshAsync(second.GetProperty("refresh_token").GetString()!, ("scope", "openid notes:read")));
        Assert.False(ClaimsOf(third).TryGetProperty("email", out _));
        var last = await AnswerAsync(
            await client.RefreshAsync(third.GetProperty("refresh_token").GetString()!, ("scope", "notes:read")));
        Assert.False(last.TryGetProperty("id_token", out _));
    }

    /// <summary>Only RS256 is published always; another algorithm is published while a resource uses it.</summary>
    [Theory]
    [InlineData("ES256", "ES256", "ES256")]
    [InlineData("PS256", "PS256", "PS256")]
    [InlineData("RS256", "ES256", "RS256")]
    [InlineData("HS256", "ES256", "RS256")]
    [InlineData("none", "ES256", "RS256")]
    public async Task An_ID_token_is_signed_as_the_client_registered_it(string asked, string ofAccessTokens, string registered)
    {
        var company = await host.NewCompanyAsync(resource: new { signing_algorithm = ofAccessTokens });
        var client = await new Registrant(company).RegisterAsync(new
        {
            client_name = $"Wants {asked}",
            redirect_uris = new[] { McpClient.Loopback },
            token_endpoint_auth_method = "none",
            grant_types = new[] { "authorization_code", "refresh_token" },
            id_token_signed_response_alg = asked,
        });

        Assert.Equal(registered, client.Text("id_token_signed_response_alg"));
        var discovery = await host.Anonymous.GetFromJsonAsync<JsonElement>(
            $"/.well-known/openid-configuration/resources/{company.ResourceId}");
        Assert.Contains(
            registered, discovery.GetProperty("id_token_signing_alg_values_supported").EnumerateArray().Select(a => a.GetString()));
        using var browser = new Browser(host);
        var answer = await AnswerAsync(await client.Client.RedeemAsync(await client.Client.CodeAsync(browser, scope: "openid notes:read")));
        Assert.Equal(registered, RawJwt.Read(answer.GetProperty("id_token").GetString()!).Header.GetProperty("alg").GetString());
        var refreshed = await AnswerAsync(await client.Client.RefreshAsync(answer.GetProperty("refresh_token").GetString()!));
        var token = refreshed.GetProperty("id_token").GetString()!;
        var read = await new JsonWebTokenHandler().ValidateTokenAsync(token, new()
        {
            ValidIssuer = company.Issuer,
            ValidAudience = client.Id,
            IssuerSigningKeys = new JsonWebKeySet(
                await host.Anonymous.GetStringAsync($"/resources/{company.ResourceId}/.well-known/jwks.json")).Keys,
            TryAllIssuerSigningKeys = false,
            ValidAlgorithms = [registered],
            LifetimeValidator = (_, _, _, _) => true,
        });
        Assert.True(read.IsValid, read.Exception?.Message);
    }

    private static async Task<JsonElement> AnswerAsync(HttpResponseMessage response)
    {
        using (response)
        {
            var json = await response.Content.ReadFromJsonAsync<JsonElement>();
            Assert.True(response.IsSuccessStatusCode, json.ToString());
            return json;
        }
    }

    private static JsonElement ClaimsOf(JsonElement answer) =>
        JsonSerializer.Deserialize<JsonElement>(Base64Url.DecodeFromChars(answer.GetProperty("id_token").GetString()!.Split('.')[1]));

    private async Task<string> IdTokenAsync(McpClient client, object? user = null)
    {
        using var browser = new Browser(host);
        using var answer = await client.RedeemAsync(await client.CodeAsync(browser, user, "openid profile email notes:read"));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id_token").GetString()!;
    }
}
