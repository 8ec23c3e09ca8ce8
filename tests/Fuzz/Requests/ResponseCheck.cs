using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Latchkey.Server.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>Whether an response may be given to what was sent. It asks for less than the tests of each refusal do, and for the same of everything.</summary>
internal static partial class ResponseCheck
{
    /// <summary>The one page that is the same for all who read it: of the management API.</summary>
    private const string ForEverybody = "<body class=\"api\">";

    /// <summary>What Kestrel says to something that is no request, before anything of ours sees it.</summary>
    private static readonly int[] RefusedUnread = [400, 405, 408, 411, 413, 414, 417, 426, 431, 501, 505];

    /// <returns>What is wrong with it, or null.</returns>
    public static string? WhatIsWrong(RequestTemplate template, RequestDraft sent, Outcome outcome, TestData testData) => outcome switch
    {
        Outcome.TimedOut => "no response in ten seconds",
        Outcome.Closed => sent.IsOdd ? null : "the connection was closed without a response",
        Outcome.Responded { Response: var response } => OfEvery(response, sent) ?? (response.Status switch
        {
            < 300 => OfSuccess(response, sent),
            < 400 => OfRedirect(response, sent, testData),
            _ => template.ErrorFormat == ErrorFormat.Grpc ? null : OfRefusal(template, response, sent),
        }),
    };

    private static string? OfEvery(Response response, RequestDraft sent) =>
        response.Status >= 500 && !(sent.IsOdd && RefusedUnread.Contains(response.Status)) ? $"{response.Status}"
        : response[HostileInput.InjectedHeader] is not null ? "a header came out of what was sent"
        : response.Headers.Any(h => h.Name.Contains(' ', StringComparison.Ordinal)) ? "a header that is none"
        : response.MediaType == "text/html" && Array.Find(HostileInput.Markers, m => response.Body.Contains(m, StringComparison.OrdinalIgnoreCase)) is { } marker ? $"the page holds {marker}"
        : response.MediaType == "text/html" && WhatDoesHarm(response.Body, sent) is { } harm ? $"the page {harm}"
        : Innards().Match(response.Body) is { Success: true, Value: var innards } ? $"the response tells of the server's inside: {innards}"
        : null;

    private static string? OfSuccess(Response response, RequestDraft sent)
    {
        if (response["grpc-status"] is { } status)
        {
            // INTERNAL is also what gRPC itself wants for a message that cannot be read (gRPC status codes); UNKNOWN and DATA_LOSS are never meant.
            return status is "2" or "15" || (status == "13" && response["grpc-message"]?.Contains("mistake", StringComparison.Ordinal) == true) ? $"gRPC status {status}: {response["grpc-message"]}"
                : status != "0" && response["grpc-status-details-bin"] is null ? $"gRPC status {status} without details"
                : null;
        }

        return response.Body.Length > 0 && response.MediaType == "application/json" && JsonOf(response) is null ? "what is said to be JSON is none"
            : response.MediaType == "text/html" ? OfPage(response)
            : sent.Method == "HEAD" && response.Body.Length > 0 ? "a body for HEAD"
            : null;
    }

    private static string? OfRedirect(Response response, RequestDraft sent, TestData testData)
    {
        if (response.Status == 304)
        {
            return AsksUnder("If-None-Match", sent) ? null : "304 for a question without If-None-Match";
        }

        var location = response["Location"] ?? "";
        var login = testData.Host.Parts.GetRequiredService<ConfigurationCache>().Current.Connections.Select(c => c.LoginUrl);
        return location.Any(c => c is <= ' ' or > '~' or '"' or '<' or '>') ? $"a Location that is no URL: {location}"
            : response["Cache-Control"] != "no-store" ? "a redirect that may be kept"
            : location.StartsWith("/consent/lri_", StringComparison.Ordinal) || login.Any(url => location.StartsWith(url, StringComparison.Ordinal) && location.Contains("login_request_id=lri_", StringComparison.Ordinal)) ? null
            : !location.Contains("iss=http%3A%2F%2Flocalhost", StringComparison.Ordinal) ? $"a redirect to a client that does not say who sends it: {location}"
            : sent.Document is not null || OwnRedirect().IsMatch(location) ? null
            : $"a redirect to {location}";
    }

