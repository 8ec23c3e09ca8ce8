using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>An operator made the client for less than the resource has.</summary>
public sealed class A_client_with_a_scope_of_its_own(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("notes:read notes:write")]
    [InlineData("notes:write")]
    [InlineData(null)]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Is_offered_and_granted_no_other(string? asked)
    {
        var company = await host.CompanyAsync();
        var client = await CreateAsync(company);
        using var browser = new Browser(host);

        var visit = await browser.StartAsync(client.Authorize(("scope", asked)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(visit.LoginRequestId)).CallbackPath);
        using var allowed = await browser.DecideAsync(consent, "allow", "notes:read", "notes:write");
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(Browser.QueryOf(allowed.Headers.Location!)["code"]));

        Assert.DoesNotContain("Change your notes", consent.Html, StringComparison.Ordinal);
        Assert.Equal(("notes:read", "notes:read"), (tokens.Scope, tokens.Claims.GetProperty("scope").GetString()));
    }

    [Fact]
    [Spec("ASVS V10 §10.4.11", "10.4.11")]
    public async Task Gets_no_other_for_itself()
    {
        var client = await CreateAsync(await host.CompanyAsync());
        (string, string?)[] form = [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)];

        Assert.Equal("notes:read", (await Tokens.OfAsync(await client.PostAsync("/oauth/token", form, []))).Scope);
        await Expect.ErrorAsync(await client.PostAsync("/oauth/token", form, [("scope", "notes:write")]), 400, "invalid_scope");
    }

    private async Task<McpClient> CreateAsync(Company company)
    {
        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients", new { name = "Reader", redirect_uris = new[] { "https://client.example/callback" }, scopes = new[] { "notes:read" } });
        return new(company, made.GetProperty("client").GetProperty("client_id").GetString()!, made.GetProperty("plain_secret").GetString(), "https://client.example/callback");
    }
}
