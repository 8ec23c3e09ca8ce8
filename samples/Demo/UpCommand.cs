using Demo.Programs;

namespace Demo;

/// <summary><c>up</c>: starts the three and says how to use them; stops them on Ctrl-C.</summary>
internal static class UpCommand
{
    public static async Task<int> RunAsync(DemoSettings settings, bool fresh, CancellationToken stop)
    {
        try
        {
            if (fresh && settings.Storage is not null)
            {
                Console.WriteLine("--fresh forgets what is in the state directory; what Latchkey__Storage names is left as it is.");
            }

            await using var trio = await Trio.StartAsync(settings, fresh, stop);
            Console.WriteLine(Welcome(settings));
            Console.WriteLine("Ready");
            await trio.WatchAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop while still starting: what was started is stopped by now.
        }

        return 0;
    }

    private static string Welcome(DemoSettings settings) =>
        $$"""

        Latchkey   {{settings.LatchkeyUrl}}        the authorization server
        AcmeApp    {{settings.AcmeUrl}}        an app with its own users and its own login
        NotesMcp   {{settings.NotesUrl}}    an MCP server

        Sign in at AcmeApp as
        {{string.Join('\n', DemoPerson.All.Select(person => $"  {person.Email,-22} {person.Password,-18} {person.Name}, {person.Organization}"))}}

        Connect an MCP client to {{settings.NotesUrl}}
          Claude Code   claude mcp add --transport http notes {{settings.NotesUrl}}
          VS Code       .vscode/mcp.json
                        { "servers": { "notes": { "type": "http", "url": "{{settings.NotesUrl}}" } } }
          Cursor        .cursor/mcp.json
                        { "mcpServers": { "notes": { "url": "{{settings.NotesUrl}}" } } }

        State and logs are in {{settings.StateDirectory}}. Ctrl-C stops all three.

        """;
}
