using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class A_client_without_the_scope_of_a_tool(DemoTrio demo)
{
    [Fact]
    [Spec("MCP 2026-07-28 §Step-up", "step-up")]
    public async Task Asks_the_person_for_it_and_goes_on()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, DemoUser.Ada, untick: "notes:write");
        Assert.Equal("notes:read offline_access", client.Scope);
        Assert.Equal("Ada Lovelace", (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());

        var note = new { title = "Moth", text = "Found in relay 70." };
        var refused = await client.CallAsync("add_note", note);
        Assert.Equal("UnauthorizedError", refused.Error?.Name);

        // 403 and straight back to the person: a refresh could not widen the grant.
        Assert.Equal(["POST /mcp 403"], refused.Exchanges);
        Assert.Contains("notes%3Awrite", refused.Asked.Query, StringComparison.Ordinal);

        await client.MustAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.Asked) });
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
        Assert.Equal("Moth", (await client.CallAsync("add_note", note))["result"].GetProperty("title").GetString());
    }
}
