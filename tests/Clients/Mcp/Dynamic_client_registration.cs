using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

public sealed class Dynamic_client_registration(RunningDemo demo)
{
    [Fact]
    [Spec("RFC 9728 §3.3", "leads-to-the-issuer")]
    public async Task An_unknown_client_gets_from_a_401_to_the_result_of_a_tool_call()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl);

        var refused = await client.RunAsync("connect");
        Assert.Equal("UnauthorizedError", refused.Error?.Name);
        Assert.Equal(
            [
                "POST /mcp 401",
                "GET /.well-known/oauth-protected-resource/mcp 200",
                $"GET /.well-known/oauth-authorization-server/resources/{demo.ResourceId} 200",
                $"POST /api/v1/resources/{demo.ResourceId}/clients:register 201",
            ],
            refused.Exchanges);

        var answered = await client.SucceedAsync(
            "finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.AuthorizationUrl) });
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200"], answered.Exchanges);
        Assert.Equal("notes:read notes:write offline_access", client.Scope);

        var connected = await client.SucceedAsync("connect");
        Assert.All(connected.Exchanges, exchange => Assert.Matches("^POST /mcp 20[02]$", exchange));
        var called = await client.CallAsync("list_notes");
        Assert.Equal("Ada Lovelace", called["result"].GetProperty("owner").GetString());
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "same-client-again")]
    public async Task A_repeated_registration_returns_the_same_client_id()
    {
        await using var first = McpClientProgram.Start(demo.NotesUrl);
        await using var second = McpClientProgram.Start(demo.NotesUrl);

        var registered = await first.RunAsync("connect");
        var again = await second.RunAsync("connect");

        Assert.Equal(registered.Exchanges, again.Exchanges);
        Assert.Equal(first.ClientId, second.ClientId);
    }

    [Fact]
    [Spec("RFC 9207 §2", "iss-in-errors")]
    public async Task A_denial_reaches_the_client_with_the_issuer_against_mix_up()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl);
        var refused = await client.RunAsync("connect");
        using var browser = new HeadlessBrowser();
        var page = await browser.OpenAsync(refused.AuthorizationUrl, McpClientProgram.RedirectUri, CancellationToken.None);
        page = await browser.SubmitAsync(
            page,
            "login",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = DemoUser.Bob.Email, ["password"] = DemoUser.Bob.Password },
            untick: null,
            button: null,
            McpClientProgram.RedirectUri,
            CancellationToken.None);
        page = await browser.SubmitAsync(
            page, "consent", typed: null, untick: null, "deny", McpClientProgram.RedirectUri, CancellationToken.None);

        // The SDK reads the error only after it has checked `iss` (mix-up defence, RFC 9207).
        var denied = await client.RunAsync("finish", new { redirect = page.Url });
        Assert.Equal("access_denied", denied.Error?.Code?.GetString());
    }
}
