using System.Buffers.Text;
using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.UserInfo;

/// <summary>The values of the claims about the user, not only their names, in userinfo and in the ID token.</summary>
public sealed class Values_of_identity_claims(OnSqlite host) : IClassFixture<OnSqlite>
{
    /// <summary>A client that trusts an unverified address lets a user take over the account of another one.</summary>
    [Theory]
    [InlineData("true", true)]
    [InlineData("false", false)]
    [InlineData("null", false)]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task Email_verified_is_true_only_when_the_login_page_reported_it(string reported, bool expected)
    {
        var (info, idToken) = await ClaimsAsync(
            $$"""{"sub":"grace","email":"grace@globex.example","email_verified":{{reported}}}""", "openid email");

        foreach (var claims in new[] { info, idToken })
        {
            Assert.Equal("grace@globex.example", claims.GetProperty("email").GetString());
            Assert.Equal(expected, claims.GetProperty("email_verified").GetBoolean());
        }
    }

    [Fact]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task Each_claim_of_the_profile_has_the_reported_value()
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["name"] = "Grace B. M. Hopper",
            ["given_name"] = "Grace",
            ["family_name"] = "Hopper",
            ["preferred_username"] = "ghopper",
            ["picture"] = "https://globex.example/grace.png",
            ["gender"] = "female",
            ["locale"] = "en-US",
        };
        var report = JsonSerializer.Serialize(
            values.Append(new("sub", "grace")).Append(new("email", "grace@globex.example")).ToDictionary());
        var (info, idToken) = await ClaimsAsync(report, "openid profile");

        foreach (var claims in new[] { info, idToken })
        {
            Assert.Equal("grace", claims.GetProperty("sub").GetString());
            Assert.All(values, value => Assert.Equal(value.Value, claims.GetProperty(value.Key).GetString()));
            Assert.False(claims.TryGetProperty("email", out _));
        }
    }

    private async Task<(JsonElement UserInfo, JsonElement IdToken)> ClaimsAsync(string report, string scope)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser, JsonSerializer.Deserialize<JsonElement>(report), $"{scope} notes:read");
        using var redeemed = await client.RedeemAsync(code);
        var tokens = await redeemed.Content.ReadFromJsonAsync<JsonElement>();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.GetProperty("access_token").GetString());
        using var answer = await host.Anonymous.SendAsync(request);
        return (
            await answer.Content.ReadFromJsonAsync<JsonElement>(),
            JsonSerializer.Deserialize<JsonElement>(
                Base64Url.DecodeFromChars(tokens.GetProperty("id_token").GetString()!.Split('.')[1])));
    }
}
