using Clients.Programs;
using Demo;

namespace Clients.Mcp;

public sealed class Step_up_authorization(RunningDemo demo)
{
    [Fact]
    [Spec("MCP 2026-07-28 §Step-up", "step-up")]
    public async Task A_tool_that_needs_more_scope_leads_to_a_consent_and_then_succeeds()
    {
        await using var client = await McpClientProgram.ConnectedAsync(demo, DemoUser.Ada, untick: "notes:write");
        Assert.Equal("notes:read offline_access", client.Scope);
        Assert.Equal("Ada Lovelace", (await client.CallAsync("list_notes"))["result"].GetProperty("owner").GetString());

        var note = new { title = "Moth", text = "Found in relay 70." };
        var refused = await client.CallAsync("add_note", note);
        Assert.Equal("UnauthorizedError", refused.Error?.Name);

        // The 403 leads to a new authorization request at once: a refresh cannot widen the grant.
        Assert.Equal(["POST /mcp 403"], refused.Exchanges);
        Assert.Contains("notes%3Awrite", refused.AuthorizationUrl.Query, StringComparison.Ordinal);

        await client.SucceedAsync("finish", new { redirect = await McpClientProgram.AllowAsync(DemoUser.Ada, refused.AuthorizationUrl) });
        Assert.Equal("notes:read notes:write offline_access", client.Scope);
        Assert.Equal("Moth", (await client.CallAsync("add_note", note))["result"].GetProperty("title").GetString());
    }
}
