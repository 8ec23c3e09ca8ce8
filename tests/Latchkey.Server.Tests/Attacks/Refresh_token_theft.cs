using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;
using Latchkey.Server.Tests.Network;

namespace Latchkey.Server.Tests.Attacks;

public sealed class BehindProxiesOnPostgres : LatchkeyHost
{
    private protected override async Task<string> StorageAsync(string folder) =>
        "postgres:" + await (await Latchkey.Testing.PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { TrustedProxies = NetworkList.Parse("127.0.0.1;::1", out _)! });
}

public sealed class Refresh_token_theft_on_SQLite(BehindProxies host) : Refresh_token_theft(host), IClassFixture<BehindProxies>;

public sealed class Refresh_token_theft_on_PostgreSQL(BehindProxiesOnPostgres host)
    : Refresh_token_theft(host), IClassFixture<BehindProxiesOnPostgres>;

/// <summary>
/// Replays of refresh tokens of public clients: a thief with a copy gets nothing in another network, and a client that lost a response
/// keeps its grant in its own network.
/// </summary>
public abstract class Refresh_token_theft(LatchkeyHost host)
{
    private const string Home = "203.0.113.7";
    private const string SameNetwork = "203.0.113.250";
    private const string Elsewhere = "203.0.114.7";
    private const string Program = "program/1";
    private const string OtherProgram = "attacker/2";

    /// <summary>Case 1: the window begins with the token's own rotation and includes its last moment.</summary>
    [Theory]
    [InlineData(Home, Program, 30_000, "refresh.repeated")]
    [InlineData(SameNetwork, Program, 29_999, "refresh.repeated")]
    [InlineData(SameNetwork, OtherProgram, 29_999, "refresh.repeated_elsewhere")]
    [InlineData(Elsewhere, Program, 29_999, "refresh.repeated_elsewhere")] // A mobile client behind carrier-grade NAT.
    [InlineData(Elsewhere, Program, 30_000, "refresh.repeated_elsewhere")]
    [InlineData(Elsewhere, OtherProgram, 0, "refresh.suspicious")]
    [InlineData(Elsewhere, OtherProgram, 29_999, "refresh.suspicious")]
    [InlineData(Elsewhere, OtherProgram, 30_000, "refresh.suspicious")]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task Within_the_window_a_past_token_gets_the_current_one_unless_network_and_program_both_differ(
        string address, string program, int milliseconds, string recorded)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        if (recorded == "refresh.suspicious")
        {
            await ExpectRefusedAsync(client, first, address, program);
        }
        else
        {
            Assert.Equal(second, await ExpectTokenAsync(client, first, address, program));
        }

