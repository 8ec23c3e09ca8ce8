using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Latchkey.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Torture.Requests;

/// <summary>Whether an answer may be given to what was sent. It asks for less than the tests of each refusal do, and for the same of everything.</summary>
internal static partial class Verdict
{
    /// <summary>The one page that is the same for all who read it: of the management API.</summary>
    private const string ForEverybody = "<body class=\"api\">";

    /// <summary>What Kestrel says to something that is no request, before anything of ours sees it.</summary>
    private static readonly int[] RefusedUnread = [400, 405, 408, 411, 413, 414, 417, 426, 431, 501, 505];

    /// <returns>What is wrong with it, or null.</returns>
    public static string? WhatIsWrong(Kind kind, Draft sent, Outcome outcome, Material material) => outcome switch
    {
        Outcome.Silent => "no answer in ten seconds",
        Outcome.Closed => sent.IsOdd ? null : "the connection was closed without an answer",
        Outcome.Answered { Answer: var answer } => OfEvery(answer, sent) ?? (answer.Status switch
        {
            < 300 => OfSuccess(answer, sent),
            < 400 => OfRedirect(answer, sent, material),
            _ => kind.Family == Family.Grpc ? null : OfRefusal(kind, answer, sent),
        }),
    };

    private static string? OfEvery(Answer answer, Draft sent) =>
        answer.Status >= 500 && !(sent.IsOdd && RefusedUnread.Contains(answer.Status)) ? $"{answer.Status}"
        : answer[Strange.InjectedHeader] is not null ? "a header came out of what was sent"
        : answer.Headers.Any(h => h.Name.Contains(' ', StringComparison.Ordinal)) ? "a header that is none"
        : answer.MediaType == "text/html" && Array.Find(Strange.Markers, m => answer.Body.Contains(m, StringComparison.OrdinalIgnoreCase)) is { } marker ? $"the page holds {marker}"
        : answer.MediaType == "text/html" && WhatDoesHarm(answer.Body, sent) is { } harm ? $"the page {harm}"
        : Innards().Match(answer.Body) is { Success: true, Value: var innards } ? $"the answer tells of the server's inside: {innards}"
        : null;

    private static string? OfSuccess(Answer answer, Draft sent)
    {
        if (answer["grpc-status"] is { } status)
        {
            // INTERNAL is also what gRPC itself wants for a message that cannot be read (gRPC status codes); UNKNOWN and DATA_LOSS are never meant.
            return status is "2" or "15" || (status == "13" && answer["grpc-message"]?.Contains("mistake", StringComparison.Ordinal) == true) ? $"gRPC status {status}: {answer["grpc-message"]}"
                : status != "0" && answer["grpc-status-details-bin"] is null ? $"gRPC status {status} without details"
                : null;
        }

        return answer.Body.Length > 0 && answer.MediaType == "application/json" && JsonOf(answer) is null ? "what is said to be JSON is none"
            : answer.MediaType == "text/html" ? OfPage(answer)
            : sent.Method == "HEAD" && answer.Body.Length > 0 ? "a body for HEAD"
            : null;
    }

    private static string? OfRedirect(Answer answer, Draft sent, Material material)
    {
        if (answer.Status == 304)
        {
            return AsksUnder("If-None-Match", sent) ? null : "304 for a question without If-None-Match";
        }

        var location = answer["Location"] ?? "";
        var login = material.Host.Services.GetRequiredService<ConfigurationCache>().Current.Connections.Select(c => c.LoginUrl);
        return location.Any(c => c is <= ' ' or > '~' or '"' or '<' or '>') ? $"a Location that is no URL: {location}"
            : answer["Cache-Control"] != "no-store" ? "a redirect that may be kept"
            : location.StartsWith("/consent/lri_", StringComparison.Ordinal) || login.Any(url => location.StartsWith(url, StringComparison.Ordinal) && location.Contains("login_request_id=lri_", StringComparison.Ordinal)) ? null
            : !location.Contains("iss=http%3A%2F%2Flocalhost", StringComparison.Ordinal) ? $"a redirect to a client that does not say who sends it: {location}"
            : sent.Document is not null || OwnRedirect().IsMatch(location) ? null
            : $"a redirect to {location}";
    }

    private static string? OfRefusal(Kind kind, Answer answer, Draft sent)
    {
        if (sent.IsOdd && RefusedUnread.Contains(answer.Status) && answer.Body is "" or "An HTTP/1.x request was sent to an HTTP/2 only endpoint.")
        {
            return null;
        }

        if (answer.Status == 405 && answer["Allow"] is null)
        {
            return "405 without Allow";
        }

        if (answer.Status == 412 && answer.Body.Length == 0)
        {
            return sent.Method is "GET" or "HEAD" && (AsksUnder("If-Match", sent) || AsksUnder("If-Unmodified-Since", sent)) ? null : "412 without a word";
        }

        if (sent.Method == "HEAD")
        {
            return answer.Body.Length > 0 ? "a body for HEAD" : null;
        }

        Family[] families = sent.IsElsewhere ? Enum.GetValues<Family>() : [kind.Family];
        var findings = families.Select(family => family switch
        {
            Family.OAuth => OfOAuth(answer),
            Family.Management => OfManagement(answer),
            Family.Page => answer.Status == 405 && answer.Body.Length == 0 ? null : OfPage(answer) ?? (answer.Body.Contains("<main data-lk-error=\"", StringComparison.Ordinal) ? null : "a page that names no error"),
            Family.Bearer => OfBearer(answer),
            Family.Plain => answer.Body.Length == 0 && answer.Status is 404 or 405 or 400 or 413 ? null : "more than a status",
            _ => "not gRPC",
        }).ToList();
        return findings.Contains(null) ? null : string.Join("; ", findings);
    }

