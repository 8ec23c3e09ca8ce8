using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>The operator created the client with fewer scopes than the resource has.</summary>
public sealed class Scopes_of_a_restricted_client(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("notes:read notes:write")]
    [InlineData("notes:write")]
    [InlineData(null)]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Consent_offers_and_grants_only_the_scopes_of_the_client(string? asked)
    {
        var company = await host.CompanyAsync();
        var client = await CreateAsync(company);
        using var browser = new Browser(host);

        var redirect = await browser.StartAsync(client.Authorize(("scope", asked)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.DoesNotContain("Change your notes", consent.Html, StringComparison.Ordinal);
        Assert.Equal(("notes:read", "notes:read"), (tokens.Scope, tokens.Claims.GetProperty("scope").GetString()));
    }

    [Fact]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Client_credentials_grant_only_the_scopes_of_the_client()
    {
        var client = await CreateAsync(await host.CompanyAsync());
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];

        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, []))).Scope);
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("scope", "notes:write")]), 400, "invalid_scope");
    }

    private async Task<McpClient> CreateAsync(Company company)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Reader", redirect_uris = new[] { "https://client.example/callback" }, scopes = new[] { "notes:read" } });
        return new(
            company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString(),
            "https://client.example/callback");
    }
}
