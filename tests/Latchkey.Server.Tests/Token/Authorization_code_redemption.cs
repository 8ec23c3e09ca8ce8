using System.Net;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Token;

public sealed class Authorization_code_redemption_on_SQLite(OnSqlite host) : Authorization_code_redemption(host), IClassFixture<OnSqlite>;

public sealed class Authorization_code_redemption_on_PostgreSQL(OnPostgres host)
    : Authorization_code_redemption(host), IClassFixture<OnPostgres>;

public abstract class Authorization_code_redemption(LatchkeyHost host)
{
    public static TheoryData<string, string?, string> WrongRequests => new()
    {
        { "code_verifier", null, "invalid_grant" },
        { "code_verifier", "", "invalid_grant" },
        { "code_verifier", "0123456789012345678901234567890123456789012", "invalid_grant" },
        { "code_verifier", "short", "invalid_grant" },
        { "code_verifier", "{challenge}", "invalid_grant" },
        { "code_verifier", "{verifier}=", "invalid_grant" },
        { "code_verifier", "{verifier} ", "invalid_grant" },
        { "code_verifier", "{VERIFIER}", "invalid_grant" },
        { "code_verifier", "{verifier}{verifier}{verifier}", "invalid_grant" },
        { "redirect_uri", "http://127.0.0.1:33418/other", "invalid_grant" },
        { "redirect_uri", "http://127.0.0.1:33418/callback/", "invalid_grant" },
        { "redirect_uri", "http://127.0.0.1:33419/callback", "invalid_grant" },
        { "redirect_uri", "http://localhost:33418/callback", "invalid_grant" },
        { "redirect_uri", "HTTP://127.0.0.1:33418/callback", "invalid_grant" },
        { "resource", "https://other.example/mcp", "invalid_target" },
        { "resource", "not a uri", "invalid_target" },
        { "resource", "/mcp", "invalid_target" },
        { "resource", "{resource}#fragment", "invalid_target" },
        { "resource", "{resource}/other", "invalid_target" },
        { "code", null, "invalid_request" },
        { "code", "", "invalid_request" },
        { "client_id", "m2m_0000000000000000000000", "invalid_client" },
        { "client_id", null, "invalid_client" },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    [Spec("OAuth 2.1 §10.2", "redirect-uri-at-token")]
    [Spec("OAuth 2.1 §4.1.1", "challenge-supported")]
    [Spec("OAuth 2.1 §4.1.2", "code-bound")]
    [Spec("OAuth 2.1 §4.1.3", "verifier-checked")]
    [Spec("RFC 8707 §2.2", "at-token")]
    [Spec("RFC 7636 §4.1", "verifier-form")]
    [Spec("RFC 7636 §4.6", "verified")]
    public async Task A_wrong_PKCE_verifier_or_other_parameter_is_refused_and_does_not_consume_the_code(
        string parameter, string? value, string error)
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        var sent = value?.Replace("{challenge}", client.Challenge, StringComparison.Ordinal)
            .Replace("{verifier}", client.Verifier, StringComparison.Ordinal)
            .Replace("{VERIFIER}", client.Verifier.ToUpperInvariant(), StringComparison.Ordinal).Replace(
                "{resource}", company.ResourceUri, StringComparison.Ordinal);

        await Expect.ErrorAsync(await client.RedeemAsync(code, (parameter, sent)), error == "invalid_client" ? 401 : 400, error);
        await Tokens.OfAsync(await client.RedeemAsync(code));
    }

    /// <summary>
    /// To the client, each resource is another authorization server (RFC 8414 §2): a code of one is not valid at another.
    /// </summary>
    [Fact]
    [Spec("RFC 9700 §4.4", "mix-up")]
    public async Task A_mix_up_of_two_resources_is_refused_and_does_not_consume_the_code()
    {
        var company = await host.CompanyAsync();
        var other = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        var atOtherResource = new McpClient(other, client.Id, null, client.RedirectUri);

        await Expect.ErrorAsync(await atOtherResource.RedeemAsync(code), 400, "invalid_target");
        await Expect.ErrorAsync(await atOtherResource.RedeemAsync(code, ("resource", company.ResourceUri)), 400, "invalid_target");
        await Expect.ErrorAsync(await atOtherResource.RedeemAsync(code, ("resource", other.ResourceUri)), 400, "invalid_target");
        await Expect.ErrorAsync(
            await client.RedeemAsync(code, ("resource", company.ResourceUri), ("resource", other.ResourceUri)), 400, "invalid_target");
        await Tokens.OfAsync(await client.RedeemAsync(code, ("resource", company.ResourceUri), ("resource", company.ResourceUri + "/")));
    }

