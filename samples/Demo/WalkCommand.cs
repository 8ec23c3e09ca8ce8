using System.Globalization;
using System.Net.Sockets;
using Demo.Programs;
using Demo.Walk;
using ModelContextProtocol;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace Demo;

/// <summary>
/// <c>walk</c>: the official C# MCP client connects to NotesMcp; a headless browser takes the part of the user's browser.
/// 1. The first call gets 401; the client discovers, registers, and asks for authorization;
/// the user allows reading only. 2. A tool that reads.
/// 3. A tool that writes gets 403; the client asks for more scope; the user continues and allows it. 4. The reading tool again.
/// </summary>
internal static class WalkCommand
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public static async Task<int> RunAsync(DemoSettings settings, CancellationToken stop)
    {
        var log = new WalkLog(Console.WriteLine);
        using var late = CancellationTokenSource.CreateLinkedTokenSource(stop);
        DemoPrograms? started = null;
        try
        {
            if (await DemoPrograms.IsRunningAsync(settings, stop))
            {
                Console.WriteLine("Latchkey, AcmeApp and NotesMcp are running already; the walk uses them.");
            }
            else
            {
                started = await DemoPrograms.StartAsync(settings, fresh: false, stop);
            }

            late.CancelAfter(Limit);
            var result = await WalkAsync(settings, log, late.Token);
            Console.WriteLine($"\nThe tool's result:\n{result}");
            return 0;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return 1;
        }
        catch (Exception failed)
            when (failed is McpException or HttpRequestException or InvalidOperationException or IOException or OperationCanceledException
                || IsOfWalk(failed, log))
        {
            var last = log.LastLine.Length == 0 ? "before its first step" : $"after step{log.LastLine}";
            await Console.Error.WriteLineAsync("\nThe walk failed "
                + $"{last}\n{(late.IsCancellationRequested ? $"It took longer than {Limit.TotalMinutes:0} minutes." : Causes(failed))}");
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

    private static async Task<string> WalkAsync(DemoSettings settings, WalkLog log, CancellationToken cancellationToken)
    {
        using var browser = new HeadlessBrowser(log);
        var ada = new BrowserSignIn(browser, DemoUser.Ada);
        var unticked = new Queue<string[]>([["notes:write"], []]);
        using var http = new HttpClient(new LoggingHandler(log));
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
                        log.Section($"The client opens the browser. {DemoUser.Ada.Name} signs in.");
                        var landed = await ada.AllowAsync(
                            context.AuthorizationUri, context.RedirectUri, unticked.TryDequeue(out var scopes) ? scopes : [], token);
                        log.Section("The browser returns to the client with a code.");
                        return new AuthorizationResult
                        {
                            Code = Answer(landed, "code"),
                            State = landed.Query.GetValueOrDefault("state"),
                            Iss = landed.Query.GetValueOrDefault("iss")
                        };
                    },
                },
            },
            http);

        log.Section($"An MCP client connects to {settings.NotesUrl} with nothing but this URL.");
        await using var client = await McpClient.CreateAsync(transport, cancellationToken: cancellationToken);

        log.Section("Connected. The client lists the tools and calls one that reads.");
        _ = await client.ListToolsAsync(cancellationToken: cancellationToken);
        _ = await CallAsync(client, "list_notes", [], cancellationToken);

        log.Section("A tool that writes: the token lacks the scope, and the client asks for more.");
        _ = await CallAsync(
            client, "add_note", new(StringComparer.Ordinal) { ["title"] = "Walked", ["text"] = "The walk completed the whole login." },
            cancellationToken);

        log.Section("The notes after the change.");
        return await CallAsync(client, "list_notes", [], cancellationToken);
    }

    private static async Task<string> CallAsync(
        McpClient client, string tool, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        var result = await client.CallToolAsync(tool, arguments, cancellationToken: cancellationToken);
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        return result.IsError == true ? throw new DemoException($"The tool {tool} returned an error: {text}") : text;
    }

    private static string Answer(BrowserPage landed, string parameter) =>
        landed.Query.TryGetValue(parameter, out var value)
            ? value
            : throw new DemoException($"The browser returned to the client without {parameter}: "
                + $"{string.Join(' ', landed.Query.Select(pair => $"{pair.Key}={pair.Value}"))}");

    /// <summary>Whether an error belongs to a step of the walk and not to the start of the programs.</summary>
    private static bool IsOfWalk(Exception failed, WalkLog log) => failed is DemoException && log.LastLine.Length > 0;

    private static string Causes(Exception failed)
    {
        var causes = new List<string>();
        for (var cause = failed; cause is not null; cause = cause.InnerException)
        {
            causes.Add(cause.Message);
        }

        return string.Join("\n  because: ", causes.Distinct(StringComparer.Ordinal));
    }

    /// <summary>A free port for the redirect URI. No server listens there: the browser stops at the redirect and
    /// reads its parameters.</summary>
    private static string FreePort()
    {
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }
}
