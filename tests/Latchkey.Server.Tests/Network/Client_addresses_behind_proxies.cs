using Latchkey.Server.Network;
using Latchkey.Server.Tests.Actors;

namespace Latchkey.Server.Tests.Network;

/// <summary>A host behind trusted proxies: this machine and the network 10.0.0.0/8.</summary>
public sealed class BehindProxies : LatchkeyHost
{
    private protected override Task<string> StorageAsync(string folder) => Task.FromResult($"sqlite:{folder}/latchkey.db");

    private protected override Task<Settings> ConfigureAsync(Settings settings) =>
        Task.FromResult(settings with { TrustedProxies = NetworkList.Parse("127.0.0.1, ::1; 10.0.0.0/8", out _)! });
}

/// <summary>The address that the sign-in log records.</summary>
public sealed class Client_addresses_behind_proxies(BehindProxies host, OnSqlite alone)
    : IClassFixture<BehindProxies>, IClassFixture<OnSqlite>
{
    private const string Peer = "127.0.0.1";

    [Theory]
    [InlineData(Peer)]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("203.0.113.7", "1.2.3.4, 203.0.113.7")]
    [InlineData("203.0.113.7", "1.2.3.4,203.0.113.7,10.1.2.3,\t10.255.255.255 ")]
    [InlineData("203.0.113.7", "1.2.3.4", "203.0.113.7", "10.1.2.3")]
    [InlineData("11.0.0.1", "10.0.0.1, 11.0.0.1")]
    [InlineData("203.0.113.7", "203.0.113.7:4711")]
    [InlineData("203.0.113.7", "203.0.113.7:4711, 10.0.0.1:80")]
    [InlineData("203.0.113.7", "::ffff:203.0.113.7")]
    [InlineData("203.0.113.7", "203.0.113.7, ::ffff:10.0.0.1")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData("2001:db8::7", "[2001:db8::7]")]
    [InlineData("2001:db8::7", "[2001:db8::7]:443")]
    [InlineData("2001:db8::7", "2001:0DB8:0000::0007")]
    public async Task The_rightmost_address_that_is_no_trusted_proxy_is_used(string expected, params string[] header) =>
        Assert.Equal(expected, await SeenAsync(host, [.. header.Select(h => $"X-Forwarded-For: {h}")]));

    /// <summary>When all addresses are proxies, the first one is used.</summary>
    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1, 10.0.0.2")]
    [InlineData("10.0.0.1", "10.0.0.1")]
    public async Task The_leftmost_address_is_used_when_all_are_trusted_proxies(string expected, string header) =>
        Assert.Equal(expected, await SeenAsync(host, $"X-Forwarded-For: {header}"));

    /// <summary>The proxy that wrote the malformed address is the last one that can be trusted.</summary>
    [Theory]
    [InlineData(Peer, "")]
    [InlineData(Peer, ",")]
    [InlineData(Peer, "203.0.113.7,")]
    [InlineData(Peer, "unknown")]
    [InlineData(Peer, "_hidden")]
    [InlineData(Peer, "203.0.113.7, localhost")]
    [InlineData(Peer, "203.0.113")]
    [InlineData(Peer, "3405803783")]
    [InlineData(Peer, "0x7f.1")]
    [InlineData(Peer, "010.0.0.1")]
    [InlineData(Peer, "203.0.113.7.9")]
    [InlineData(Peer, "256.0.0.1")]
    [InlineData(Peer, "203.0.113.7/32")]
    [InlineData(Peer, "203.0.113.7:")]
    [InlineData(Peer, "203.0.113.7:99999")]
    [InlineData(Peer, "203.0.113.7:+1")]
    [InlineData(Peer, "203.0.113.7;203.0.113.8")]
    [InlineData(Peer, "\"203.0.113.7\"")]
    [InlineData(Peer, "for=203.0.113.7")]
    [InlineData(Peer, "[203.0.113.7]")]
    [InlineData(Peer, "[2001:db8::7")]
    [InlineData(Peer, "[2001:db8::7]x")]
    [InlineData(Peer, "[2001:db8::7]:443:1")]
    [InlineData(Peer, "[[2001:db8::7]]")]
    [InlineData(Peer, "fe80::1%eth0")]
    [InlineData(Peer, "2001:db8::7::1")]
    [InlineData("10.0.0.2", "203.0.113.7, garbage, 10.0.0.2")]
    public async Task Addresses_left_of_a_malformed_one_are_ignored(string expected, string header) =>
        Assert.Equal(expected, await SeenAsync(host, $"X-Forwarded-For: {header}"));

    [Fact]
    public async Task The_address_is_found_in_the_longest_header_that_is_accepted()
    {
        var proxies = string.Join(',', Enumerable.Repeat("10.0.0.1", 6_000));
        Assert.Equal("203.0.113.7", await SeenAsync(host, $"X-Forwarded-For: 203.0.113.7,{proxies}"));
        Assert.Equal(Peer, await SeenAsync(host, $"X-Forwarded-For: {new string('9', 50_000)}"));
        Assert.Equal("203.0.113.7", await SeenAsync(host, $"X-Forwarded-For: {new string(',', 50_000)}203.0.113.7"));
    }

    [Theory]
    [InlineData("Forwarded: for=203.0.113.7")]
    [InlineData("X-Real-IP: 203.0.113.7")]
    [InlineData("X-Client-IP: 203.0.113.7")]
    [InlineData("True-Client-IP: 203.0.113.7")]
    [InlineData("CF-Connecting-IP: 203.0.113.7")]
    [InlineData("X-Forwarded-For-Original: 203.0.113.7")]
    [InlineData("X_Forwarded_For: 203.0.113.7")]
    public async Task Other_headers_with_an_address_are_ignored(string header) => Assert.Equal(Peer, await SeenAsync(host, header));

    [Fact]
    public async Task X_Forwarded_For_of_an_untrusted_peer_is_ignored() =>
        Assert.Equal(Peer, await SeenAsync(alone, "X-Forwarded-For: 203.0.113.7"));

    private static async Task<string> SeenAsync(LatchkeyHost at, params string[] headers)
    {
        var client = await McpClient.RegisterAsync(await at.CompanyAsync());
        var response = await RawHttp.SendAsync(at, "GET", client.Authorize(), headers);
        Assert.True(response.Status == 302, response.Body);
        var signIn = await at.SendAsync(
            HttpMethod.Get, $"/api/v1/auth-requests/{Browser.QueryOf(new Uri(response["Location"]!))["login_request_id"]}");
        var detail = signIn.GetProperty("auth_request").GetProperty("journey").EnumerateArray().Single().GetProperty("detail").GetString()!;
        return detail.Split("the browser, at ")[1].Split(',')[0];
    }
}
