using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace EndToEnd.Stage;

/// <summary>The official C# MCP client, unmodified, connected to NotesMcp. What it sends and gets is listened to.</summary>
internal sealed class OfficialClient : IAsyncDisposable
{
    private readonly McpClient client;
    private readonly Wire wire;
    private readonly Purse purse;
    private readonly RedirectTarget? target;

    private OfficialClient(McpClient client, Wire wire, Purse purse, RedirectTarget? target) => (this.client, this.wire, this.purse, this.target) = (client, wire, purse, target);

    /// <summary>One line for each exchange: method, path, what it was about, status, error code.</summary>
    public IReadOnlyCollection<string> Exchanges => wire.Lines;

    /// <summary>What it keeps between requests.</summary>
    public TokenContainer Tokens => purse.Held ?? throw new InvalidOperationException("The client holds no tokens.");

    /// <summary>Connects with nothing but the server's address: 401, discovery, registration, authorization.</summary>
    /// <param name="atTheBrowser">What the person does when the client opens an address.</param>
    public static async Task<OfficialClient> ConnectAsync(RunningDemo demo, string name, Func<string, Task> atTheBrowser)
    {
        var landing = await RedirectTarget.StartAsync("127.0.0.1");
        var kept = new Purse();
        try
        {
            return await ConnectAsync(kept, landing, new HttpClientTransportOptions
            {
                Endpoint = new Uri(demo.NotesUrl),
                OAuth = new ClientOAuthOptions
                {
                    RedirectUri = new Uri(landing.Uri),
                    DynamicClientRegistration = new DynamicClientRegistrationOptions { ClientName = name },
                    TokenCache = kept,
                    AuthorizationCallbackHandler = async (context, _) =>
                    {
                        await atTheBrowser(context.AuthorizationUri.AbsoluteUri);
                        var answer = await landing.AnswerAsync();
                        return new AuthorizationResult { Code = answer["code"] ?? throw new InvalidOperationException($"The answer is {answer["error"]}."), State = answer["state"], Iss = answer["iss"] };
                    },
                },
            });
        }
        catch
        {
            await landing.DisposeAsync();
            throw;
        }
    }

    /// <summary>Connects with a token that somebody else obtained.</summary>
    public static Task<OfficialClient> ConnectAsync(RunningDemo demo, Tokens tokens) => ConnectAsync(new Purse(), landing: null, new HttpClientTransportOptions
    {
        Endpoint = new Uri(demo.NotesUrl),
        AdditionalHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = "Bearer " + tokens.Access },
    });

    /// <summary>Calls a tool, which must answer; the text it answered.</summary>
    public async Task<string> CallAsync(string tool, params (string Name, string Value)[] arguments)
    {
        var result = await client.CallToolAsync(tool, arguments.ToDictionary(argument => argument.Name, argument => (object?)argument.Value, StringComparer.Ordinal));
        var text = string.Join('\n', result.Content.OfType<TextContentBlock>().Select(block => block.Text));
        Assert.False(result.IsError == true, text);
        return text;
    }

    public async ValueTask DisposeAsync()
    {
        await client.DisposeAsync();
        if (target is not null)
        {
            await target.DisposeAsync();
        }
    }

    private static async Task<OfficialClient> ConnectAsync(Purse kept, RedirectTarget? landing, HttpClientTransportOptions options)
    {
        var listening = new Wire();
        options.TransportMode = HttpTransportMode.StreamableHttp;
        var transport = new HttpClientTransport(options, new HttpClient(listening), ownsHttpClient: true);
        return new OfficialClient(await McpClient.CreateAsync(transport), listening, kept, landing);
    }

    private sealed class Purse : ITokenCache
    {
        public TokenContainer? Held { get; private set; }

        public ValueTask StoreTokensAsync(TokenContainer tokens, CancellationToken cancellationToken)
        {
            Held = tokens;
            return ValueTask.CompletedTask;
        }

        public ValueTask<TokenContainer?> GetTokensAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Held);
    }

    private sealed class Wire() : DelegatingHandler(new SocketsHttpHandler())
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var about = await AboutAsync(request, cancellationToken);
            var response = await base.SendAsync(request, cancellationToken);
            var error = "";
            if (!response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType is "application/json")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                var json = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync(cancellationToken));
                error = json.TryGetProperty("error", out var code) ? " " + code.GetString() : "";
            }

            Lines.Enqueue($"{request.Method} {request.RequestUri!.AbsolutePath}{about} → {(int)response.StatusCode}{error}");
            return response;
        }

        private static async Task<string> AboutAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is null)
            {
                return "";
            }

            await request.Content.LoadIntoBufferAsync(cancellationToken);
            var body = await request.Content.ReadAsStringAsync(cancellationToken);
            return request.Content.Headers.ContentType?.MediaType switch
            {
                "application/x-www-form-urlencoded" => " " + QueryHelpers.ParseQuery(body)["grant_type"],
                "application/json" when JsonSerializer.Deserialize<JsonElement>(body) is { ValueKind: JsonValueKind.Object } json && json.TryGetProperty("method", out var method) => " " + method.GetString(),
                _ => "",
            };
        }
    }
}
