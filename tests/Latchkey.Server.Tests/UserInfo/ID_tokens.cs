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

    private async Task<string> IdTokenAsync(McpClient client, object? user = null)
    {
        using var browser = new Browser(host);
        using var answer = await client.RedeemAsync(await client.CodeAsync(browser, user, "openid profile email notes:read"));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id_token").GetString()!;
    }
}
