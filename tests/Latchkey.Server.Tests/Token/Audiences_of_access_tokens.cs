using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

/// <summary>
/// An MCP server may publish another spelling of its URI than the operator registered, and compare the audience byte for byte: the
/// TypeScript SDK publishes <c>https://host/</c> for an origin.
/// </summary>
public sealed class Audiences_of_access_tokens(OnSqlite host) : IClassFixture<OnSqlite>
{
    private static int origins;

    [Theory]
    [InlineData("", "/")]
    [InlineData("/", "")]
    [InlineData("/mcp", "/mcp/")]
    [Spec("RFC 8707 §2", "audience-as-asked")]
    public async Task A_tolerated_spelling_of_the_resource_is_a_further_audience_at_exchange_and_refresh(string registered, string asked)
    {
        var (company, origin) = await NewCompanyAsync(registered);
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("resource", origin + asked)));
        var code = await CodeAsync(company, browser, redirect);

        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code, ("resource", origin + asked)));
        string[] expected = [company.ResourceId, origin + registered, origin + asked];
        Assert.Equal(expected, AudienceOf(tokens));
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal(expected, AudienceOf(tokens));
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!, ("resource", origin + asked)));
        Assert.Equal(expected, AudienceOf(tokens));
    }

    [Fact]
    public async Task A_spelling_that_only_a_token_request_uses_is_an_audience_of_its_token()
    {
        var (company, origin) = await NewCompanyAsync("");
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        Assert.Equal([company.ResourceId, origin], AudienceOf(tokens));

        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!, ("resource", origin + "/")));
        Assert.Equal([company.ResourceId, origin, origin + "/"], AudienceOf(tokens));
        Assert.Equal(
            [company.ResourceId, origin], AudienceOf(await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!))));

        var machine = await McpClient.CreateAsync(company);
        var own = await Tokens.OfAsync(await machine.PostAsync(
            "/oauth/token",
            [
                ("grant_type", "client_credentials"), ("client_id", machine.Id), ("client_secret", machine.Secret),
                ("resource", origin + "/"),
            ],
            []));
        Assert.Equal([company.ResourceId, origin, origin + "/"], AudienceOf(own));
    }

    /// <summary>A token for one MCP server must not pass at another one at the same origin.</summary>
    [Fact]
    public async Task The_bare_origin_is_an_audience_only_while_one_resource_is_at_that_origin()
    {
        var (company, origin) = await NewCompanyAsync("/mcp");
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await CodeAsync(company, browser, await browser.StartAsync(client.Authorize(("resource", origin + "/"))));
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        Assert.Equal([company.ResourceId, origin + "/mcp", origin + "/"], AudienceOf(tokens));

        await host.NewCompanyAsync(resource: new { resource_uri = origin + "/other" });
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!, ("resource", origin)));
        Assert.Equal([company.ResourceId, origin + "/mcp"], AudienceOf(tokens));
    }

    /// <summary>The audience is what a verifier of another server would accept, so nothing else gets into it.</summary>
    [Theory]
    [InlineData("https://evil.example/mcp")]
    [InlineData("{origin}.evil.example")]
    [InlineData("{origin}/mcp/other")]
    [InlineData("{origin}/mcp?a")]
    public async Task Another_resource_in_a_token_request_is_refused_and_never_an_audience(string other)
    {
        var (company, origin) = await NewCompanyAsync("/mcp");
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(
            await client.RefreshAsync(
                tokens.Refresh!, ("resource", other.Replace("{origin}", origin, StringComparison.Ordinal))),
            400, "invalid_target");
    }

    private async Task<(Company Company, string Origin)> NewCompanyAsync(string path)
    {
        var origin = $"https://audience{Interlocked.Increment(ref origins)}.example";
        return (await host.NewCompanyAsync(resource: new { resource_uri = origin + path }), origin);
    }

    private static async Task<string> CodeAsync(Company company, Browser browser, LoginRedirect redirect)
    {
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read");
        return Browser.QueryOf(allowed.Headers.Location!)["code"];
    }

    private static IEnumerable<string> AudienceOf(Tokens tokens) =>
        tokens.Claims.GetProperty("aud").EnumerateArray().Select((JsonElement value) => value.GetString()!);
}
