using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class Revocation_of_a_user(RunningDemo demo) : Grant_revocation(demo, DemoUser.Grace)
{
    private protected override Task RevokeAsync(McpClientProgram client)
    {
        var sub = Jwt.Claims(client.AccessToken).GetProperty("sub").GetString();
        return Demo.Operator.SendAsync(HttpMethod.Post, $"/api/v1/connections/{Demo.ConnectionId}/users:revoke", new { sub });
    }
}

public sealed class Revocation_of_a_refresh_token(RunningDemo demo) : Grant_revocation(demo, DemoUser.Bob)
{
    private protected override Task RevokeAsync(McpClientProgram client) => client.RevokeAsync(Demo);
}

public abstract class Grant_revocation(RunningDemo demo, DemoUser person)
{
    protected RunningDemo Demo => demo;

    [Fact]
    [Spec("RFC 7009 §2", "refresh-tokens")]
    public async Task A_revoked_grant_is_refused_at_refresh_and_the_client_can_be_authorized_again()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, person);
        await RevokeAsync(client);
        await client.WaitForExpiryAsync();

        var refused = await client.CallAsync("list_notes");
        Assert.Equal("UnauthorizedError", refused.Error?.Name);
        Assert.Equal(["POST /mcp 401", $"POST /resources/{demo.ResourceId}/oauth/token 400 invalid_grant"], refused.Exchanges);
        Assert.Equal(["tokens"], refused.Texts("forgot"));

        await client.SucceedAsync("finish", new { redirect = await McpClientProgram.AllowAsync(person, refused.AuthorizationUrl) });
        Assert.Equal(person.Name, (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());
    }

    private protected abstract Task RevokeAsync(McpClientProgram client);
}
