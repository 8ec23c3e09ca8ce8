using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

public sealed class Refresh_tokens_on_SQLite(OnSqlite host) : Refresh_tokens(host), IClassFixture<OnSqlite>;

public sealed class Refresh_tokens_on_PostgreSQL(OnPostgres host) : Refresh_tokens(host), IClassFixture<OnPostgres>;

public abstract class Refresh_tokens(LatchkeyHost host)
{
    [Fact]
    [Spec("OAuth 2.1 §4.3.1", "refresh-replay-detected")]
    public async Task A_refresh_token_of_a_public_client_is_rotated_at_each_use()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        var third = await Tokens.OfAsync(await client.RefreshAsync(second.Refresh!));

        Assert.Equal(3, new[] { first.Refresh, second.Refresh, third.Refresh }.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(first.Claims.GetProperty("grant_id").GetString(), third.Claims.GetProperty("grant_id").GetString());
    }

    [Fact]
    public async Task A_token_that_was_just_rotated_gets_the_current_token_again()
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
    [Spec("OAuth 2.1 §4.3.1", "refresh-replay-detected")]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task The_window_for_a_rotated_token_does_not_slide_and_a_replay_after_it_ends_the_grant()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(20));
        await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        var third = await Tokens.OfAsync(await client.RefreshAsync(second.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(11));

        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(third.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_replay_of_a_token_from_more_than_eight_rotations_ago_ends_the_grant()
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
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_replay_on_one_device_does_not_end_the_grant_of_another()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var laptop = await client.TokensAsync();
        var desktop = await client.TokensAsync();
        var next = await Tokens.OfAsync(await client.RefreshAsync(laptop.Refresh!));
        await Tokens.OfAsync(await client.RefreshAsync(next.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await Expect.ErrorAsync(await client.RefreshAsync(laptop.Refresh!), 400, "invalid_grant");

        await Tokens.OfAsync(await client.RefreshAsync(desktop.Refresh!));
    }

    [Fact]
    public async Task Of_64_concurrent_refreshes_all_get_the_same_valid_successor()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();

        var answers = await Task.WhenAll(
            Enumerable.Range(0, 64).Select(async _ => await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))));
        var successor = Assert.Single(answers.Select(a => a.Refresh).Distinct(StringComparer.Ordinal));
        await Tokens.OfAsync(await client.RefreshAsync(successor!));
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2.1", "confidential-authenticates")]
    public async Task A_confidential_client_must_authenticate_and_its_token_is_not_rotated()
    {
        var client = await McpClient.CreateAsync(await host.NewCompanyAsync());
        var first = await client.TokensAsync();

        Assert.Equal(first.Refresh, (await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!))).Refresh);
        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!, ("client_secret", null)), 401, "invalid_client");
        await Expect.ErrorAsync(await client.RefreshAsync(first.Refresh!, ("client_secret", "wrong")), 401, "invalid_client");
        var basic = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client.Id}:{client.Secret}")));
        await Tokens.OfAsync(
            await client.PostAsync("/oauth/token", [("grant_type", "refresh_token"), ("refresh_token", first.Refresh)], [], basic));
    }

    /// <summary>
    /// {token} is the valid token; {grant}, {key} and {hash} are its parts; {access} and {code} belong to the same grant.
    /// </summary>
    public static TheoryData<string, string?, int, string> WrongRequests => new()
    {
        { "refresh_token", null, 400, "invalid_request" },
        { "refresh_token", "", 400, "invalid_request" },
        { "refresh_token", "anything", 400, "invalid_grant" },
        { "refresh_token", "lkr_forged", 400, "invalid_grant" },
        { "refresh_token", "{token}x", 400, "invalid_grant" },
        { "refresh_token", "{token} ", 400, "invalid_grant" },
        { "refresh_token", "{token}.{token}", 400, "invalid_grant" },
        { "refresh_token", "LKR_{grant}.0.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.1.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.00.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.-1.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.99999999999999999999.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_0000000000000000000000.0.{key}.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.0.key_0000000000000000000000.{hash}", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.0.{key}.", 400, "invalid_grant" },
        { "refresh_token", "lkr_{grant}.0.{key}.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", 400, "invalid_grant" },
        { "refresh_token", "{access}", 400, "invalid_grant" },
        { "refresh_token", "{code}", 400, "invalid_grant" },
        { "scope", "notes:delete", 400, "invalid_scope" },
        { "scope", "NOTES:READ", 400, "invalid_scope" },
        { "scope", "notes:delete offline_access", 400, "invalid_scope" },
        { "resource", "https://other.example/mcp", 400, "invalid_target" },
        { "resource", "not a uri", 400, "invalid_target" },
        { "resource", "{resource}#x", 400, "invalid_target" },
        { "client_id", null, 401, "invalid_client" },
        { "client_id", "m2m_0000000000000000000000", 401, "invalid_client" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    [Spec("OAuth 2.1 §3.2.3", "refresh-bound-to-consent")]
    [Spec("OAuth 2.1 §4.3", "refresh-unforgeable")]
    [Spec("OAuth 2.1 §4.3.1", "refresh-scope-not-wider")]
    [Spec("RFC 8707 §2.2", "at-token")]
    public async Task A_wrong_parameter_is_refused_and_does_not_rotate_the_token(string parameter, string? value, int status, string error)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        var parts = tokens.Refresh!["lkr_".Length..].Split('.');
        var sent = value?.Replace("{token}", tokens.Refresh, StringComparison.Ordinal)
            .Replace("{access}", tokens.Access, StringComparison.Ordinal).Replace("{code}", code, StringComparison.Ordinal)
            .Replace("{grant}", parts[0], StringComparison.Ordinal).Replace(
                "{key}", parts[2], StringComparison.Ordinal).Replace("{hash}", parts[3], StringComparison.Ordinal)
            .Replace("{resource}", company.ResourceUri, StringComparison.Ordinal);

        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!, (parameter, sent)), status, error);
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2.3", "refresh-bound-to-consent")]
    [Spec("RFC 9700 §4.4", "mix-up")]
    public async Task A_mix_up_of_two_resources_is_refused_and_does_not_rotate_the_token()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var atOtherResource = new McpClient(await host.NewCompanyAsync(), client.Id, null, client.RedirectUri);
        var atEnvironment = new McpClient(company, client.Id, null, client.RedirectUri) { Entry = "" };
        var tokens = await client.TokensAsync();

        await Expect.ErrorAsync(await atOtherResource.RefreshAsync(tokens.Refresh!), 400, "invalid_target");
        await Expect.ErrorAsync(
            await atOtherResource.RefreshAsync(tokens.Refresh!, ("resource", company.ResourceUri)), 400, "invalid_target");
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        await Tokens.OfAsync(await atEnvironment.RefreshAsync(tokens.Refresh!));
    }

    /// <summary>The window starts with the token's first rotation and includes its last moment.</summary>
    [Theory]
    [InlineData(29_999, true)]
    [InlineData(30_000, true)]
    [InlineData(30_001, false)]
    public async Task A_rotated_token_is_accepted_for_exactly_thirty_seconds(int milliseconds, bool isAccepted)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var still = host.Clock.StandStill();
        var first = await client.TokensAsync();
        var second = await Tokens.OfAsync(await client.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds - 1));
        var third = await Tokens.OfAsync(await client.RefreshAsync(second.Refresh!));
        host.Clock.Advance(TimeSpan.FromMilliseconds(1));

        var repeated = await client.RefreshAsync(first.Refresh!);
        if (isAccepted)
        {
            Assert.Equal(third.Refresh, (await Tokens.OfAsync(repeated)).Refresh);
            return;
        }

        await Expect.ErrorAsync(repeated, 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RefreshAsync(third.Refresh!), 400, "invalid_grant");
    }

    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_replay_by_another_client_does_not_end_the_grant()
    {
        var company = await host.CompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        var first = await owner.TokensAsync();
        var second = await Tokens.OfAsync(await owner.RefreshAsync(first.Refresh!));
        host.Clock.Advance(TimeSpan.FromSeconds(31));

        await Expect.ErrorAsync(await attacker.RefreshAsync(first.Refresh!), 400, "invalid_grant");
        await Tokens.OfAsync(await owner.RefreshAsync(second.Refresh!));
    }

    [Fact]
    [Spec("OAuth 2.1 §4.3.1", "refresh-scope-not-wider")]
    [Spec("OAuth 2.1 §4.3.3", "refresh-scope-kept")]
    public async Task A_narrower_scope_applies_to_one_access_token_and_not_to_the_grant()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var narrow = await Tokens.OfAsync(await client.RefreshAsync((await client.TokensAsync()).Refresh!, ("scope", "notes:read")));

        Assert.Equal("notes:read", narrow.Claims.GetProperty("scope").GetString());
        narrow = await Tokens.OfAsync(await client.RefreshAsync(narrow.Refresh!, ("scope", " ")));
        Assert.Equal("notes:read notes:write", narrow.Scope);
        Assert.Equal("notes:read notes:write", (await Tokens.OfAsync(await client.RefreshAsync(narrow.Refresh!))).Scope);
    }

    [Fact]
    [Spec("OAuth 2.1 §4.3", "refresh-bound-to-client")]
    public async Task A_refresh_token_of_another_client_is_refused_and_stays_valid()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        var tokens = await owner.TokensAsync();

        await Expect.ErrorAsync(await attacker.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ErrorAsync(await owner.RefreshAsync(tokens.Access), 400, "invalid_grant");
        await Tokens.OfAsync(await owner.RefreshAsync(tokens.Refresh!));
    }

    [Theory]
    [InlineData(3_599_999, true)]
    [InlineData(3_600_000, false)]
    [Spec("OAuth 2.1 §4.3.3", "refresh-idle")]
    public async Task A_token_expires_when_it_is_not_used_for_the_idle_lifetime(int milliseconds, bool lives)
    {
        var client = await McpClient.RegisterAsync(
            await host.NewCompanyAsync(resource: new { refresh_token_expiry = 3600, grant_expiry = 7200 }));
        using var still = host.Clock.StandStill();
        var tokens = await client.TokensAsync();
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        await LivesAsync(lives, await client.RefreshAsync(tokens.Refresh!));
    }

    [Theory]
    [InlineData(7_199_999, true)]
    [InlineData(7_200_000, false)]
    [Spec("ASVS V10 §10.4.8", "10.4.8")]
    public async Task A_token_expires_after_the_absolute_lifetime_however_often_it_is_used(int milliseconds, bool lives)
    {
        var client = await McpClient.RegisterAsync(
            await host.NewCompanyAsync(resource: new { refresh_token_expiry = 3600, grant_expiry = 7200 }));
        using var still = host.Clock.StandStill();
        var tokens = await client.TokensAsync();
        for (var i = 0; i < 3; i++)
        {
            host.Clock.Advance(TimeSpan.FromMinutes(35));
            tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        }

        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds) - TimeSpan.FromMinutes(105));
        await LivesAsync(lives, await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-revoked-on-events")]
    public async Task A_refresh_returns_updated_user_data_and_is_refused_after_the_user_was_revoked()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var tokens = await client.TokensAsync();
        var users = $"/api/v1/connections/{company.ConnectionId}/users";
        using var updated = await company.SendAsync(
            HttpMethod.Post, users + ":update", new { sub = "ada", email = "ada@new.example", name = "Countess" });
        Assert.Equal(HttpStatusCode.OK, updated.StatusCode);
        tokens = await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
        Assert.Equal("ada@new.example", tokens.Claims.GetProperty("email").GetString());

        using var revoked = await company.SendAsync(HttpMethod.Post, users + ":revoke", new { sub = "ada" });
        Assert.Equal("""{"grants_ended":1}""", await revoked.Content.ReadAsStringAsync());
        await Expect.ErrorAsync(await client.RefreshAsync(tokens.Refresh!), 400, "invalid_grant");
        await Expect.ProblemAsync(
            await company.SendAsync(HttpMethod.Post, users + ":revoke", new { sub = "unknown" }), 404, "user_not_found");
        await client.TokensAsync();
    }

    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-revoked-on-events")]
    public async Task A_refresh_is_refused_after_the_client_is_deleted_or_the_connection_disabled_or_replaced()
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

    private static async Task LivesAsync(bool lives, HttpResponseMessage answer)
    {
        if (lives)
        {
            await Tokens.OfAsync(answer);
        }
        else
        {
            await Expect.ErrorAsync(answer, 400, "invalid_grant");
        }
    }
}
