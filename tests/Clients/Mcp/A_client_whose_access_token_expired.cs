using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class A_client_whose_access_token_expired(DemoTrio demo)
{
    [Fact]
    [Spec("OAuth 2.1 §4.3", "refresh-works")]
    public async Task Refreshes_it_unseen_and_keeps_the_next_refresh_token()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, DemoUser.Ada);
        var first = client.RefreshToken;
        await client.OutliveAccessTokenAsync();

        var called = await client.CallAsync("list_notes");
        Assert.Equal("Ada Lovelace", called["result"].GetProperty("owner").GetString());
        Assert.Equal("POST /mcp 401", called.Exchanges[0]);
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200", "POST /mcp 200"], called.Exchanges.TakeLast(2));
        var second = client.RefreshToken;
        Assert.NotEqual(first, second);

        // And so on: the SDK refreshes whenever it is asked to authorize and holds a refresh token.
        Assert.Equal("AUTHORIZED", (await client.MustAsync("authorize"))["outcome"].GetString());
        Assert.NotEqual(second, client.RefreshToken);
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
    }
}

public sealed class Two_processes_with_one_refresh_token(DemoTrio demo)
{
    [Fact]
    public async Task Both_refresh_it_at_the_same_moment_and_stay_connected()
    {
        await using var first = await McpClientProgram.ConnectedAsync(demo, DemoUser.Bob);
        await using var second = McpClientProgram.Start(demo.NotesUrl, first.Kept);
        await second.MustAsync("connect");
        var former = first.RefreshToken;
        await first.OutliveAccessTokenAsync();

        var calls = await Task.WhenAll(first.CallAsync("list_notes"), second.CallAsync("list_notes"));
        Assert.All(calls, call => Assert.Equal("Bob Marlow", call["result"].GetProperty("owner").GetString()));
        Assert.All(calls, call => Assert.Contains($"POST /resources/{demo.ResourceId}/oauth/token 200", call.Exchanges));
        Assert.NotEqual(former, first.RefreshToken);
        Assert.Equal(first.RefreshToken, second.RefreshToken);

        // The lineage lives on in whichever of the two refreshes next.
        Assert.Equal("AUTHORIZED", (await second.MustAsync("authorize"))["outcome"].GetString());
        Assert.Equal("AUTHORIZED", (await first.MustAsync("authorize"))["outcome"].GetString());
        Assert.Equal(first.RefreshToken, second.RefreshToken);
    }
}
