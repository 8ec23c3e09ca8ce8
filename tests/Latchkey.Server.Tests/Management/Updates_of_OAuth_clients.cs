using System.Net;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Updates_of_OAuth_clients_on_SQLite(OnSqlite host) : Updates_of_OAuth_clients(host), IClassFixture<OnSqlite>;

public sealed class Updates_of_OAuth_clients_on_PostgreSQL(OnPostgres host) : Updates_of_OAuth_clients(host), IClassFixture<OnPostgres>;

/// <summary>An operator updates a client created by an operator, or blocks a client that registered itself.</summary>
public abstract class Updates_of_OAuth_clients(LatchkeyHost host)
{
    private static int programs;

    [Fact]
    public async Task A_PATCH_changes_the_members_it_names_and_no_others()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var before = await host.SendAsync(HttpMethod.Get, PathOf(company, client));
        host.Clock.Advance(TimeSpan.FromSeconds(5));
        var after = (await host.SendAsync(
            HttpMethod.Patch, PathOf(company, client), new { name = "Renamed", scopes = new[] { "notes:read" } }))
            .GetProperty("client");

        Assert.Equal("Renamed", after.GetProperty("name").GetString());
        Assert.Equal(["notes:read"], after.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        var different = after.EnumerateObject()
            .Where(m => !before.GetProperty("client").TryGetProperty(m.Name, out var was) || !JsonElement.DeepEquals(m.Value, was)).Select(
                m => m.Name);
        Assert.Equal(["name", "scopes", "update_time"], different.Order(StringComparer.Ordinal));
        Assert.True(
            JsonElement.DeepEquals(after, (await host.SendAsync(HttpMethod.Get, PathOf(company, client))).GetProperty("client")),
            "the response differs from what is stored");
    }

    [Fact]
    public async Task A_change_takes_effect_at_the_next_request()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        using var browser = new Browser(host);
        await browser.StartAsync(client.Authorize());
        await host.SendAsync(
            HttpMethod.Patch,
            PathOf(company, client),
            new { redirect_uris = new[] { "https://client.example/moved" }, scopes = new[] { "notes:write" } });

