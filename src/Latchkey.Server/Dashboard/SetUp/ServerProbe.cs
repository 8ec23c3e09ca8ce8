using System.Text.Json;
using System.Text.RegularExpressions;
using Latchkey.Server.Limits;
using Latchkey.Server.Network;
using Latchkey.Server.Resources;

namespace Latchkey.Server.Dashboard.SetUp;

/// <summary>How an MCP server answers a request without a token.</summary>
/// <param name="Kind"><c>ok</c>, <c>warn</c>, <c>bad</c> or empty when nothing is known.</param>
/// <param name="IsFound">Whether its metadata names this server.</param>
public sealed record ServerAnswer(string Kind, string Sentence, bool IsFound = false, string? Detail = null)
{
    internal static readonly ServerAnswer Guarded = new("ok", "Answers 401 and will be found.");

    internal static readonly ServerAnswer Silent = new("", "Nothing answers there yet. That is fine; step 2 helps.");

    internal static readonly ServerAnswer Open = new("bad", "Answers 200 without a token: everyone can use it now.");
}

/// <summary>
/// Asks an MCP server like a client without a token (RFC 9728 §5.1), and reads which authorization server its metadata names. An operator
/// chose the address, and the rules are those of documents of clients (<see cref="DocumentFetcher"/>): no private address unless
/// <c>Cimd:HostMap</c> has it, no redirect, five seconds, and the allowance of fetches of the operator's network.
/// </summary>
internal sealed partial class ServerProbe(DocumentFetcher fetcher, RateLimits limits, Settings settings)
{
    private const int Unauthorized = StatusCodes.Status401Unauthorized;

    /// <summary>MCP, "initialize": what a client sends first.</summary>
    private const string Initialize =
        """
        {"jsonrpc":"2.0","id":1,"method":"initialize",
         "params":{"protocolVersion":"2025-06-18","capabilities":{},"clientInfo":{"name":"Latchkey","version":"1"}}}
        """;

    /// <summary>How the server answers a client without a token.</summary>
    public async Task<ServerAnswer> AnswerAsync(HttpContext http, string uri, CancellationToken cancellationToken) =>
        ReadUrl(uri) is not { } url ? ServerAnswer.Silent : (await AskAsync(http, url, cancellationToken)).Answer;

    /// <summary>Also whether its metadata names this server as the authorization server of the resource.</summary>
    public async Task<ServerAnswer> FindAsync(HttpContext http, Resource resource, CancellationToken cancellationToken)
    {
        var url = new Uri(resource.Uri);
        var (answer, challenge) = await AskAsync(http, url, cancellationToken);
        if (challenge is null)
        {
            return answer.Sentence == ServerAnswer.Silent.Sentence ? answer with { Sentence = "Nothing answers there yet." } : answer;
        }

        var named = MetadataOf(challenge);
        if (named == OwnMetadata(resource))
        {
            return Found;
        }

        if (limits.Fetch(http) is not null)
        {
            return TooMany;
        }

        var metadata = Uri.TryCreate(named, UriKind.Absolute, out var given) && given.Scheme is "https" or "http" ? given! : WellKnown(url);
        return await fetcher.FetchAsync(metadata, isListed: true, "probe", cancellationToken) switch
        {
            Fetch.Fetched { Content: var content } => Compare(content, resource, metadata),
            Fetch.Failed { Why: var why } => answer with { Detail = $"Its metadata at {metadata} cannot be read: {why}" },
            _ => answer,
        };
    }

    private static ServerAnswer Found => new("ok", "Found. It points here.", IsFound: true);

    private static ServerAnswer TooMany => new("warn", "Asked too often. Wait a minute and reload this page.");

    private async Task<(ServerAnswer Answer, string? Challenge)> AskAsync(HttpContext http, Uri url, CancellationToken cancellationToken)
    {
        if (!fetcher.MayUsePortOf(url))
        {
            return (NotAsked($"Only port 443 is asked, unless Cimd:HostMap has {url.Host}:{url.Port}."), null);
        }

        if (limits.Fetch(http) is not null)
        {
            return (TooMany, null);
        }

        var probe = await fetcher.ProbeAsync(HttpMethod.Get, url, body: null, cancellationToken);
        if (probe is Probe.Answered { Status: not Unauthorized and >= 400 })
        {
            // Without a session, a server may answer GET with an error and POST with what a client gets.
            probe = await fetcher.ProbeAsync(HttpMethod.Post, url, Initialize, cancellationToken);
        }

        return probe switch
        {
            Probe.Answered { Status: Unauthorized, Challenge: var challenge } => (ServerAnswer.Guarded, challenge),
            Probe.Answered { Status: < 300 } => (ServerAnswer.Open, null),
            Probe.Answered { Status: var status } =>
                (ServerAnswer.Silent with { Detail = $"The address answers with status {status}." }, null),
            Probe.Failed { IsNotPublic: true, Why: var why } => (NotAsked(why), null),
            Probe.Failed { Why: var why } => (ServerAnswer.Silent with { Detail = why }, null),
            Probe.Busy => (TooMany, null),
        };
    }

    private static ServerAnswer NotAsked(string why) =>
        new("", "This server does not look at private addresses. That is fine; go on.", Detail: why);

    private ServerAnswer Compare(byte[] content, Resource resource, Uri metadata)
    {
        string[] own = [Issuer.Of(settings.BaseUrl, resource.Id).Value, settings.BaseUrl];
        try
        {
            using var document = JsonDocument.Parse(content);
            var servers = document.RootElement.GetProperty("authorization_servers").EnumerateArray().Select(s => s.GetString()).ToList();
            var named = document.RootElement.TryGetProperty("resource", out var its) ? its.GetString() : null;
            return !servers.Any(s => own.Contains(s?.TrimEnd('/'), StringComparer.Ordinal))
                ? Elsewhere($"Its metadata names {string.Join(", ", servers)} as authorization server, and {own[0]} is expected.")
                : named is not null && ResourceUri.Canonical(named) != ResourceUri.Canonical(resource.Uri)
                    ? Elsewhere($"Its metadata names the resource {named}, and {resource.Uri} is expected.")
                : Found;
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return Elsewhere($"Its metadata at {metadata} has no list authorization_servers.");
        }
    }

    private static ServerAnswer Elsewhere(string why) => new("warn", "It answers 401 and does not point here.", Detail: why);

    private string OwnMetadata(Resource resource) => $"{settings.BaseUrl}/.well-known/oauth-protected-resource/{resource.Id}";

    private static string? MetadataOf(string challenge) =>
        Metadata().Match(challenge) is { Success: true } found ? found.Groups["url"].Value : null;

    /// <summary>RFC 9728 §3.1: the well-known part stands between host and path.</summary>
    private static Uri WellKnown(Uri url) => new(url, "/.well-known/oauth-protected-resource" + url.AbsolutePath.TrimEnd('/'));

    private static Uri? ReadUrl(string text) =>
        Uri.TryCreate(text.Trim(), UriKind.Absolute, out var url) && url.Scheme is "https" or "http" ? url : null;

    [GeneratedRegex("resource_metadata=\"(?<url>[^\"]+)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 100)]
    private static partial Regex Metadata();
}