    [Fact]
    public async Task The_token_endpoints_of_the_environment_and_the_resource_redeem_codes_of_each_other()
    {
        var company = await host.CompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var atEnvironment = new McpClient(company, client.Id, null, client.RedirectUri) { Entry = "" };
        using var browser = new Browser(host);

        await Tokens.OfAsync(await atEnvironment.RedeemAsync(await client.CodeAsync(browser)));
        await Tokens.OfAsync(await client.RedeemAsync(await atEnvironment.CodeAsync(browser)));
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.2", "code-bound")]
    public async Task A_code_of_another_client_is_refused_and_stays_valid()
    {
        var company = await host.NewCompanyAsync();
        var owner = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        using var browser = new Browser(host);
        var code = await owner.CodeAsync(browser);

        await Expect.ErrorAsync(await attacker.RedeemAsync(code), 400, "invalid_grant");
        await Expect.ErrorAsync(
            await attacker.RedeemAsync(code, ("code_verifier", owner.Verifier), ("redirect_uri", null)), 400, "invalid_grant");
        await Tokens.OfAsync(await owner.RedeemAsync(code));
    }

    [Theory]
    [InlineData("lkc_unknown")]
    [InlineData("lkc_0000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lkc_")]
    [InlineData("LKC_0000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lkc_00000000000000000000000")]
    [InlineData("lkc_%2e%2e/0000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lkc_é000000000000000000000AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("lkr_0000000000000000000000.0.key_0.x")]
    [InlineData("lri_0000000000000000000000")]
    [InlineData("' OR 1=1 --")]
    [InlineData("anything")]
    [Spec("OAuth 2.1 §7.7", "not-guessable")]
    public async Task A_code_that_was_never_issued_is_refused(string code)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());

        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    [Fact]
    public async Task A_code_with_a_forged_secret_part_is_refused()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);

        await Expect.ErrorAsync(await client.RedeemAsync(code[..^1] + (code[^1] == 'A' ? 'E' : 'A')), 400, "invalid_grant");
        await Tokens.OfAsync(await client.RedeemAsync(code));
    }

    [Fact]
    [Spec("OAuth 2.1 §10.2", "redirect-uri-at-token")]
    public async Task A_code_is_redeemed_without_a_redirect_uri()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var browser = new Browser(host);

        await Tokens.OfAsync(await client.RedeemAsync(await client.CodeAsync(browser), ("redirect_uri", null)));
    }

    [Theory]
    [InlineData(59_999, true)]
    [InlineData(60_000, false)]
    [InlineData(61_000, false)]
    [Spec("OAuth 2.1 §4.1.2", "code-short-lived")]
    public async Task A_code_is_valid_for_exactly_one_minute(int milliseconds, bool works)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var browser = new Browser(host);
        using var still = host.Clock.StandStill();
        var code = await client.CodeAsync(browser);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        var answer = await client.RedeemAsync(code);
        if (works)
        {
            await Tokens.OfAsync(answer);
        }
        else
        {
            await Expect.ErrorAsync(answer, 400, "invalid_grant");
        }
    }

    /// <summary>Clients repeat requests within seconds; a later replay means that the code was copied.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    [InlineData(3_600_000, false)]
    [Spec("OAuth 2.1 §4.1.3", "code-replay-revokes")]
    public async Task A_replay_within_ten_seconds_revokes_nothing_and_a_later_one_revokes_the_grant(int milliseconds, bool lives)
    {
        var client = await McpClient.RegisterAsync(await host.CompanyAsync());
        using var browser = new Browser(host);
        using var still = host.Clock.StandStill();
        var code = await client.CodeAsync(browser);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
        var refreshed = await client.RefreshAsync(tokens.Refresh!);
        if (lives)
        {
            await Tokens.OfAsync(refreshed);
        }
        else
        {
            await Expect.ErrorAsync(refreshed, 400, "invalid_grant");
        }
    }

    [Fact]
    [Spec("OAuth 2.1 §7.5.2", "wrong-replay-revokes-nothing")]
    public async Task A_later_replay_without_the_PKCE_verifier_revokes_nothing()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        var tokens = await Tokens.OfAsync(await client.RedeemAsync(code));
        host.Clock.Advance(TimeSpan.FromSeconds(11));

        await Expect.ErrorAsync(await client.RedeemAsync(code, ("code_verifier", attacker.Verifier)), 400, "invalid_grant");
        await Expect.ErrorAsync(await client.RedeemAsync(code, ("code_verifier", null)), 400, "invalid_grant");
        await Expect.ErrorAsync(await attacker.RedeemAsync(code, ("redirect_uri", null)), 400, "invalid_grant");
        await Tokens.OfAsync(await client.RefreshAsync(tokens.Refresh!));
    }

    [Fact]
    [Spec("OAuth 2.1 §4.1.3", "code-once")]
    public async Task Of_64_concurrent_redemptions_one_succeeds_and_its_tokens_stay_valid()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);

        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => client.RedeemAsync(code)));
        var winner = Assert.Single(answers, a => a.StatusCode == HttpStatusCode.OK);
        Assert.All(answers.Except([winner]), a => Assert.Equal(HttpStatusCode.BadRequest, a.StatusCode));
        await Tokens.OfAsync(await client.RefreshAsync((await Tokens.OfAsync(winner)).Refresh!));
    }

    [Fact]
    public async Task A_code_is_refused_after_the_user_was_revoked()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        using var revoked = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" });

        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    /// <summary>Another node, or a request that waited: the stored revocation counts, not which of the two clocks is ahead.</summary>
    [Fact]
    public async Task A_code_is_refused_after_the_user_was_revoked_by_a_node_whose_clock_is_behind()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        using var browser = new Browser(host);
        var code = await client.CodeAsync(browser);
        host.Clock.Advance(TimeSpan.FromSeconds(-5));
        using var revoked = await company.SendAsync(
            HttpMethod.Post, $"/api/v1/connections/{company.ConnectionId}/users:revoke", new { sub = "ada" });
        host.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        await Expect.ErrorAsync(await client.RedeemAsync(code), 400, "invalid_grant");
    }

    [Fact]
    [Spec("OAuth 2.1 §3.2.3", "refresh-by-policy")]
    [Spec("MCP 2026-07-28 §Refresh tokens", "refresh-asked-for")]
    public async Task A_refresh_token_is_issued_only_to_a_client_that_asked_for_one()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync(), McpClient.Loopback, "authorization_code");

        Assert.Null((await client.TokensAsync()).Refresh);
        Assert.NotNull((await client.TokensAsync(scope: "notes:read offline_access")).Refresh);
    }
}
