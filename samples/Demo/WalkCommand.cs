using System.Globalization;
using System.Net.Sockets;
using Demo.Programs;
using Demo.Walking;
using ModelContextProtocol;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Demo;

/// <summary>
/// <c>walk</c>: the official C# MCP client connects to NotesMcp, and everything a person would do in the browser is done without a screen.
/// 1. first call, 401, discovery, registration, authorization; the person allows reading only; 2. a tool that reads;
/// 3. a tool that writes: 403, the client asks for more, the person presses Continue and allows it; 4. the reading tool again.
/// </summary>
internal static class WalkCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<int> RunAsync(DemoSettings settings, CancellationToken stop)
    {
        var story = new Story(Console.WriteLine);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Trio? started = null;
        try
        {
            if (await Trio.IsRunningAsync(settings, stop))
            {
                Console.WriteLine($"Latchkey, AcmeApp and NotesMcp are running already; walking through them.");
            }
            else
            {
                started = await Trio.StartAsync(settings, fresh: false, stop);
            }

            late.CancelAfter(Limit);
            var result = await WalkAsync(settings, story, late.Token);
            Console.WriteLine($"\nThe tool's result:\n{result}");
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 1;
        }
        catch (Exception failed) when (failed is McpException or HttpRequestException or InvalidOperationException or IOException or OperationCanceledException || IsOfWalk(failed, story))
        {
            var last = story.LastLine.Length == 0 ? "before its first step" : $"after step{story.LastLine}";
            await Console.Error.WriteLineAsync($"\nThe walk failed {last}\n{(late.IsCancellationRequested ? $"It took longer than {Limit.TotalMinutes:0} minutes." : Causes(failed))}");
            return 1;
        }
        finally
        {
            if (started is not null)
            {
                await started.DisposeAsync();
            }
        }
    }

    private static async Task<string> WalkAsync(DemoSettings settings, Story story, CancellationToken cancellationToken)
    {
        using var browser = new ScreenlessBrowser(story);
        var ada = new PersonAtTheBrowser(browser, DemoPerson.Ada);
        var unticked = new Queue<string[]>([["notes:write"], []]);
        using var http = new HttpClient(new Listener(story));
        var transport = new HttpClientTransport(
            new HttpClientTransportOptions
            {
                Endpoint = new Uri(settings.NotesUrl),
                TransportMode = HttpTransportMode.StreamableHttp,
                OAuth = new ClientOAuthOptions
                {
                    RedirectUri = new Uri($"http://127.0.0.1:{FreePort()}/callback"),
                    DynamicClientRegistration = new DynamicClientRegistrationOptions { ClientName = "Walk" },
                    AuthorizationCallbackHandler = async (context, token) =>
                    {
                        story.Chapter($"The client opens the browser. {DemoPerson.Ada.Name} sits there.");
                        var landed = await ada.AllowAsync(context.AuthorizationUri, context.RedirectUri, unticked.TryDequeue(out var scopes) ? scopes : [], token);
                        story.Chapter("The browser is back at the client, with a code.");
                        return new AuthorizationResult { Code = Answer(landed, "code"), State = landed.Query.GetValueOrDefault("state"), Iss = landed.Query.GetValueOrDefault("iss") };
                    },
                },
            },
            http);

        story.Chapter($"An MCP client is given {settings.NotesUrl} and nothing else.");
        await using var client = await McpClient.CreateAsync(transport, cancellationToken: cancellationToken);

        story.Chapter("Connected. The client asks which tools there are, and reads.");
        _ = await client.ListToolsAsync(cancellationToken: cancellationToken);
        _ = await CallAsync(client, "list_notes", [], cancellationToken);

        story.Chapter("A tool that writes: the token does not reach that far, and the client asks for more.");
        _ = await CallAsync(client, "add_note", new(StringComparer.Ordinal) { ["title"] = "Walked", ["text"] = "Somebody went through the whole login." }, cancellationToken);

        story.Chapter("What the notes are now.");
        return await CallAsync(client, "list_notes", [], cancellationToken);
    }

    private static async Task<string> CallAsync(McpClient client, string tool, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: cancellationToken);
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return result.IsError == true ? throw new DemoStopped($"The tool {tool} answered with an error: {text}") : text;
    }

    private static string Answer(BrowserPage landed, string parameter) =>
        landed.Query.TryGetValue(parameter, out var value)
            ? value
            : throw new DemoStopped($"The browser came back to the client without {parameter}: {string.Join(' ', landed.Query.Select(pair => $"{pair.Key}={pair.Value}"))}");

    /// <summary>What stopped the walk itself is told with its step; what stopped it from starting speaks for itself.</summary>
    private static bool IsOfWalk(Exception failed, Story story) => failed is DemoStopped && story.LastLine.Length > 0;

    private static string Causes(Exception failed)
    {
        var causes = new List<string>();
        for (var cause = failed; cause is not null; cause = cause.InnerException)
        {
            causes.Add(cause.Message);
        }

        return string.Join("\n  because: ", causes.Distinct(StringComparer.Ordinal));
    }

    /// <summary>Nobody listens there: the browser stops at the redirect and hands its parameters over.</summary>
    private static string FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
