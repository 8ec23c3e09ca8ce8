using System.Collections.Concurrent;
using System.Text.Json;
using EndToEnd.Browser;
using Microsoft.AspNetCore.WebUtilities;
using ModelContextProtocol.Authentication;
using ModelContextProtocol.Client;
using ModelContextProtocol.Protocol;

namespace EndToEnd.Programs;

/// <summary>The official C# MCP client, unmodified, connected to NotesMcp. Its HTTP exchanges are recorded.</summary>
internal sealed class CSharpMcpClient : IAsyncDisposable
{
    private readonly McpClient client;
    private readonly ExchangeRecorder recorder;
    private readonly TokenCache cache;
    private readonly RedirectTarget? target;

    private CSharpMcpClient(McpClient client, ExchangeRecorder recorder, TokenCache cache, RedirectTarget? target) =>
        (this.client, this.recorder, this.cache, this.target) = (client, recorder, cache, target);

    /// <summary>One line per exchange: method, path, RPC method or grant type, status, error code.</summary>
    public IReadOnlyCollection<string> Exchanges => recorder.Exchanges;

    /// <summary>The tokens that the client keeps between requests.</summary>
    public TokenContainer Tokens => cache.Held ?? throw new InvalidOperationException("The client holds no tokens.");

    /// <summary>Connects with the server's URL alone: 401, discovery, registration, authorization.</summary>
    /// <param name="atTheBrowser">Called with the URL that the client opens in the browser.</param>
    public static Task<CSharpMcpClient> ConnectAsync(RunningDemo demo, string name, Func<string, Task> atTheBrowser) =>
        ConnectAsync(demo.NotesUrl, name, atTheBrowser);

    /// <inheritdoc cref="ConnectAsync(RunningDemo, string, Func{string, Task})"/>
    public static async Task<CSharpMcpClient> ConnectAsync(string url, string name, Func<string, Task> atTheBrowser)
    {
        var landing = await RedirectTarget.StartAsync("127.0.0.1");
        var kept = new TokenCache();
        try
        {
            return await ConnectAsync(kept, landing, new HttpClientTransportOptions
            {
                Endpoint = new Uri(url),
                OAuth = new ClientOAuthOptions
                {
                    RedirectUri = new Uri(landing.Uri),
                    DynamicClientRegistration = new DynamicClientRegistrationOptions { ClientName = name },
                    TokenCache = kept,
                    AuthorizationCallbackHandler = async (context, _) =>
                    {
                        await atTheBrowser(context.AuthorizationUri.AbsoluteUri);
                        var response = await landing.ResponseAsync();
                        return new AuthorizationResult
                        {
                            Code = response["code"] ?? throw new InvalidOperationException($"The response is {response["error"]}."),
                            State = response["state"],
                            Iss = response["iss"]
                        };
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

    /// <summary>Connects with a token that was obtained elsewhere.</summary>
    public static Task<CSharpMcpClient> ConnectAsync(RunningDemo demo, Tokens tokens) =>
        ConnectAsync(new TokenCache(), landing: null, new HttpClientTransportOptions
        {
            Endpoint = new Uri(demo.NotesUrl),
            AdditionalHeaders = new Dictionary<string, string>(StringComparer.Ordinal) { ["Authorization"] = "Bearer " + tokens.Access },
        });

    /// <summary>Calls a tool, which must succeed, and returns its text.</summary>
    public async Task<string> CallAsync(string tool, params (string Name, string Value)[] arguments)
    {
        var result = await client.CallToolAsync(
            tool, arguments.ToDictionary(argument => argument.Name, argument => (object?)argument.Value, StringComparer.Ordinal));
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

    private static async Task<CSharpMcpClient> ConnectAsync(TokenCache kept, RedirectTarget? landing, HttpClientTransportOptions options)
    {
        var listening = new ExchangeRecorder();
        options.TransportMode = HttpTransportMode.StreamableHttp;
        var transport = new HttpClientTransport(options, new HttpClient(listening), ownsHttpClient: true);
        return new CSharpMcpClient(await McpClient.CreateAsync(transport), listening, kept, landing);
    }

    private sealed class TokenCache : ITokenCache
    {
        public TokenContainer? Held { get; private set; }

        public ValueTask StoreTokensAsync(TokenContainer tokens, CancellationToken cancellationToken)
        {
            Held = tokens;
            return ValueTask.CompletedTask;
        }

        public ValueTask<TokenContainer?> GetTokensAsync(CancellationToken cancellationToken) => ValueTask.FromResult(Held);
    }

    private sealed class ExchangeRecorder() : DelegatingHandler(new SocketsHttpHandler())
    {
        public ConcurrentQueue<string> Exchanges { get; } = new();

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var subject = await SubjectAsync(request, cancellationToken);
            var response = await base.SendAsync(request, cancellationToken);
            var error = "";
            if (!response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType is "application/json")
            {
                await response.Content.LoadIntoBufferAsync(cancellationToken);
                var json = JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync(cancellationToken));
                error = json.TryGetProperty("error", out var code) ? " " + code.GetString() : "";
            }

            Exchanges.Enqueue($"{request.Method} {request.RequestUri!.AbsolutePath}{subject} → {(int)response.StatusCode}{error}");
            return response;
        }

        private static async Task<string> SubjectAsync(HttpRequestMessage request, CancellationToken cancellationToken)
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
                "application/json" when JsonSerializer.Deserialize<JsonElement>(body) is { ValueKind: JsonValueKind.Object } json
                    && json.TryGetProperty("method", out var method) => " " + method.GetString(),
                _ => "",
            };
        }
    }
}
