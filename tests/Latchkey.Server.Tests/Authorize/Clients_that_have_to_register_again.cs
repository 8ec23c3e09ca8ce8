using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Authorize;

/// <summary>
/// Some programs request the authorization URL themselves before they open it in a browser, and register again when an answer of 400 or
/// more says <c>invalid_client</c>. Without it, a program with a lost registration would send its user to the same page for ever.
/// </summary>
public sealed class Clients_that_have_to_register_again(OnSqlite host) : IClassFixture<OnSqlite>
{
    [Theory]
    [InlineData("never registered")]
    [InlineData("deleted")]
    [InlineData("expired")]
    [InlineData("of another resource")]
    public async Task The_page_says_invalid_client_in_a_machine_readable_form(string why)
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        switch (why)
        {
            case "never registered":
                client = new McpClient(company, "m2m_AAAAAAAAAAAAAAAAAAAAAA", secret: null, McpClient.Loopback);
                break;
            case "deleted":
                await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");
                break;
            case "expired":
                host.Clock.Advance(TimeSpan.FromDays(91));
                break;
            default:
                client = new McpClient(await host.NewCompanyAsync(), client.Id, secret: null, McpClient.Loopback);
                break;
        }

        using var page = await host.Anonymous.GetAsync(client.Authorize());
        var html = await page.Content.ReadAsStringAsync();
        Assert.Equal(400, (int)page.StatusCode);
        Assert.Contains("data-lk-oauth-error=\"invalid_client\"", html, StringComparison.Ordinal);
        Assert.Contains("<code>invalid_client</code>", html, StringComparison.Ordinal);
    }

    /// <summary>Registering again would not help: the program would do it for ever.</summary>
    [Fact]
    public async Task A_page_for_another_cause_does_not_say_invalid_client()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        await host.SendAsync(
            HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { disable_dynamic_client_registration = true });
        using var page = await host.Anonymous.GetAsync(client.Authorize());

        Assert.Equal(400, (int)page.StatusCode);
        Assert.DoesNotContain("invalid_client", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
