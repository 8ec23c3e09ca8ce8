using System.Buffers.Text;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Latchkey.Server.Tests.UserInfo;

public sealed class UserInfo_and_ID_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Everything = "openid profile email notes:read";

    private static readonly object Grace = new
    {
        sub = "grace",
        email = "grace@globex.example",
        email_verified = true,
        name = "Grace Hopper",
        given_name = "Grace",
        family_name = "Hopper",
        picture = "https://globex.example/grace.png",
        sid = "session-1",
        acr = "mfa",
        amr = new[] { "pwd", "otp" },
        auth_time = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds(),
    };

    [Fact]
    [Spec("OpenID Connect §2", "id-token-claims")]
    [Spec("OpenID Connect §3.1.3.6", "at-hash")]
    public async Task An_ID_token_is_issued_when_the_openid_scope_was_allowed()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var answer = await TokensAsync(company, client, Everything, ("nonce", "n-0S6_WzA2Mj=&"));
        var keys = new JsonWebKeySet(await host.Anonymous.GetStringAsync("/keys"));
        var read = await new JsonWebTokenHandler { MapInboundClaims = false }.ValidateTokenAsync(
            answer.GetProperty("id_token").GetString(),
            new() { ValidIssuer = company.Issuer, ValidAudience = client.Id, IssuerSigningKeys = keys.Keys, ValidTypes = ["JWT"] });

        Assert.True(read.IsValid, read.Exception?.Message);
        var claims = JsonSerializer.Deserialize<JsonElement>(
            Base64Url.DecodeFromChars(answer.GetProperty("id_token").GetString()!.Split('.')[1]));
        Assert.Equal(("grace", "n-0S6_WzA2Mj=&", "Grace Hopper", "grace@globex.example", "session-1", "mfa"), (
            Text(claims, "sub"), Text(claims, "nonce"), Text(claims, "name"), Text(claims, "email"), Text(claims, "sid"),
            Text(claims, "acr")));
        var hash = SHA256.HashData(Encoding.ASCII.GetBytes(answer.GetProperty("access_token").GetString()!));
        Assert.Equal(Base64Url.EncodeToString(hash.AsSpan(0, 16)), Text(claims, "at_hash"));
    }

    [Theory]
    [InlineData("notes:read", null)]
    [InlineData("profile email notes:read", null)]
    [InlineData("openid notes:read", "sub")]
    [InlineData("openid email notes:read", "sub email email_verified")]
    [Spec("OAuth 2.1 §5.1.1", "bearer-header")]
    [Spec("OpenID Connect §5.3.1", "userinfo-by-bearer")]
    [Spec("OpenID Connect §5.3.2", "userinfo-sub")]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task UserInfo_returns_the_claims_of_the_allowed_scopes(string scope, string? members)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var answer = await TokensAsync(company, client, scope);

        Assert.Equal(members is not null, answer.TryGetProperty("id_token", out _));
        using var info = await UserInfoAsync(answer.GetProperty("access_token").GetString()!);
        Assert.Equal(members is null ? 403 : 200, (int)info.StatusCode);
        if (members is not null)
        {
            Assert.Equal(members.Split(' '), (await info.Content.ReadFromJsonAsync<JsonElement>()).EnumerateObject().Select(m => m.Name));
        }
    }

    [Fact]
    [Spec("OpenID Connect §5.4", "claims-by-scope")]
    public async Task Identity_scopes_are_named_on_the_consent_page_and_can_be_unticked()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize(("scope", Everything)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(details.LoginRequestId, Grace)).CallbackPath);
        Assert.Contains("Know who you are", consent.Html, StringComparison.Ordinal);
        Assert.Contains("See your e-mail address", consent.Html, StringComparison.Ordinal);

        using var allowed = await browser.DecideAsync(consent, "allow", "openid", "notes:read");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));
        Assert.Equal("notes:read openid", tokens.Scope);
    }

    [Fact]
    [Spec("RFC 6750 §3.1", "invalid-token")]
    public async Task UserInfo_returns_the_latest_reported_data_and_is_401_after_a_revocation()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var answer = await TokensAsync(company, client, Everything);
        var access = answer.GetProperty("access_token").GetString()!;
        (await company.SendAsync(
            HttpMethod.Post,
            $"/api/v1/connections/{company.ConnectionId}/users:update",
            new { sub = "grace", email = "g.hopper@globex.example" }))
            .Dispose();
        using (var info = await UserInfoAsync(access))
        {
            Assert.Equal("g.hopper@globex.example", Text(await info.Content.ReadFromJsonAsync<JsonElement>(), "email"));
        }

        (await client.RevokeAsync(access)).Dispose();
        await ExpectUnauthorizedAsync(await UserInfoAsync(access), "Bearer error=\"invalid_token\"");
    }

    [Fact]
    [Spec("OAuth 2.1 §5.1", "bearer-not-in-query")]
    [Spec("OAuth 2.1 §5.2", "token-validated")]
    [Spec("OAuth 2.1 §5.3.1", "bearer-challenge")]
    [Spec("RFC 9068 §4", "other-jwts-refused")]
    public async Task UserInfo_refuses_other_kinds_of_tokens_and_a_token_in_the_query()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var answer = await TokensAsync(company, client, Everything);
        var access = answer.GetProperty("access_token").GetString()!;

        await ExpectUnauthorizedAsync(await host.Anonymous.GetAsync($"/userinfo?access_token={access}"), "Bearer realm=\"latchkey\"");
        await ExpectUnauthorizedAsync(await UserInfoAsync(answer.GetProperty("id_token").GetString()!), "Bearer error=\"invalid_token\"");
        await ExpectUnauthorizedAsync(
            await UserInfoAsync(answer.GetProperty("refresh_token").GetString()!), "Bearer error=\"invalid_token\"");
        await ExpectUnauthorizedAsync(await UserInfoAsync(await company.TokenAsync()), "Bearer error=\"invalid_token\"");
        using var management = new HttpRequestMessage(HttpMethod.Get, "/api/v1/resources");
        management.Headers.Authorization = new("Bearer", answer.GetProperty("id_token").GetString());
        await Expect.ProblemAsync(await host.Anonymous.SendAsync(management), 401, "invalid_token");
    }

    [Fact]
    [Spec("OAuth 2.1 §5.3.2", "insufficient-scope")]
    public async Task UserInfo_without_the_openid_scope_is_403_naming_the_scope()
    {
        var tokens = await (await McpClient.RegisterAsync(await host.CompanyAsync())).TokensAsync();

        using var info = await UserInfoAsync(tokens.Access);

        Assert.Equal(
            (403, "Bearer error=\"insufficient_scope\" scope=\"openid\""), ((int)info.StatusCode, info.Headers.WwwAuthenticate.ToString()));
        Assert.Empty(await info.Content.ReadAsStringAsync());
    }

    private async Task<JsonElement> TokensAsync(
        Company company, McpClient client, string scope, params (string Name, string? Value)[] changes)
    {
        using var browser = new Browser(host);
        var details = await browser.StartAsync(client.Authorize([("scope", scope), .. changes]));
        var report = await company.ReportAsync(details.LoginRequestId, Grace);
        using var allowed = await browser.DecideAsync(await browser.ComeBackAsync(report.CallbackPath), "allow", scope.Split(' '));
        using var answer = await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private async Task<HttpResponseMessage> UserInfoAsync(string bearer)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", bearer);
        return await host.Anonymous.SendAsync(request);
    }

    private static async Task ExpectUnauthorizedAsync(HttpResponseMessage answer, string challenge)
    {
        using (answer)
        {
            Assert.Equal(401, (int)answer.StatusCode);
            Assert.Equal(challenge, answer.Headers.WwwAuthenticate.ToString());
            Assert.Empty(await answer.Content.ReadAsStringAsync());
        }
    }

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();
}