    private static string? OfRefusal(RequestTemplate template, Response response, RequestDraft sent)
    {
        if (sent.IsOdd && RefusedUnread.Contains(response.Status) && response.Body is "" or "An HTTP/1.x request was sent to an HTTP/2 only endpoint.")
        {
            return null;
        }

        if (response.Status == 405 && response["Allow"] is null)
        {
            return "405 without Allow";
        }

        if (response.Status == 412 && response.Body.Length == 0)
        {
            return sent.Method is "GET" or "HEAD" && (AsksUnder("If-Match", sent) || AsksUnder("If-Unmodified-Since", sent)) ? null : "412 without a word";
        }

        if (sent.Method == "HEAD")
        {
            return response.Body.Length > 0 ? "a body for HEAD" : null;
        }

        ErrorFormat[] errorFormats = sent.IsElsewhere ? Enum.GetValues<ErrorFormat>() : [template.ErrorFormat];
        var findings = errorFormats.Select(errorFormat => errorFormat switch
        {
            ErrorFormat.OAuth => OfOAuth(response),
            ErrorFormat.Management => OfManagement(response),
            ErrorFormat.Page => response.Status == 405 && response.Body.Length == 0 ? null : OfPage(response) ?? (response.Body.Contains("<main data-lk-error=\"", StringComparison.Ordinal) ? null : "a page that names no error"),
            ErrorFormat.Bearer => OfBearer(response),
            ErrorFormat.Plain => response.Body.Length == 0 && response.Status is 404 or 405 or 400 or 413 ? null : "more than a status",
            _ => "not gRPC",
        }).ToList();
        return findings.Contains(null) ? null : string.Join("; ", findings);
    }

    private static bool AsksUnder(string condition, RequestDraft sent) => sent.Headers.Exists(h => h.Name.Equals(condition, StringComparison.OrdinalIgnoreCase));

    private static string? OfOAuth(Response response) =>
        response.MediaType != "application/json" ? $"an error as '{response["Content-Type"]}'"
        : JsonOf(response) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "error", out var error) || !IsText(json, "error_description", out var description) ? "an error without error and error_description"
        : !Printable().IsMatch(error) || !Printable().IsMatch(description) ? "an error in other characters than RFC 6749 has"
        : response["Cache-Control"] != "no-store" ? "an error that may be kept"
        : response.Status == 401 && error != "invalid_client" && error != "invalid_token" ? $"401 {error}"
        : null;

    private static string? OfManagement(Response response) =>
        response.MediaType != "application/problem+json" ? $"an error as '{response["Content-Type"]}'"
        : JsonOf(response) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "code", out _) || !IsText(json, "detail", out _) ? "a problem without code and detail"
        : !json.TryGetProperty("status", out var status) || status.GetInt32() != response.Status ? "a problem of another status"
        : response["Cache-Control"] != "no-store" ? "a problem that may be kept"
        : response.Status == 401 && response["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) != true ? "401 without a challenge"
        : null;

    private static string? OfPage(Response response) =>
        response.MediaType != "text/html" ? $"a page as '{response["Content-Type"]}'"
        : response["Content-Security-Policy"]?.Contains("frame-ancestors 'none'", StringComparison.Ordinal) != true || response["X-Frame-Options"] != "DENY" ? "a page that can be framed"
        : response["X-Content-Type-Options"] != "nosniff" || response["Cache-Control"] != (response.Body.Contains(ForEverybody, StringComparison.Ordinal) ? "no-cache" : "no-store") ? "a page that can be kept or read as something else"
        : response["Location"] is not null ? "a page with a Location"
        : null;

    private static string? OfBearer(Response response) => response.Status switch
    {
        401 or 403 => response.Body.Length == 0 && response["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) == true ? null : "no challenge",
        404 or 405 => response.Body.Length == 0 ? null : "more than a status",
        _ => OfOAuth(response),
    };

    /// <summary>What a browser would run of a page besides our own scripts, or where it would lead besides to the client's own address, as an HTML parser reads it.</summary>
    private static string? WhatDoesHarm(string html, RequestDraft sent)
    {
        using var page = new HtmlParser().ParseDocument(html);
        var runs = page.All.SelectMany(e => e.Attributes.Where(a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase) || (a.Name is "href" or "src" or "action" or "formaction" && Runs().IsMatch(a.Value)))).Select(a => $"{a.Name}={a.Value}")
            .Concat(page.Scripts.Where(s => !s.HasAttribute("nonce") || s.Text.Contains("lk(", StringComparison.Ordinal)).Select(s => s.OuterHtml))
            .FirstOrDefault();
        var leads = page.QuerySelector("a#return")?.GetAttribute("href") ?? page.QuerySelector("form#answer")?.GetAttribute("action");
        return runs is not null ? $"would run {runs}" : leads is not null && sent.Document is null && !OwnRedirect().IsMatch(leads) ? $"leads to {leads}" : null;
    }

    private static JsonElement? JsonOf(Response response)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(response.Body);
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

    /// <summary>The clients of the testData, the loopback one at any port (RFC 8252 §7.3).</summary>
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
