using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Latchkey.Server.Storage;

namespace Latchkey.Server.ScalekitImport;

/// <summary>Scalekit's REST API for management: a token request, and GET requests for the configuration.</summary>
internal sealed class ScalekitApi : IDisposable
{
    private const int MaxAnswerBytes = 16 * 1024 * 1024;
    private const int MaxPages = 1_000;
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    private readonly HttpClient http;

    private ScalekitApi(HttpClient http) => this.http = http;

    /// <summary>Gets a token with an API credential of the environment.</summary>
    /// <exception cref="UnusableSetting">The credential or the URL is refused.</exception>
    /// <exception cref="HttpRequestException">The response is not as expected.</exception>
    public static async Task<ScalekitApi> SignInAsync(
        Uri environment, string clientId, Secret clientSecret, CancellationToken cancellationToken)
    {
        // Redirects are not followed, because they could leak the token.
        var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
        {
            BaseAddress = environment,
            Timeout = Timeout,
            MaxResponseContentBufferSize = MaxAnswerBytes
        };
        var api = new ScalekitApi(client);
        try
        {
            using var form = new FormUrlEncodedContent(
                [new("grant_type", "client_credentials"), new("client_id", clientId), new("client_secret", clientSecret.Value)]);
            var answer = await api.SendAsync(new(HttpMethod.Post, "oauth/token") { Content = form }, cancellationToken);
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
                "Bearer",
                answer.Text("access_token")
                ?? throw new HttpRequestException($"{environment}oauth/token answered without an access_token."));
            return api;
        }
        catch
        {
            api.Dispose();
            throw;
        }
    }

    /// <summary>Reads all pages of resources.</summary>
    public async Task<IReadOnlyList<ScalekitThing>> ResourcesAsync(CancellationToken cancellationToken)
    {
        var resources = new List<ScalekitThing>();
        var token = "";
        for (var page = 0; page < MaxPages; page++)
        {
            var answer = await GetAsync(
                $"api/v1/resources?resource_type=MCP_SERVER&page_size=30&page_token={Uri.EscapeDataString(token)}", cancellationToken);
            resources.AddRange(answer.Things("resources"));
            var next = answer.Text("next_page_token") ?? "";
            if (next.Length == 0 || next == token)
            {
                return resources;
            }

            token = next;
        }

        throw new HttpRequestException($"The list of resources has more than {MaxPages} pages.");
    }

    public async Task<IReadOnlyList<ScalekitThing>> ClientsOfAsync(string resource, CancellationToken cancellationToken) =>
        (await GetAsync($"api/v1/resources/{Uri.EscapeDataString(resource)}/clients", cancellationToken)).Things("clients");

    /// <summary>Reads the scopes of the environment, if any: a resource may name them without a description.</summary>
    public async Task<IReadOnlyList<ScalekitThing>> ScopesAsync(CancellationToken cancellationToken) =>
        (await SendAsync(new(HttpMethod.Get, "api/v1/scopes"), cancellationToken, mayBeMissing: true)).Things("scopes");

    public void Dispose() => http.Dispose();

    private Task<ScalekitThing> GetAsync(string path, CancellationToken cancellationToken) =>
        SendAsync(new(HttpMethod.Get, path), cancellationToken);

    private async Task<ScalekitThing> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken, bool mayBeMissing = false)
    {
        using (request)
        {
            var asked = $"{request.Method} {http.BaseAddress}{request.RequestUri!.OriginalString.Split('?')[0]}";
            try
            {
                using var answer = await http.SendAsync(request, cancellationToken);
                if (mayBeMissing
                    && answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.NotImplemented or HttpStatusCode.MethodNotAllowed)
                {
                    return ScalekitThing.Nothing;
                }

                if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden
                    || (answer.StatusCode == HttpStatusCode.BadRequest && request.Method == HttpMethod.Post))
                {
                    throw new UnusableSetting($"{asked} was answered {(int)answer.StatusCode}: "
                        + "are --client-id and --client-secret those of an API credential of this environment?");
                }

                if (!answer.IsSuccessStatusCode)
                {
                    throw new HttpRequestException($"{asked} was answered {(int)answer.StatusCode}.");
                }

                return new(JsonElement.Parse(await answer.Content.ReadAsByteArrayAsync(cancellationToken)));
            }
            catch (JsonException broken)
            {
                throw new HttpRequestException($"{asked} was not answered with JSON.", broken);
            }
            catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
            {
                throw new HttpRequestException($"{asked} was not answered within {Timeout.TotalSeconds} s.", late);
            }
        }
    }
}

/// <summary>A JSON object from Scalekit. An unset member is absent, null, or the zero value of its type, as in protobuf's JSON.</summary>
internal readonly record struct ScalekitThing(JsonElement Json)
{
    public static ScalekitThing Nothing { get; } = new(JsonElement.Parse("{}"));

    /// <summary>Returns null when unset.</summary>
    public string? Text(string name) =>
        Find(name) is { ValueKind: JsonValueKind.String } text && text.GetString() is { Length: > 0 } value ? value : null;

    public bool YesNo(string name) => Find(name) is { ValueKind: JsonValueKind.True };

    /// <summary>Returns a number, or null when unset. Protobuf's JSON writes an int64 as a string of digits.</summary>
    public long? Number(string name) => Find(name) switch
    {
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt64(out var value) && value != 0 => value,
        { ValueKind: JsonValueKind.String } text when long.TryParse(text.GetString(), out var value) && value != 0 => value,
        _ => null,
    };

    public IReadOnlyList<string> Texts(string name) =>
        [.. Array(name).Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)];

    public IReadOnlyList<ScalekitThing> Things(string name) =>
        [.. Array(name).Where(e => e.ValueKind == JsonValueKind.Object).Select(e => new ScalekitThing(e))];

    public ScalekitThing? Thing(string name) => Find(name) is { ValueKind: JsonValueKind.Object } thing ? new ScalekitThing(thing) : null;

    /// <summary>Returns true when the member is set.</summary>
    public bool Has(string name) => Find(name) is { } value && value.ValueKind switch
    {
        JsonValueKind.Null or JsonValueKind.False => false,
        JsonValueKind.String => value.GetString()!.Length > 0 && value.GetString() != "0",
        JsonValueKind.Number => !value.TryGetInt64(out var number) || number != 0,
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };

    private JsonElement[] Array(string name) => Find(name) is { ValueKind: JsonValueKind.Array } array ? [.. array.EnumerateArray()] : [];

    private JsonElement? Find(string name) =>
        Json.ValueKind == JsonValueKind.Object && Json.TryGetProperty(name, out var value) ? value : null;
}
