using Demo.Programs;

namespace Demo;

/// <summary><c>up</c>: starts the three programs, prints how to use them, and stops them on Ctrl-C.</summary>
internal static class UpCommand
{
    public static async Task<int> RunAsync(DemoSettings settings, bool fresh, CancellationToken stop)
    {
        try
        {
            if (fresh && settings.Storage is not null)
            {
                Console.WriteLine("--fresh deletes the state directory's contents; the database in Latchkey__Storage is not changed.");
            }

            await using var programs = await DemoPrograms.StartAsync(settings, fresh, stop);
            Console.WriteLine(Welcome(settings));
            Console.WriteLine("Ready");
            await programs.WatchAsync(stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Stopped during the start: the started programs have been stopped.
        }

        return 0;
    }

    private static string Welcome(DemoSettings settings) =>
        $$"""

        Latchkey   {{settings.LatchkeyUrl}}        the authorization server
        AcmeApp    {{settings.AcmeUrl}}        an app with its own users and its own login
        NotesMcp   {{settings.NotesUrl}}    an MCP server

        Sign in at AcmeApp as
        {{string.Join('\n', DemoUser.All.Select(Line))}}

        Connect an MCP client to {{settings.NotesUrl}}
          Claude Code   claude mcp add --transport http notes {{settings.NotesUrl}}
          VS Code       .vscode/mcp.json
                        { "servers": { "notes": { "type": "http", "url": "{{settings.NotesUrl}}" } } }
          Cursor        .cursor/mcp.json
                        { "mcpServers": { "notes": { "url": "{{settings.NotesUrl}}" } } }

        State and logs are in {{settings.StateDirectory}}. Ctrl-C stops all three.

        """;

    private static string Line(DemoUser person) =>
        $"  {person.Email,-22} {person.Password,-18} {person.Name}, {person.Organization}";
}
