using System.Text.Json;
using System.Text.Json.Nodes;

namespace Demo.Walk;

/// <summary>Logs every HTTP exchange of the MCP client with redacted secrets. It changes nothing.</summary>
internal sealed class LoggingHandler(WalkLog log) : DelegatingHandler(new SocketsHttpHandler())
{
    private const string Sender = "MCP client";

    private static readonly string[] LoggedMembers =
    [
        "resource", "authorization_servers", "issuer", "authorization_endpoint", "registration_endpoint", "client_id", "access_token",
        "expires_in", "refresh_token", "scope", "error", "error_description",
    ];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = $"{request.Method} {Redaction.Address(request.RequestUri!)}{await DescribeAsync(request, cancellationToken)}";
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            log.Step(Sender, sent, await DescribeAsync(response, cancellationToken));
            return response;
        }
        catch (HttpRequestException failed)
        {
            log.Step(Sender, sent, $"no response: {failed.Message}");
            throw;
        }
    }

    private static async Task<string> DescribeAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var token = request.Headers.Authorization is { Scheme: "Bearer" } ? " with a bearer token" : "";
        if (request.Content is null)
        {
            return token;
        }

        await request.Content.LoadIntoBufferAsync(cancellationToken);
        var body = await request.Content.ReadAsStringAsync(cancellationToken);
        return request.Content.Headers.ContentType?.MediaType switch
        {
            "application/x-www-form-urlencoded" => " " + Redaction.Form(Redaction.Query(new Uri("http://form/?" + body))),
            "application/json" when Parse(body) is { } json =>
                (json["method"] is { } method ? $" {method}{Tool(json)}" : " " + Describe(json, json.Select(member => member.Key))) + token,
            _ => token,
        };
    }

    private static async Task<string> DescribeAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var text = $"{(int)response.StatusCode}";
        foreach (var challenge in response.Headers.WwwAuthenticate)
        {
            text += $" WWW-Authenticate: {challenge}";
        }

        // The response to a POST ends, even if it is an event stream. The stream of a GET stays open and is not read here.
        var kind = response.Content.Headers.ContentType?.MediaType;
        if (kind is not ("application/json" or "text/event-stream")
            || (kind is "text/event-stream" && response.RequestMessage?.Method != HttpMethod.Post))
        {
            return kind is null ? text : $"{text} {kind}";
        }

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        if (kind is "text/event-stream")
        {
            body = body.Split('\n').LastOrDefault(line => line.StartsWith("data:", StringComparison.Ordinal)) is { } data
                ? data["data:".Length..]
                : "";
        }

        return Parse(body) is { } json ? $"{text} {Describe(json, LoggedMembers)}{Result(json)}" : text;
    }

    private static string Result(JsonObject message) => message["result"] switch
    {
        JsonObject result when result["tools"] is JsonArray tools => $"tools: {string.Join(", ", tools.Select(tool => tool?["name"]))}",
        JsonObject result when result["content"] is JsonArray content =>
            Redaction.Short(string.Join(' ', content.Select(block => block?["text"]))),
        { } other => Redaction.Short(other.ToJsonString()),
        null => "",
    };

    private static string Tool(JsonObject message) =>
        message["params"]?["name"] is { } name ? $" {name} {message["params"]?["arguments"]?.ToJsonString()}" : "";

    private static string Describe(JsonObject json, IEnumerable<string> names) =>
        string.Join(' ', names.Where(json.ContainsKey).Select(name =>
            Redaction.Pair(
                name, json[name] is JsonValue value ? value.ToString() : Redaction.Short(json[name]?.ToJsonString() ?? "null"))));

    private static JsonObject? Parse(string text)
    {
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
