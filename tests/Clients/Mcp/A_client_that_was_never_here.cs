using Clients.Programs;
using Demo;
using Demo.Walk;

namespace Clients.Mcp;

public sealed class A_client_that_was_never_here(DemoTrio demo)
{
    [Fact]
    [Spec("RFC 9728 §3.3", "leads-to-the-issuer")]
    public async Task Finds_its_way_from_the_401_to_the_answer_of_a_tool()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl);

        var refused = await client.AskAsync("connect");
        Assert.Equal("UnauthorizedError", refused.Error?.Name);
        Assert.Equal(
            [
                "POST /mcp 401",
                "GET /.well-known/oauth-protected-resource/mcp 200",
                $"GET /.well-known/oauth-authorization-server/resources/{demo.ResourceId} 200",
                $"POST /api/v1/resources/{demo.ResourceId}/clients:register 201",
            ],
            refused.Exchanges);

        var answered = await client.MustAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.Asked) });
        Assert.Equal([$"POST /resources/{demo.ResourceId}/oauth/token 200"], answered.Exchanges);
        Assert.Equal("notes:read notes:write offline_access", client.Scope);

        var connected = await client.MustAsync("connect");
        Assert.All(connected.Exchanges, exchange => Assert.Matches("^POST /mcp 20[02]$", exchange));
        var called = await client.CallAsync("list_notes");
        Assert.Equal("Ada Lovelace", called["result"].GetProperty("owner").GetString());
    }

    [Fact]
    [Spec("RFC 7591 §3.2.1", "same-client-again")]
    public async Task Gets_the_same_client_id_each_time_it_registers()
    {
        await using var first = McpClientProgram.Start(demo.NotesUrl);
        await using var second = McpClientProgram.Start(demo.NotesUrl);

        var registered = await first.AskAsync("connect");
        var again = await second.AskAsync("connect");

        Assert.Equal(registered.Exchanges, again.Exchanges);
        Assert.Equal(first.ClientId, second.ClientId);
    }

    [Fact]
    [Spec("RFC 9207 §2", "iss-in-errors")]
    public async Task Learns_that_the_person_denied()
    {
        await using var client = McpClientProgram.Start(demo.NotesUrl);
        var refused = await client.AskAsync("connect");
        using var browser = new HeadlessBrowser();
        var page = await browser.OpenAsync(refused.Asked, McpClientProgram.RedirectUri, CancellationToken.None);
        page = await browser.SubmitAsync(
            page,
            "login",
            new Dictionary<string, string>(StringComparer.Ordinal) { ["email"] = DemoUser.Bob.Email, ["password"] = DemoUser.Bob.Password },
            untick: null,
            button: null,
            McpClientProgram.RedirectUri,
            CancellationToken.None);
        page = await browser.SubmitAsync(page, "consent", typed: null, untick: null, "deny", McpClientProgram.RedirectUri, CancellationToken.None);

        // The SDK reads the error only after it has found `iss` right (RFC 9207).
        var denied = await client.AskAsync("finish", new { redirect = page.Url });
        Assert.Equal("access_denied", denied.Error?.Code?.GetString());
    }
}