    private static bool AsksUnder(string condition, Draft sent) => sent.Headers.Exists(h => h.Name.Equals(condition, StringComparison.OrdinalIgnoreCase));

    private static string? OfOAuth(Answer answer) =>
        answer.MediaType != "application/json" ? $"an error as '{answer["Content-Type"]}'"
        : JsonOf(answer) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "error", out var error) || !IsText(json, "error_description", out var description) ? "an error without error and error_description"
        : !Printable().IsMatch(error) || !Printable().IsMatch(description) ? "an error in other characters than RFC 6749 has"
        : answer["Cache-Control"] != "no-store" ? "an error that may be kept"
        : answer.Status == 401 && error != "invalid_client" && error != "invalid_token" ? $"401 {error}"
        : null;

    private static string? OfManagement(Answer answer) =>
        answer.MediaType != "application/problem+json" ? $"an error as '{answer["Content-Type"]}'"
        : JsonOf(answer) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "code", out _) || !IsText(json, "detail", out _) ? "a problem without code and detail"
        : !json.TryGetProperty("status", out var status) || status.GetInt32() != answer.Status ? "a problem of another status"
        : answer["Cache-Control"] != "no-store" ? "a problem that may be kept"
        : answer.Status == 401 && answer["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) != true ? "401 without a challenge"
        : null;

    private static string? OfPage(Answer answer) =>
        answer.MediaType != "text/html" ? $"a page as '{answer["Content-Type"]}'"
        : answer["Content-Security-Policy"]?.Contains("frame-ancestors 'none'", StringComparison.Ordinal) != true || answer["X-Frame-Options"] != "DENY" ? "a page that can be framed"
        : answer["X-Content-Type-Options"] != "nosniff" || answer["Cache-Control"] != (answer.Body.Contains(ForEverybody, StringComparison.Ordinal) ? "no-cache" : "no-store") ? "a page that can be kept or read as something else"
        : answer["Location"] is not null ? "a page with a Location"
        : null;

    private static string? OfBearer(Answer answer) => answer.Status switch
    {
        401 or 403 => answer.Body.Length == 0 && answer["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) == true ? null : "no challenge",
        404 or 405 => answer.Body.Length == 0 ? null : "more than a status",
        _ => OfOAuth(answer),
    };

    /// <summary>What a browser would run of a page besides our own scripts, or where it would lead besides to the client's own address, as an HTML parser reads it.</summary>
    private static string? WhatDoesHarm(string html, Draft sent)
    {
        using var page = new HtmlParser().ParseDocument(html);
        var runs = page.All.SelectMany(e => e.Attributes.Where(a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || (a.Name is "href" or "src" or "action" or "formaction" && Runs().IsMatch(a.Value)))).Select(a => $"{a.Name}={a.Value}")
            .Concat(page.Scripts.Where(s => !s.HasAttribute("nonce") || s.Text.Contains("lk(", StringComparison.Ordinal)).Select(s => s.OuterHtml))
            .FirstOrDefault();
        var leads = page.QuerySelector("a#return")?.GetAttribute("href") ?? page.QuerySelector("form#answer")?.GetAttribute("action");
        return runs is not null ? $"would run {runs}" : leads is not null && sent.Document is null && !OwnRedirect().IsMatch(leads) ? $"leads to {leads}" : null;
    }

    private static JsonElement? JsonOf(Answer answer)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(answer.Body);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsText(JsonElement json, string name, out string text)
    {
        text = json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        return text.Length > 0;
    }

    /// <summary>The clients of the material, the loopback one at any port (RFC 8252 §7.3).</summary>
    [GeneratedRegex(@"\A(http://127\.0\.0\.1(:[0-9]{1,5})?/callback|https://client\.example/(callback|spare))(\?|\z)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex OwnRedirect();

    /// <summary>The icon of our pages is the empty <c>data:,</c>.</summary>
    [GeneratedRegex(@"\A[\s\x00-\x20]*(javascript|vbscript|data(?!:,\z)):", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Runs();

    [GeneratedRegex(@"\bat (Latchkey|Microsoft|System|Npgsql)\.|Exception\b|Npgsql|SQLite Error|\.cs:line", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Innards();

    [GeneratedRegex(@"\A[\x20\x21\x23-\x5B\x5D-\x7E]+\z", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Printable();
}
