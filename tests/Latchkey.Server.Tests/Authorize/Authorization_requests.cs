using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

public sealed class Authorization_requests(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("HTTPS://MCP.Example/mcp")]
    [InlineData("https://mcp.example:443/mcp/")]
    [InlineData("https://mcp.example")]
    [InlineData("https://mcp.example/")]
    [Spec("RFC 8707 §2", "several-resources")]
    public async Task The_resource_is_accepted_in_the_spellings_that_clients_use(string spelling)
    {
        var company = await host.NewCompanyAsync();
        var origin = new Uri(company.ResourceUri).Host;
        var client = await McpClient.RegisterAsync(company);
        var resource = spelling.Replace("mcp.example", origin, StringComparison.Ordinal)
            .Replace("MCP.Example", origin.ToUpperInvariant(), StringComparison.Ordinal);

        using var response = await host.Anonymous.GetAsync(client.Authorize(("resource", resource), ("resource", company.ResourceUri)));
        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        Assert.Contains("login_request_id", response.Headers.Location!.Query, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_another_resource_shows_an_error_page()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        foreach (var client in new[] { await McpClient.RegisterAsync(company), await McpClient.CreateAsync(company) })
        {
            var atTheOtherResource = new McpClient(other, client.Id, null, client.RedirectUri);
            await Expect.PageAsync(await host.Anonymous.GetAsync(atTheOtherResource.Authorize()), 400, "client_of_another_resource");
            var atTheEnvironment = new McpClient(other, client.Id, null, client.RedirectUri) { Entry = "" };
            await Expect.PageAsync(await host.Anonymous.GetAsync(atTheEnvironment.Authorize()), 400, "client_of_another_resource");
        }
    }

    [Fact]
    public async Task A_registered_client_is_refused_when_dynamic_client_registration_is_disabled()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "registration_closed");
    }

    [Fact]
    [Spec("OAuth 2.1 §1.4.1", "default-scope")]
    public async Task Unknown_scopes_are_dropped_and_the_default_scopes_are_offered_when_none_is_left()
    {
        var company = await host.NewCompanyAsync(resource: new { default_scopes = new[] { "notes:write" } });
        var client = await McpClient.RegisterAsync(company);

        Assert.Equal("notes:read", (await client.TokensAsync(scope: "notes:read nonsense")).Scope);
        using var browser = new Browser(host);
        var redirect = await browser.StartAsync(client.Authorize(("scope", null)));
        var consent = await browser.ComeBackAsync((await company.ReportAsync(redirect.LoginRequestId)).CallbackPath);
        Assert.Contains("Change your notes", consent.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("Read your notes", consent.Html, StringComparison.Ordinal);
    }

    [Fact]
    [Spec("OAuth 2.1 §3.1", "authorize-by-get")]
    public async Task An_authorization_request_may_be_a_POST_form()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var query = client.Authorize().Split('?', 2);
        using var content = new StringContent(query[1], System.Text.Encoding.UTF8, "application/x-www-form-urlencoded");
        using var response = await host.Anonymous.PostAsync(query[0], content);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
    }

    [Fact]
    public async Task A_resource_without_an_enabled_connection_shows_an_error_page()
    {
        var created = await host.SendAsync(
            HttpMethod.Post, "/api/v1/resources", new { name = "Bare", resource_uri = "https://bare.example/mcp" });
        var bare = new Company(
            host, created.GetProperty("resource").GetProperty("id").GetString()!, "https://bare.example/mcp", "", "", "");
        await Expect.PageAsync(await host.Anonymous.GetAsync((await McpClient.RegisterAsync(bare)).Authorize()), 400, "no_connection");

        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "no_connection");
    }
}
