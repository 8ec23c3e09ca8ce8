using System.Net.Http.Json;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

/// <summary>Clients with <c>use: resource_server</c>: the credential of an MCP server.</summary>
public sealed class Clients_for_resource_servers(OnSqlite host) : IClassFixture<OnSqlite>
{
    private const string Use = "use";

    [Fact]
    public async Task A_resource_server_gets_no_tokens_and_no_authorization()
    {
        var company = await host.NewCompanyAsync();
        var server = await ResourceServer.CreateAsync(company);
        var client = new McpClient(company, server.Id, server.Secret, "https://client.example/callback");

        using (var content = new FormUrlEncodedContent(
            [new("grant_type", "client_credentials"), new("client_id", server.Id), new("client_secret", server.Secret)]))
        {
            await Expect.ErrorAsync(await host.Anonymous.PostAsync("/oauth/token", content), 400, "unauthorized_client");
        }

        await Expect.ErrorAsync(await client.RefreshAsync("lkr_unknown"), 400, "unauthorized_client");
        await Expect.ErrorAsync(await client.RedeemAsync("code"), 400, "unauthorized_client");
        using var browser = new Browser(host);
        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 400, "unregistered_redirect_uri");
        await Expect.PageAsync(await browser.GetAsync(client.Authorize(("redirect_uri", null))), 400, "missing_redirect_uri");
        using var pushed = await client.PostAsync(
            "/oauth/par", [("client_id", server.Id), ("client_secret", server.Secret), ("response_type", "code"),
                ("redirect_uri", client.RedirectUri), ("code_challenge", client.Challenge), ("code_challenge_method", "S256")], []);
        Assert.Equal(400, (int)pushed.StatusCode);
    }

    /// <summary>Neither a client that signs users in nor one without a secret can introspect,
    /// so that no credential has both uses.</summary>
    [Theory]
    [InlineData("""{"name":"n","use":"resource_server","redirect_uris":["https://client.example/callback"]}""", "redirect_uris")]
    [InlineData("""{"name":"n","use":"resource_server","token_endpoint_auth_method":"none"}""", "token_endpoint_auth_method")]
    [InlineData("""{"name":"n","use":"client"}""", Use)]
    [InlineData("""{"name":"n","use":""}""", Use)]
    [InlineData("""{"name":"n","use":"RESOURCE_SERVER"}""", Use)]
    [InlineData("""{"name":"n","use":["resource_server"]}""", Use)]
    [InlineData("""{"name":"n","use":true}""", Use)]
    public async Task A_use_that_does_not_fit_is_400_and_creates_no_client(string body, string member)
    {
        var company = await host.NewCompanyAsync();
        var path = $"/api/v1/resources/{company.ResourceId}/clients";

        await Expect.ProblemAsync(
            await host.TrySendBytesAsync(HttpMethod.Post, path, System.Text.Encoding.UTF8.GetBytes(body)), 400, "invalid_argument", member);
        Assert.Empty((await host.SendAsync(HttpMethod.Get, path)).GetProperty("clients").EnumerateArray());
    }

    /// <summary>A client that introspected before the use existed is changed by PATCH and keeps its secret.</summary>
    [Fact]
    public async Task The_use_is_set_and_removed_by_PATCH()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company, []);
        var token = (await (await McpClient.RegisterAsync(company)).TokensAsync()).Access;
        var path = $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}";
        async Task<(int Status, bool IsShown)> AfterAsync(object? body)
        {
            var shown = body is null ? await host.SendAsync(HttpMethod.Get, path) : await host.SendAsync(HttpMethod.Patch, path, body);
            using var answer = await ResourceServer.TryIntrospectAsync(host, client.Id, client.Secret!, token);
            return ((int)answer.StatusCode, shown.GetProperty("client").TryGetProperty(Use, out _));
        }

        Assert.Equal((403, false), await AfterAsync(null));
        Assert.Equal((200, true), await AfterAsync(new { use = "resource_server" }));
        Assert.Equal((200, true), await AfterAsync(new { name = "Renamed" }));
        Assert.Equal((403, false), await AfterAsync(new { use = (string?)null }));
    }

    [Fact]
    public async Task A_PATCH_makes_no_client_with_both_uses()
    {
        var company = await host.NewCompanyAsync();
        var (server, client) = (await ResourceServer.CreateAsync(company), await McpClient.CreateAsync(company));
        var clients = $"/api/v1/resources/{company.ResourceId}/clients";
        var uris = new[] { "https://client.example/callback" };

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, $"{clients}/{server.Id}", new { redirect_uris = uris }), 400, "invalid_argument",
            "redirect_uris");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, $"{clients}/{client.Id}", new { use = "resource_server" }), 400, "invalid_argument",
            "redirect_uris");
        var registered = await new Registrant(company).RegisterAsync(Registrant.WithSecret("Stranger"));
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, $"{clients}/{registered.Id}", new { use = "resource_server" }), 400,
            "invalid_argument", Use);
        var token = (await client.TokensAsync()).Access;
        using (var answer = await ResourceServer.TryIntrospectAsync(host, client.Id, client.Secret!, token))
        {
            Assert.Equal(403, (int)answer.StatusCode);
        }

        await host.SendAsync(
            HttpMethod.Patch, $"{clients}/{client.Id}", new { use = "resource_server", redirect_uris = Array.Empty<string>() });
        using var allowed = await ResourceServer.TryIntrospectAsync(host, client.Id, client.Secret!, token);
        Assert.True((await allowed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("active").GetBoolean());
    }

    /// <summary>A registration or metadata document cannot choose the use.</summary>
    [Fact]
    public async Task A_client_cannot_register_itself_as_a_resource_server()
    {
        var company = await host.NewCompanyAsync();
        var token = (await (await McpClient.RegisterAsync(company)).TokensAsync()).Access;
        var registered = await new Registrant(company).RegisterAsync(new
        {
            client_name = "Stranger",
            redirect_uris = new[] { Registrant.Redirect },
            token_endpoint_auth_method = "client_secret_post",
            use = "resource_server",
        });

        Assert.False(registered.Response.TryGetProperty(Use, out _));
        await Expect.ErrorAsync(
            await ResourceServer.TryIntrospectAsync(host, registered.Id, registered.Text("client_secret")!, token), 403,
            "unauthorized_client");
    }
}
