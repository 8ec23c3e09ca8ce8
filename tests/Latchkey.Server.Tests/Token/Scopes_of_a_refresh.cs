using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

public sealed class Scopes_of_a_refresh(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("notes:read notes:write notes:delete", "notes:read notes:write")]
    [InlineData("notes:write offline_access nonsense", "notes:write")]
    [InlineData("openid notes:read", "notes:read")]
    [Spec("OAuth 2.1 §4.3.1", "refresh-scope-not-wider")]
    public async Task Scopes_outside_the_grant_are_dropped(string requested, string granted)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var tokens = await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!, ("scope", requested)));

        Assert.Equal((granted, granted), (tokens.Scope, tokens.Claims.GetProperty("scope").GetString()));
    }

    /// <summary>The stricter of then and now: an operator disabled a scope after the consent.</summary>
    [Fact]
    public async Task A_scope_that_was_disabled_is_in_no_refreshed_token_and_returns_when_it_is_enabled()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        await EnableAsync(company, read: true, write: false);
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal("notes:read", tokens.Scope);

        await EnableAsync(company, read: false, write: false);
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_scope");
        await EnableAsync(company, read: true, write: true);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))).Scope);
    }

    /// <summary>A token without the scope <c>email</c> reads no e-mail address at userinfo, although the grant has the scope.</summary>
    [Fact]
    public async Task A_narrowed_token_reads_only_the_claims_of_its_own_scopes_at_userinfo()
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        var tokens = await client.TokensAsync(scope: "openid email profile notes:read");
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!, ("scope", "openid notes:read")));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.Access);
        using var info = await host.Anonymous.SendAsync(request);

        Assert.Equal("""{"sub":"ada"}""", await info.Content.ReadAsStringAsync());
    }

    private Task EnableAsync(Company company, bool read, bool write) => host.SendAsync(
        HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}",
        new { scopes = new object[] { new { name = "notes:read", enabled = read }, new { name = "notes:write", enabled = write } } });
}