        Assert.Equal([recorded], (await ReplayEventsAsync(client)).Select(e => e.Name));
        var third = await ExpectTokenAsync(client, second, Home, Program);
        Assert.NotEqual(second, third);
    }

    /// <summary>The rotation of the presented token counts, not the last one.</summary>
    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_past_token_is_compared_with_its_own_rotation()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        var third = await ExpectTokenAsync(client, second, Elsewhere, OtherProgram);

        await ExpectRefusedAsync(client, first, Elsewhere, OtherProgram);
        await ExpectRefusedAsync(client, second, Home, Program);
        Assert.Equal(third, await ExpectTokenAsync(client, first, Home, Program));
        Assert.Equal(third, await ExpectTokenAsync(client, second, Elsewhere, OtherProgram));
        Assert.All(await ReplayEventsAsync(client), e => Assert.DoesNotContain(OtherProgram, e.Detail, StringComparison.Ordinal));
    }

    /// <summary>Case 2: however long the outage, up to the idle lifetime of the token.</summary>
    [Theory]
    [InlineData(Home, Program, 30_001)]
    [InlineData(SameNetwork, OtherProgram, 30_001)]
    [InlineData(Home, Program, 29L * 24 * 3_600_000)]
    public async Task A_lost_response_is_sent_again_in_the_same_network_however_late_and_once_per_rotation(
        string address, string program, long milliseconds)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromMilliseconds(milliseconds));

        Assert.Equal(second, await ExpectTokenAsync(client, first, address, program));
        await ExpectRefusedAsync(client, first, address, program);
        Assert.Equal(["refresh.response_lost", "refresh.suspicious"], (await ReplayEventsAsync(client)).Select(e => e.Name));

        // The next rotation has a lost response of its own.
        var third = await ExpectTokenAsync(client, second, Home, Program);
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        Assert.Equal(third, await ExpectTokenAsync(client, second, Home, Program));
        await ExpectTokenAsync(client, third, Home, Program);
    }

    /// <summary>The copy costs its owner neither the grant nor the one repetition of a lost response.</summary>
    [Theory]
    [InlineData(Elsewhere, Program)]
    [InlineData(Elsewhere, OtherProgram)]
    [InlineData("198.51.100.7", Program)]
    [InlineData("2001:db8:1::1", Program)]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task After_the_window_a_copy_gets_nothing_in_another_network_and_nothing_is_revoked(string address, string program)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromMilliseconds(30_001));

        await ExpectRefusedAsync(client, first, address, program);
        await ExpectRefusedAsync(client, first, address, program);
        Assert.Equal(["refresh.suspicious", "refresh.suspicious"], (await ReplayEventsAsync(client)).Select(e => e.Name));
        Assert.Equal(second, await ExpectTokenAsync(client, first, Home, Program));
        await ExpectTokenAsync(client, second, Home, Program);
    }

    /// <summary>IPv6: the /48 of a site. A privacy address changes the rest.</summary>
    [Theory]
    [InlineData("2001:db8:1:ffff:1::9", true)]
    [InlineData("2001:db8:2::1", false)]
    [InlineData("2001:db9:1::1", false)]
    public async Task The_network_of_an_IPv6_address_is_its_first_48_bits(string address, bool isSame)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, "2001:db8:1::1", Program);
        host.Clock.Advance(TimeSpan.FromSeconds(31));

        if (isSame)
        {
            Assert.Equal(second, await ExpectTokenAsync(client, first, address, Program));
        }
        else
        {
            await ExpectRefusedAsync(client, first, address, Program);
        }

        await ExpectTokenAsync(client, second, "2001:db8:1::1", Program);
    }

    /// <summary>Case 3: two parties use the family, so one of them has a copy.</summary>
    [Theory]
    [InlineData(Home, Program)]
    [InlineData(Elsewhere, OtherProgram)]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task After_the_use_of_the_successor_a_past_token_ends_the_grant(string address, string program)
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromMilliseconds(30_001));
        var third = await ExpectTokenAsync(client, second, Home, Program);

        await ExpectRefusedAsync(client, first, address, program);
        await ExpectRefusedAsync(client, third, Home, Program);
        Assert.Contains("grant.revoked", (await ReplayEventsAsync(client)).Select(e => e.Name));
    }

    /// <summary>
    /// A thief in the network of its victim can take the repetition of a lost response. It ends when both have used the family, because
    /// the victim presents a token whose successor the thief has used.
    /// </summary>
    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_thief_in_the_same_network_is_detected_when_victim_and_thief_have_both_refreshed()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        using var still = host.Clock.StandStill();
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(second, await ExpectTokenAsync(client, first, SameNetwork, OtherProgram));
        var third = await ExpectTokenAsync(client, second, SameNetwork, OtherProgram);
        host.Clock.Advance(TimeSpan.FromMilliseconds(30_001));
        var fourth = await ExpectTokenAsync(client, third, SameNetwork, OtherProgram);

        await ExpectRefusedAsync(client, second, Home, Program);
        await ExpectRefusedAsync(client, fourth, SameNetwork, OtherProgram);
    }

    /// <summary>
    /// A thief with a copy follows each rotation of its victim within the window, and never rotates a token itself. From another network
    /// and program it gets nothing.
    /// </summary>
    [Fact]
    [Spec("RFC 9700 §4.14.2", "refresh-theft")]
    public async Task A_parasite_that_follows_the_rotations_from_elsewhere_gets_nothing_and_costs_the_victim_nothing()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var copy = (await client.TokensAsync()).Refresh!;
        var victim = copy;
        for (var round = 0; round < 5; round++)
        {
            var next = await ExpectTokenAsync(client, victim, Home, Program);
            await ExpectRefusedAsync(client, copy, Elsewhere, OtherProgram);
            victim = next;
        }

        await ExpectTokenAsync(client, victim, Home, Program);
    }

    [Fact]
    public async Task Two_processes_that_refresh_one_token_32_times_at_once_get_the_same_successor()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = (await client.TokensAsync()).Refresh!;
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 32).Select(i => ExpectTokenAsync(client, first, i % 2 == 0 ? Home : SameNetwork, $"program/{i % 2}")));

        await ExpectTokenAsync(client, Assert.Single(answers.Distinct(StringComparer.Ordinal)), Home, Program);
    }

    /// <summary>After an outage exactly one request gets the token again; the others revoke nothing.</summary>
    [Fact]
    public async Task Of_32_concurrent_repetitions_of_a_lost_response_one_gets_the_current_token()
    {
        var client = await McpClient.RegisterAsync(await host.NewCompanyAsync());
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        var answers = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ => RefreshAsync(client, first, Home, Program)));

        var answered = Assert.Single(answers, a => a.IsSuccessStatusCode);
        Assert.Equal(second, (await Tokens.OfAsync(answered)).Refresh);
        foreach (var refused in answers.Where(a => a != answered))
        {
            await Expect.ErrorAsync(refused, 400, "invalid_grant");
        }

        await ExpectTokenAsync(client, second, Home, Program);
    }

    /// <summary>Another client learns nothing from a copy, and neither uses up the repetition nor ends the grant.</summary>
    [Fact]
    public async Task A_copy_presented_by_another_client_changes_nothing()
    {
        var company = await host.NewCompanyAsync();
        var client = await McpClient.RegisterAsync(company);
        var attacker = await McpClient.RegisterAsync(company, "http://127.0.0.1:5000/attacker");
        var first = (await client.TokensAsync()).Refresh!;
        var second = await ExpectTokenAsync(client, first, Home, Program);
        await ExpectRefusedAsync(attacker, first, Home, Program);
        host.Clock.Advance(TimeSpan.FromSeconds(31));
        await ExpectRefusedAsync(attacker, first, Home, Program);

        Assert.Equal(second, await ExpectTokenAsync(client, first, Home, Program));
        await ExpectTokenAsync(client, second, Home, Program);
    }

    private static async Task<string> ExpectTokenAsync(McpClient client, string token, string address, string program) =>
        (await Tokens.OfAsync(await RefreshAsync(client, token, address, program))).Refresh!;

    private static async Task ExpectRefusedAsync(McpClient client, string token, string address, string program) =>
        await Expect.ErrorAsync(await RefreshAsync(client, token, address, program), 400, "invalid_grant");

    private static async Task<HttpResponseMessage> RefreshAsync(McpClient client, string token, string address, string program)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{client.Entry}/oauth/token")
        {
            Content = new FormUrlEncodedContent(
                [new("grant_type", "refresh_token"), new("refresh_token", token), new("client_id", client.Id)]),
        };
        request.Headers.Add("X-Forwarded-For", address);
        request.Headers.UserAgent.ParseAdd(program);
        return await client.Company.Host.Anonymous.SendAsync(request);
    }

    /// <summary>The events about past refresh tokens and the end of the only grant of a client.</summary>
    private async Task<IReadOnlyList<(string Name, string Detail)>> ReplayEventsAsync(McpClient client)
    {
        var grant = Assert.Single(
            (await host.SendAsync(HttpMethod.Get, $"/api/v1/grants?client_id={client.Id}")).GetProperty("grants").EnumerateArray());
        var request = await host.SendAsync(HttpMethod.Get, $"/api/v1/auth-requests/{grant.GetProperty("auth_request_id").GetString()}");
        return
        [
            .. request.GetProperty("auth_request").GetProperty("journey").EnumerateArray()
                .Select(e => (Name: e.GetProperty("name").GetString()!, Detail: e.GetProperty("detail").GetString()!))
                .Where(
                    e => e.Name.StartsWith("refresh.", StringComparison.Ordinal) || e.Name.StartsWith("grant.", StringComparison.Ordinal)),
        ];
    }
}
