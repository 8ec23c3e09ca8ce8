using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class A_client_whose_person_left_the_company(DemoTrio demo) : A_client_whose_grant_was_taken_back(demo, DemoUser.Grace)
{
    private protected override Task TakeBackAsync(McpClientProgram client)
    {
        var sub = Jwt.Claims(client.AccessToken).GetProperty("sub").GetString();
        return Demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/connections/{Demo.ConnectionId}/users:revoke", new { sub });
    }
}

public sealed class A_client_whose_refresh_token_was_revoked(DemoTrio demo) : A_client_whose_grant_was_taken_back(demo, DemoUser.Bob)
{
    private protected override Task TakeBackAsync(McpClientProgram client) => client.RevokeAsync(Demo);
}

public abstract class A_client_whose_grant_was_taken_back(DemoTrio demo, DemoUser person)
{
    protected DemoTrio Demo => demo;

    [Fact]
    [Spec("RFC 7009 §2", "refresh-tokens")]
    public async Task Is_refused_when_it_refreshes_and_may_ask_anew()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, person);
        await TakeBackAsync(client);
        await client.OutliveAccessTokenAsync();

        var refused = await client.CallAsync("list_notes");
        Assert.Equal("UnauthorizedError", refused.Error?.Name);
        Assert.Equal(["POST /mcp 401", $"POST /resources/{demo.ResourceId}/oauth/token 400 invalid_grant"], refused.Exchanges);
        Assert.Equal(["tokens"], refused.Texts("forgot"));

        await client.MustAsync("finish", new { redirect = await McpClientProgram.AllowAsync(person, refused.Asked) });
        Assert.Equal(person.Name, (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());
    }

    private protected abstract Task TakeBackAsync(McpClientProgram client);
}
