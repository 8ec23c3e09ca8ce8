using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Blocking_of_CIMD_clients(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string Redirect = "https://client.example/callback";

    /// <summary>URLs whose path or query would become another client's if it were decoded once too often.</summary>
    [Theory]
    [InlineData("https://client.example/plain")]
    [InlineData("https://client.example/deep/er/client.json")]
    [InlineData("https://client.example/a%2Fb")]
    [InlineData("https://client.example/a%20b")]
    [InlineData("https://client.example/clients/x?v=1&w=%2F")]
    public async Task A_client_is_blocked_by_its_encoded_URL_and_a_new_fetch_of_its_document_does_not_unblock_it(string id)
    {
        var company = await host.NewCompanyAsync();
        var client = new McpClient(company, id, secret: null, Redirect);
        host.Clients!.Publish(
            id["https://".Length..].Split('?')[0],
            http => Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(
                http.Response,
                new
                {
                    client_id = id,
                    client_name = "Describing",
                    redirect_uris = new[] { Redirect },
                    token_endpoint_auth_method = "none",
                    grant_types = new[] { "authorization_code", "refresh_token" }
                }));
        var tokens = await client.TokensAsync();
        var path = $"/api/v1/oauth-clients/{Uri.EscapeDataString(id)}";
        var shown = (await host.SendAsync(HttpMethod.Get, path)).GetProperty("client");
        Assert.Equal(id, shown.GetProperty("client_id").GetString());
        Assert.Equal(id, shown.GetProperty("metadata_uri").GetString());
        Assert.True(shown.GetProperty("is_cimd").GetBoolean());

        await host.SendAsync(HttpMethod.Patch, path, new { enabled = false });
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "client_blocked");
        host.Clock.Advance(TimeSpan.FromDays(2));
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "client_blocked");

        await host.SendAsync(HttpMethod.Patch, path, new { enabled = true });
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task Blocking_an_unknown_client_is_404() => await Expect.ProblemAsync(
        await host.TrySendAsync(
            HttpMethod.Patch, $"/api/v1/oauth-clients/{Uri.EscapeDataString("https://client.example/never")}", new { enabled = false }),
        404, "client_not_found");
}
