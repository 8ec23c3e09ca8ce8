using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class Refresh_token_rotation(RunningDemo demo)
{
    [Fact]
    [Spec("OAuth 2.1 §4.3", "refresh-works")]
    public async Task An_expired_access_token_is_refreshed_and_the_refresh_token_is_rotated()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, DemoUser.Ada);
        var first = client.RefreshToken;
        await client.WaitForExpiryAsync();

        var called = await client.CallAsync("list_notes");
        Assert.Equal("Ada Lovelace", called["result"].GetProperty("owner").GetString());
        Assert.Equal("POST /mcp 401", called.Exchanges[0]);
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200", "POST /mcp 200"], called.Exchanges.TakeLast(2));
        var second = client.RefreshToken;
        Assert.NotEqual(first, second);

        // The SDK refreshes whenever it has a refresh token and is told to authorize.
        Assert.Equal("AUTHORIZED", (await client.SucceedAsync("authorize"))["outcome"].GetString());
        Assert.NotEqual(second, client.RefreshToken);
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
    }
}

public sealed class Concurrent_refresh(RunningDemo demo)
{
    [Fact]
    public async Task Two_processes_that_refresh_the_same_token_at_once_both_stay_connected()
    {
        await using var first = await McpClientProgram.ConnectedAsync(demo, DemoUser.Bob);
        await using var second = McpClientProgram.Start(demo.NotesUrl, first.Kept);
        await second.SucceedAsync("connect");
        var former = first.RefreshToken;
        await first.WaitForExpiryAsync();

        var calls = await Task.WhenAll(first.CallAsync("list_notes"), second.CallAsync("list_notes"));
        Assert.All(calls, call => Assert.Equal("Bob Marlow", call["result"].GetProperty("owner").GetString()));
        Assert.All(calls, call => Assert.Contains($"POST /resources/{demo.ResourceId}/oauth/token 200", call.Exchanges));
        Assert.NotEqual(former, first.RefreshToken);
        Assert.Equal(first.RefreshToken, second.RefreshToken);

        // Both processes can continue with the same refresh token family.
        Assert.Equal("AUTHORIZED", (await second.SucceedAsync("authorize"))["outcome"].GetString());
        Assert.Equal("AUTHORIZED", (await first.SucceedAsync("authorize"))["outcome"].GetString());
        Assert.Equal(first.RefreshToken, second.RefreshToken);
    }
}
