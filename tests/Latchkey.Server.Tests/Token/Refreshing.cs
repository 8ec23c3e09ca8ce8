using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

public sealed class Refreshing_on_SQLite(OnSqlite host) : Refreshing(host), IClassFixture<OnSqlite>;

public sealed class Refreshing_on_PostgreSQL(OnPostgres host) : Refreshing(host), IClassFixture<OnPostgres>;

[Spec("OAuth 2.1 §4.3")]
[Spec("RFC 9700 §4.14")]
public abstract class Refreshing(LatchkeyHost host)
{
    [Fact]
    public async Task Rotates_for_a_public_client()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        var third = await Tokens.OfAsync(await client.RefreshAsync(second.Refresh!));

        Assert.Equal(3, new[] { first.Refresh, second.Refresh, third.Refresh }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(first.Claims.GetProperty("grant_id").GetString(), third.Claims.GetProperty("grant_id").GetString());
    }

    [Fact]
    public async Task With_a_token_just_rotated_gives_the_current_one_again()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(20));

        Assert.Equal(second.Refresh, (await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))).Refresh);
        var third = await Tokens.OfAsync(await client.RefreshAsync(second.Refresh!));
        Assert.Equal(third.Refresh, (await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))).Refresh);
    }

    [Fact]
    public async Task Has_a_window_that_never_slides_and_behind_it_ends_the_grant()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(11));

        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(second.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task With_a_token_from_more_than_eight_rotations_ago_ends_the_grant()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var current = first;
        for (var i = 0; i < 9; i++)
        {
            current = await Tokens.OfAsync(await client.RefreshAsync(current.Refresh!));
        }

        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(current.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task Of_one_device_does_not_touch_the_other()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var laptop = await client.TokensAsync();
        var desktop = await client.TokensAsync();
        await Tokens.OfAsync(await client.RefreshAsync(laptop.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await Expect.ErrorAsync(await client.RefreshAsync(laptop.Refresh!), 400, "invalid_grant");

        await Tokens.OfAsync(await client.RefreshAsync(desktop.Refresh!));
    }

    [Fact]
    public async Task By_64_at_once_has_one_live_successor_for_all()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(async _ => await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))));
        var successor = Assert.Single(answers.Select(a => a.Refresh).Distinct(StringComparer.Ordinal));
        await Tokens.OfAsync(await client.RefreshAsync(successor!));
    }

    [Fact]
    public async Task Does_not_rotate_for_a_confidential_client_which_must_authenticate()
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();

        Assert.Equal(first.Refresh, (await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))).Refresh);
        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!, ("client_secret", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!, ("client_secret", "wrong")), 401, "invalid_client");
        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.Id}:{client.Secret}")));
        await Tokens.OfAsync(await client.PostAsync("/oauth/token", [("grant_type", "refresh_token"), ("refresh_token", first.Refresh)], [], basic));
    }

    [Theory]
    [InlineData("refresh_token", "lkr_forged", 400, "invalid_grant")]
    [InlineData("refresh_token", null, 400, "invalid_request")]
    [InlineData("scope", "notes:read notes:write notes:delete", 400, "invalid_scope")]
    [InlineData("resource", "https://other.example/mcp", 400, "invalid_target")]
    public async Task With_something_wrong_is_refused_and_does_not_rotate(string parameter, string? value, int status, string error)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!, (parameter, value)), status, error);
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task Narrows_the_scope_of_one_access_token_and_keeps_the_grants()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var narrow = await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!, ("scope", "notes:read")));

        Assert.Equal("notes:read", narrow.Claims.GetProperty("scope").GetString());
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RefreshAsync(narrow.Refresh!))).Scope);
    }

    [Fact]
    public async Task Of_another_clients_token_is_refused_and_its_owner_unharmed()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var thief = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/thief");
        var tokens = await owner.TokensAsync();

        await Expect.ErrorAsync(await thief.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await owner.RefreshAsync(tokens.Access), 400, "invalid_grant");
        await Tokens.OfAsync(await owner.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    public async Task Ends_after_the_idle_lifetime_and_after_the_absolute_one()
    {
        var company = await host.NewCompanyAsync(resource: new { refresh_token_expiry = 3600, grant_expiry = 7200 });
        var client = await McpClient.RegisterAsync(company);
        var idle = await client.TokensAsync();
        host.Clock.Advance(TimeSpan.FromMinutes(61));
        await Expect.ErrorAsync(await client.RefreshAsync(idle.Refresh!), 400, "invalid_grant");

        var busy = await client.TokensAsync();
        for (var i = 0; i < 3; i++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(35));
            busy = await Tokens.OfAsync(await client.RefreshAsync(busy.Refresh!));
        }

        host.Clock.Advance(TimeSpan.FromMinutes(35));
        await Expect.ErrorAsync(await client.RefreshAsync(busy.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    public async Task Stops_when_the_company_revokes_the_person_and_carries_news_about_them_before()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var users = $"/api/v1/connections/{company.ConnectionId}/users";
        using var updated = await company.SendAsync(HttpMethod.Post, users + ":update", new { sub = "ada", email = "ada@new.example", name = "Countess" });
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal("ada@new.example", tokens.Claims.GetProperty("email").GetString());

        using var revoked = await company.SendAsync(HttpMethod.Post, users + ":revoke", new { sub = "ada" });
        Assert.Equal("""{"grants_ended":1}""", await revoked.Content.ReadAsStringAsync());
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ProblemAsync(await company.SendAsync(HttpMethod.Post, users + ":revoke", new { sub = "nobody" }), 404, "user_not_found");
        await client.TokensAsync();
    }

    [Fact]
    public async Task Stops_when_the_client_is_deleted_the_connection_disabled_or_replaced()
    {
        var company = await host.NewCompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.CreateAsync(company);
        var tokens = await client.TokensAsync();

        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = false });
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/connections/{company.ConnectionId}", new { enabled = true });
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await host.SendAsync(HttpMethod.Patch, $"/api/v1/resources/{company.ResourceId}", new { connection_id = other.ConnectionId });
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await host.SendAsync(HttpMethod.Delete, $"/api/v1/resources/{company.ResourceId}/clients/{client.Id}");
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 401, "invalid_client");
    }
}
