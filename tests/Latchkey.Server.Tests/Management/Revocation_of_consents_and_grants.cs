using System.Net;
using System.Text.Json;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Management;

public sealed class Revocation_of_consents_and_grants_on_SQLite(OnSqlite host)
    : Revocation_of_consents_and_grants(host), IClassFixture<OnSqlite>;

public sealed class Revocation_of_consents_and_grants_on_PostgreSQL(OnPostgres host)
    : Revocation_of_consents_and_grants(host), IClassFixture<OnPostgres>;

/// <summary>An operator revokes a consent or a grant.</summary>
public abstract class Revocation_of_consents_and_grants(LatchkeyHost host)
{
    [Fact]
    public async Task Revoking_a_consent_ends_every_grant_of_that_user_for_that_client_and_no_other()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var (laptop, desktop) = (await client.TokensAsync(scope: "notes:read openid"), await client.TokensAsync());
        var otherUser = await client.TokensAsync(new { sub = "bob", email = "bob@acme.example" });
        var otherClient = await (await McpClient.CreateAsync(company)).TokensAsync();
        var consent = await ConsentOfAsync(company, client, "ada");

        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{consent}");
        await Expect.ErrorAsync(await client.RefreshAsync(laptop.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(desktop.Refresh!), 400, "invalid_grant");
        Assert.False(await IsActiveAsync(company, laptop.Access));
        Assert.False(await IsActiveAsync(company, laptop.Refresh!));
        Assert.Equal(HttpStatusCode.Unauthorized, await UserInfoAsync(laptop));
        await Tokens.OfAsync(await client.RefreshAsync(otherUser.Refresh!));
        Assert.True(await IsActiveAsync(company, otherClient.Access), "another client's token was revoked too");
        Assert.Contains(
            "grant.revoked", await host.SignInEventsAsync(await AuthRequestOfAsync(company, client, "ended")), StringComparer.Ordinal);
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{consent}"), 404, "consent_not_found");

        // The user can allow the client again.
        await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!));
    }

    /// <summary>Otherwise redeeming the code would create a new grant after the revocation.</summary>
    [Fact]
    public async Task Revoking_a_consent_invalidates_an_authorization_code_not_yet_redeemed()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/{await ConsentOfAsync(company, client, "ada")}");

        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    [Fact]
    public async Task Revoking_a_consent_under_another_client_is_404_and_revokes_nothing()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var consent = await ConsentOfAsync(company, client, "ada");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{(await McpClient.CreateAsync(company)).Id}/consents/{consent}"),
            404,
            "consent_not_found");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{client.Id}/consents/usrcnst_0000000000000000000000"),
            404,
            "consent_not_found");
        await Expect.ProblemAsync(
            await host.TrySendAsync(HttpMethod.Delete, $"/api/v1/clients/{LatchkeyHost.OperatorId}/consents/{consent}"),
            404,
            "client_not_found");

        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task Revoking_a_grant_ends_that_grant_alone()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var (laptop, desktop) = (await client.TokensAsync(), await client.TokensAsync());
        var path = $"/api/v1/grants/{laptop.Claims.GetProperty("grant_id").GetString()}";
        await host.SendAsync(HttpMethod.Delete, path);
        await host.SendAsync(HttpMethod.Delete, path);

        await Expect.ErrorAsync(await client.RefreshAsync(laptop.Refresh!), 400, "invalid_grant");
        Assert.False(await IsActiveAsync(company, laptop.Access));
        await Tokens.OfAsync(await client.RefreshAsync(desktop.Refresh!));
        Assert.Equal(1, (await ListAsync($"grants?resource_id={company.ResourceId}&state=live")).GetProperty("total_size").GetInt32());
        Assert.Equal(1, (await ListAsync($"grants?resource_id={company.ResourceId}&state=ended")).GetProperty("total_size").GetInt32());
    }

    [Fact]
    public async Task Consents_and_grants_are_found_by_resource_client_user_and_part_of_a_name()
    {
        var (company, other) = (await host.NewCompanyAsync(), await host.NewCompanyAsync());
        var (first, second) = (await McpClient.RegisterAsync(company), await McpClient.CreateAsync(company));
        await first.TokensAsync();
        await first.TokensAsync(new { sub = "50%_off", email = "Grace.Hopper@acme.example", name = "Grace Hopper" });
        await second.TokensAsync();
        await (await McpClient.RegisterAsync(other)).TokensAsync();

        async Task<int> CountAsync(string list, string query) => (await ListAsync($"{list}?{query}")).GetProperty("total_size").GetInt32();
        var here = $"resource_id={company.ResourceId}";
        foreach (var list in new[] { "user_consents", "grants" })
        {
            Assert.Equal(3, await CountAsync(list, here));
            Assert.Equal(3, await CountAsync(list, $"connection_id={company.ConnectionId}"));
            Assert.Equal(2, await CountAsync(list, $"client_id={first.Id}"));
            Assert.Equal(2, await CountAsync(list, $"{here}&external_user_id=ada"));
            Assert.Equal(0, await CountAsync(list, $"{here}&external_user_id=Ada"));
            Assert.Equal(1, await CountAsync(list, $"{here}&search=HOPPER@acme"));
            Assert.Equal(2, await CountAsync(list, $"{here}&search=lovelace"));
            Assert.Equal(1, await CountAsync(list, $"{here}&search=%25_"));
            Assert.Equal(0, await CountAsync(list, $"{here}&search=%5C"));
            Assert.Equal(0, await CountAsync(list, $"{here}&search=a%25e"));
        }

        var consents = await ListAsync($"user_consents?{here}&search=grace");
        var consent = Assert.Single(consents.GetProperty("consents").EnumerateArray());
        Assert.Equal(
            ("50%_off", first.Id, "Inspector"),
            (consent.GetProperty("external_user_id").GetString(), consent.GetProperty("client_id").GetString(),
                consent.GetProperty("client_name").GetString()));
        Assert.Equal(["notes:read", "notes:write"], consent.GetProperty("scopes").EnumerateArray().Select(s => s.GetString()));
        var users = (await ListAsync($"connections/{company.ConnectionId}/users?search=grace")).GetProperty("users");
        Assert.Equal("Grace.Hopper@acme.example", Assert.Single(users.EnumerateArray()).GetProperty("email").GetString());
    }

    [Fact]
    public async Task Users_are_found_by_their_latest_reported_data_and_show_their_revocation()
    {
        var company = await host.NewCompanyAsync();
        await (await McpClient.RegisterAsync(company)).TokensAsync();
        using (await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:update", new { sub = "ada", email = "king@acme.example" }))
        using (await company.SendAsync(HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" }))
        {
            var user = Assert.Single(
                (await ListAsync($"connections/{company.ConnectionId}/users?search=king")).GetProperty("users").EnumerateArray());
            Assert.True(user.TryGetProperty("revoke_time", out _));
        }

        Assert.Equal(
            0, (await ListAsync($"connections/{company.ConnectionId}/users?search=lovelace")).GetProperty("total_size").GetInt32());
        Assert.Equal(0, (await ListAsync($"grants?connection_id={company.ConnectionId}&state=live")).GetProperty("total_size").GetInt32());
    }

    [Theory]
    [InlineData("user_consents", "consents")]
    [InlineData("grants", "grants")]
    [InlineData("auth-requests", "auth_requests")]
    public async Task Pages_hold_each_entry_once_newest_first(string list, string member)
    {
        var company = await host.NewCompanyAsync();
        for (var i = 0; i < 5; i++)
        {
            await (await McpClient.CreateAsync(company)).TokensAsync();
        }

        var ids = new List<string>();
        var times = new List<DateTimeOffset>();
        var token = "";
        do
        {
            var page = await ListAsync($"{list}?resource_id={company.ResourceId}&page_size=2&page_token={token}");
            foreach (var entry in page.GetProperty(member).EnumerateArray())
            {
                ids.Add(entry.GetProperty("id").GetString()!);
                times.Add(entry.GetProperty(list == "user_consents" ? "granted_at" : "create_time").GetDateTimeOffset());
            }

            token = page.GetProperty("next_page_token").GetString()!;
        }
        while (token.Length > 0);

        Assert.Equal(5, ids.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(5, ids.Count);
        Assert.Equal(times.OrderDescending(), times);
    }

    [Fact]
    public async Task Auth_requests_are_filtered_by_stage_user_and_time()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var before = host.Clock.GetUtcNow();
        await browser.StartAsync(client.Authorize());
        host.Clock.Advance(TimeSpan.FromMinutes(1));
        await client.TokensAsync();

        var here = $"auth-requests?client_id={client.Id}&resource_id={company.ResourceId}";
        Assert.Equal(2, (await ListAsync(here)).GetProperty("total_size").GetInt32());
        var waiting = Assert.Single((await ListAsync($"{here}&stage=awaiting_login")).GetProperty("auth_requests").EnumerateArray());
        Assert.Equal("awaiting_login", waiting.GetProperty("stage").GetString());
        Assert.False(waiting.TryGetProperty("journey", out _));
        Assert.Equal(1, (await ListAsync($"{here}&external_user_id=ada")).GetProperty("total_size").GetInt32());
        var middle = Uri.EscapeDataString(before.AddSeconds(30).ToString("O", System.Globalization.CultureInfo.InvariantCulture));
        Assert.Equal(
            "exchanged",
            Assert.Single((await ListAsync($"{here}&start_time={middle}")).GetProperty("auth_requests").EnumerateArray())
                .GetProperty("stage").GetString());
        Assert.Equal(1, (await ListAsync($"{here}&end_time={middle}")).GetProperty("total_size").GetInt32());
    }

    [Theory]
    [InlineData("user_consents?client_id=skc_operator", "client_id")]
    [InlineData("user_consents?resource_id=x", "resource_id")]
    [InlineData("user_consents?user=ada", "user")]
    [InlineData("user_consents?search=%00", "search")]
    [InlineData("user_consents?external_user_id=a&external_user_id=b", "external_user_id")]
    [InlineData("grants?state=dead", "state")]
    [InlineData("grants?connection_id=res_0000000000000000000000", "connection_id")]
    [InlineData("grants?page_token=x", "page_token")]
    [InlineData("auth-requests?stage=over", "stage")]
    [InlineData("auth-requests?start_time=yesterday", "start_time")]
    [InlineData("connections/{conn}/users?sub=ada", "sub")]
    public async Task An_unknown_or_invalid_query_parameter_is_400(string list, string parameter) => await Expect.ProblemAsync(
        await host.TrySendAsync(
            HttpMethod.Get, $"/api/v1/{list.Replace("{conn}", (await host.CompanyAsync()).ConnectionId, StringComparison.Ordinal)}"),
        400, "invalid_argument", parameter);

    private Task<JsonElement> ListAsync(string list) => host.SendAsync(HttpMethod.Get, $"/api/v1/{list}");

    private async Task<string> ConsentOfAsync(Company company, McpClient client, string subject) => Assert.Single(
        (await ListAsync($"user_consents?resource_id={company.ResourceId}&client_id={client.Id}&external_user_id={subject}"))
            .GetProperty("consents").EnumerateArray()).GetProperty("id").GetString()!;

    private async Task<string> AuthRequestOfAsync(Company company, McpClient client, string state) =>
        (await ListAsync($"grants?resource_id={company.ResourceId}&client_id={client.Id}&state={state}")).GetProperty("grants")[0]
            .GetProperty("auth_request_id").GetString()!;

    private static async Task<bool> IsActiveAsync(Company company, string token) =>
        await (await ResourceServer.CreateAsync(company)).IsActiveAsync(token);

    private async Task<HttpStatusCode> UserInfoAsync(Tokens tokens)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/userinfo");
        request.Headers.Authorization = new("Bearer", tokens.Access);
        using var answer = await host.Anonymous.SendAsync(request);
        return answer.StatusCode;
    }
}
