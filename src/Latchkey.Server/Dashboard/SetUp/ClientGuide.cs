using Latchkey.Server.Clients;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>How a program is connected: where to press, and what to paste.</summary>
/// <param name="Key">The value of <c>?tab=</c>.</param>
/// <param name="Family">The entry of the catalogue of well-known clients, whose notes are shown.</param>
/// <param name="Steps">Before the value.</param>
/// <param name="Value">What to paste.</param>
/// <param name="Then">After the value.</param>
/// <param name="Warning">What stops it where the MCP server is not public.</param>
internal sealed record ClientTab(
    string Key, string Name, string Family, string Steps, string Value, string Then, string? Warning = null);

/// <summary>The programs of the last step of the set-up.</summary>
internal static class ClientGuide
{
    public static IReadOnlyList<ClientTab> Of(Resource resource)
    {
        var (uri, name) = (resource.Uri, ShortName(resource.Name));
        return
        [
            new("claude", "Claude", "Claude",
                "In Claude open Settings, Connectors and press Add custom connector. Paste this address:", uri,
                "Leave “Advanced settings” empty and press Connect. Claude reads everything else from your server.",
                "Claude connects from Anthropic’s network, not from your computer. A server on localhost or behind a VPN cannot be "
                + "reached; use Claude Code for that."),
            new("claude-code", "Claude Code", "Claude Code", "In a terminal:", $"claude mcp add --transport http {name} {uri}",
                "Then start Claude Code, type /mcp, choose the server and sign in."),
            new("chatgpt", "ChatGPT", "ChatGPT",
                "In ChatGPT open Settings, Apps & Connectors, Advanced settings and switch on Developer mode. Then press Create and "
                + "paste this address as MCP server URL:", uri,
                "Choose OAuth as authentication and press Create.",
                "ChatGPT connects from OpenAI’s network, not from your computer. A server on localhost or behind a VPN cannot be "
                + "reached."),
            new("vscode", "VS Code", "Visual Studio Code", "In VS Code run “MCP: Add Server…”, choose HTTP and paste this address:", uri,
                "Give it a name and press Allow when VS Code asks to sign in."),
            new("cursor", "Cursor", "Cursor", "Put this into the file .cursor/mcp.json of your project or home folder:",
                $$"""{ "mcpServers": { "{{name}}": { "url": "{{uri}}" } } }""",
                "Then open Settings, MCP, and press Connect beside the server."),
            new("codex", "Codex", "Codex", "In a terminal:", $"codex mcp add {name} --url {uri}", $"Then run codex mcp login {name}."),
            new("inspector", "Inspector", "MCP Inspector",
                "Run npx @modelcontextprotocol/inspector, choose Streamable HTTP and paste this address as URL:", uri, "Press Connect."),
        ];
    }

    internal static IEnumerable<ClientNote> NotesOf(ClientTab tab) => ClientNotes.Of(tab.Family, tab.Name);

    /// <summary>A name that needs no quotes in a command.</summary>
    private static string ShortName(string name)
    {
        var letters = new string([.. name.ToLowerInvariant().Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-')]).Trim('-');
        return letters.Length == 0 ? "server" : letters[..Math.Min(letters.Length, 32)];
    }
}