        await Expect.PageAsync(await browser.GetAsync(client.Authorize()), 400, "unregistered_redirect_uri");
        await browser.StartAsync(client.Authorize(("redirect_uri", "https://client.example/moved")));
        Assert.Equal("notes:write", (await Tokens.OfAsync(await OwnTokenAsync(client))).Scope);
    }

    [Fact]
    public async Task Null_resets_a_member_to_its_default()
    {
        var company = await host.CompanyAsync();
        var path = PathOf(company, await McpClient.CreateAsync(company));
        await host.SendAsync(
            HttpMethod.Patch,
            path,
            new { description = "Nightly", scopes = new[] { "notes:read" }, require_pushed_authorization_requests = true });
        var changed = (await host.SendAsync(
            HttpMethod.Patch,
            path,
            new { description = (string?)null, scopes = (string[]?)null, require_pushed_authorization_requests = (bool?)null }))
            .GetProperty("client");

        Assert.False(changed.TryGetProperty("description", out _));
        Assert.Empty(changed.GetProperty("scopes").EnumerateArray());
        Assert.False(changed.GetProperty("require_pushed_authorization_requests").GetBoolean());
    }

    [Fact]
    public async Task Redirect_URIs_can_be_removed_from_a_confidential_client_but_not_from_a_public_one()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.CreateAsync(company);
        await host.SendAsync(HttpMethod.Patch, PathOf(company, client), new { redirect_uris = Array.Empty<string>() });
        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unregistered_redirect_uri");
        await Tokens.OfAsync(await OwnTokenAsync(client));

        var made = await host.SendAsync(
            HttpMethod.Post, $"/api/v1/resources/{company.ResourceId}/clients",
            new { name = "Public", redirect_uris = new[] { "https://client.example/callback" }, token_endpoint_auth_method = "none" });
        var path = $"/api/v1/resources/{company.ResourceId}/clients/{made.GetProperty("client").GetProperty("client_id").GetString()}";
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, path, new { redirect_uris = Array.Empty<string>() }), 400, "invalid_argument",
            "redirect_uris");
    }

    /// <summary>
    /// A blocked client is unknown everywhere and its tokens are refused. Unblocked, the client and its tokens work again.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_blocked_client_and_its_tokens_are_refused_until_it_is_unblocked(bool isRegistered)
    {
        var company = await host.CompanyAsync();
        var client = isRegistered ? await McpClient.RegisterAsync(company, NewLoopback()) : await McpClient.CreateAsync(company);
        var tokens = await client.TokensAsync(scope: "notes:read openid");
        var path = isRegistered ? $"/api/v1/oauth-clients/{client.Id}" : PathOf(company, client);
        await host.SendAsync(HttpMethod.Patch, path, new { enabled = false });

        await Expect.PageAsync(await host.Anonymous.GetAsync(client.Authorize()), 400, "unknown_client");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
        Assert.Equal(HttpStatusCode.Unauthorized, await UserInfoAsync(tokens));
        if (!isRegistered)
        {
            await Expect.ErrorAsync(await OwnTokenAsync(client), 401, "invalid_client");
        }

        var unblocked = await host.SendAsync(HttpMethod.Patch, path, new { enabled = true });
        Assert.True(unblocked.GetProperty("client").GetProperty("enabled").GetBoolean());
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal(HttpStatusCode.OK, await UserInfoAsync(tokens));
    }

    [Fact]
    public async Task A_dynamically_registered_client_can_only_be_blocked_and_then_cannot_register_again()
    {
        var company = await host.CompanyAsync();
        var redirect = NewLoopback();
        var client = await McpClient.RegisterAsync(company, redirect);
        foreach (var member in new object[] { new { name = "Mine" }, new { redirect_uris = new[] { "https://evil.example/" } },
            new { scopes = new[] { "notes:read" } }, new { description = "x" } })
        {
            var name = JsonSerializer.SerializeToElement(member).EnumerateObject().Single().Name;
            await Expect.ProblemAsync(
                await host.TrySendAsync(HttpMethod.Patch, PathOf(company, client), member), 400, "invalid_argument", name);
        }

        await host.SendAsync(HttpMethod.Patch, PathOf(company, client), new { enabled = false });
        using var again = await host.Anonymous.PostAsync(
            $"/api/v1/resources/{company.ResourceId}/clients:register",
            System.Net.Http.Json.JsonContent.Create(new
            {
                client_name = "Inspector",
                redirect_uris = new[] { redirect },
                token_endpoint_auth_method = "none",
                grant_types = new[] { "authorization_code", "refresh_token" }
            }));
        Assert.Equal(HttpStatusCode.BadRequest, again.StatusCode);
        Assert.Contains("invalid_client_metadata", await again.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_of_another_resource_is_404()
    {
        var client = await McpClient.CreateAsync(await host.CompanyAsync());
        var other = await host.NewCompanyAsync();

        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Patch, PathOf(other, client), new { enabled = false }), 404, "client_not_found");
        await Tokens.OfAsync(await OwnTokenAsync(client));
    }

    [Fact]
    public async Task The_list_of_OAuth_clients_is_filtered_by_resource()
    {
        var company = await host.NewCompanyAsync();
        var mine = new[] { (await McpClient.CreateAsync(company)).Id, (await McpClient.RegisterAsync(company)).Id,
            (await McpClient.CreateAsync(company)).Id };
        var deleted = await McpClient.RegisterAsync(company, "http://127.0.0.1/gone");
        await host.SendAsync(HttpMethod.Delete, PathOf(company, deleted));
        var seen = new List<string>();
        var token = "";
        do
        {
            var page = await host.SendAsync(
                HttpMethod.Get, $"/api/v1/oauth-clients?resource_id={company.ResourceId}&page_size=2&page_token={token}");
            Assert.Equal(3, page.GetProperty("total_size").GetInt32());
            seen.AddRange(page.GetProperty("clients").EnumerateArray().Select(c => c.GetProperty("client_id").GetString()!));
            token = page.GetProperty("next_page_token").GetString()!;
        }
        while (token.Length > 0);

        Assert.Equal(mine.Order(StringComparer.Ordinal), seen.Order(StringComparer.Ordinal));
        Assert.DoesNotContain(
            deleted.Id, (await host.SendAsync(HttpMethod.Get, "/api/v1/oauth-clients")).GetRawText(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("resource_id=x", "resource_id")]
    [InlineData("resource_id=conn_0000000000000000000000", "resource_id")]
    [InlineData("resource=res_0000000000000000000000", "resource")]
    [InlineData("resource_id=res_0000000000000000000000&resource_id=res_0000000000000000000000", "resource_id")]
    [InlineData("page_size=31", "page_size")]
    [InlineData("page_token=x", "page_token")]
    [InlineData("page_token=MSA", "page_token")]
    [InlineData("page_token=OTk5OTk5OTk5OTk5OTk5OTk5IHg", "page_token")]
    public async Task An_invalid_query_for_the_list_of_OAuth_clients_is_400(string query, string parameter) =>
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Get, $"/api/v1/oauth-clients?{query}"), 400, "invalid_argument", parameter);

    /// <summary>A redirect URI that no client has registered yet.</summary>
    private static string NewLoopback() => $"http://127.0.0.1/{Interlocked.Increment(ref programs)}";

    private static string PathOf(Company company, McpClient client) => $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}";

    private static Task<HttpResponseMessage> OwnTokenAsync(McpClient client) =>
        client.PostAsync(
            "/oauth/token", [("grant_type", "client_credentials"), ("client_id", client.Id), ("client_secret", client.Secret)], []);

    private async Task<HttpStatusCode> UserInfoAsync(Tokens tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.Access);
        using var answer = await host.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }
}
