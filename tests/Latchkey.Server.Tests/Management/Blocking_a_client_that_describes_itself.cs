using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Blocking_a_client_that_describes_itself(WithClientHost host) : IClassFixture<WithClientHost>
{
    private const string Redirect = "https://client.example/callback";

    /// <summary>Paths and queries that one reading of the address too many would turn into another client's.</summary>
    [Theory]
    [InlineData("https://client.example/plain")]
    [InlineData("https://client.example/deep/er/client.json")]
    [InlineData("https://client.example/a%2Fb")]
    [InlineData("https://client.example/a%20b")]
    [InlineData("https://client.example/clients/x?v=1&w=%2F")]
    public async Task Stops_exactly_that_client_by_its_encoded_id_and_no_new_fetch_brings_it_back(string id)
    {
        var company = await host.NewCompanyAsync();
        var client = new McpClient(company, id, secret: null, Redirect);
        host.Clients!.Publish(
            id["https://".Length..].Split('?')[0],
            http => Microsoft.AspNetCore.Http.HttpResponseJsonExtensions.WriteAsJsonAsync(http.Response, new { client_id = id, client_name = "Describing", redirect_uris = new[] { Redirect }, token_endpoint_auth_method = "none", grant_types = new[] { "authorization_code", "refresh_token" } }));
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
    public async Task That_never_came_is_404() => await Expect.ProblemAsync(
        await host.TrySendAsync(HttpMethod.Patch, $"/api/v1/oauth-clients/{Uri.EscapeDataString("https://client.example/never")}", new { enabled = false }), 404, "client_not_found");
}
