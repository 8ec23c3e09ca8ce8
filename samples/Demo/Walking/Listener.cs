using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Demo.Walking;

/// <summary>Stands between the MCP client and the network and tells every exchange, secrets shortened. Changes nothing.</summary>
internal sealed class Listener(Story story) : DelegatingHandler(new SocketsHttpHandler())
{
    private const string Who = "MCP client";

    private static readonly string[] WorthTelling =
    [
        "resource", "authorization_servers", "issuer", "authorization_endpoint", "registration_endpoint", "client_id", "access_token", "expires_in", "refresh_token", "scope", "error", "error_description",
    ];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = $"{request.Method} {Discreet.Address(request.RequestUri!)}{await DescribeAsync(request, cancellationToken)}";
        try
        {
            var response = await base.SendAsync(request, cancellationToken);
            story.Tell(Who, sent, await DescribeAsync(response, cancellationToken));
            return response;
        }
        catch (HttpRequestException failed)
        {
            story.Tell(Who, sent, $"no answer: {failed.Message}");
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
            "application/x-www-form-urlencoded" => " " + Discreet.Form(Discreet.Query(new Uri("http://form/?" + body))),
            "application/json" when Parse(body) is { } json => (json["method"] is { } method ? $" {method}{Tool(json)}" : " " + Tell(json, json.Select(member => member.Key))) + token,
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

        // An event stream may never end; everything else is short and may be read twice.
        if (response.Content.Headers.ContentType is not { MediaType: "application/json" } type)
        {
            return text + Kind(response.Content.Headers.ContentType);
        }

        await response.Content.LoadIntoBufferAsync(cancellationToken);
        return Parse(await response.Content.ReadAsStringAsync(cancellationToken)) is { } json ? $"{text} {Tell(json, WorthTelling)}" : text + Kind(type);
    }

    private static string Kind(MediaTypeHeaderValue? type) => type is null ? "" : $" {type.MediaType}";

    private static string Tool(JsonObject message) => message["params"]?["name"] is { } name ? $" {name} {message["params"]?["arguments"]?.ToJsonString()}" : "";

    private static string Tell(JsonObject json, IEnumerable<string> names) =>
        string.Join(' ', names.Where(json.ContainsKey).Select(name => Discreet.Pair(name, json[name] is JsonValue value ? value.ToString() : Discreet.Short(json[name]?.ToJsonString() ?? "null"))));

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
