using System.Text.Json;
using System.Text.RegularExpressions;
using AngleSharp.Html.Parser;
using Latchkey.Server.Configuration;
using Latchkey.Server.Pages;
using Microsoft.Extensions.DependencyInjection;

namespace Fuzz.Requests;

/// <summary>Checks whether a response is valid for a request. It checks less than the tests of each error do,
/// but the same for every endpoint.</summary>
internal static partial class ResponseCheck
{
    /// <summary>The marker of the management API's page, which is the same for every reader and may be cached.</summary>
    private const string CacheablePage = "<body class=\"api\">";

    /// <summary>The statuses of Kestrel for an invalid request, before the server's own code runs.</summary>
    private static readonly int[] KestrelErrors = [400, 405, 408, 411, 413, 414, 417, 426, 431, 501, 505];

    /// <returns>A description of the error, or null.</returns>
    public static string? FindError(RequestTemplate template, RequestDraft sent, Outcome outcome, TestData testData) => outcome switch
    {
        Outcome.TimedOut => "no response in two minutes",
        Outcome.Closed => sent.IsOdd ? null : "the connection was closed without a response",
        Outcome.Responded { Response: var response } => CheckAny(response, sent) ?? (response.Status switch
        {
            < 300 => CheckSuccess(response, sent),
            < 400 => CheckRedirect(response, sent, testData),
            _ => template.ErrorFormat == ErrorFormat.Grpc ? null : CheckErrorResponse(template, response, sent),
        }),
    };

    private static string? CheckAny(Response response, RequestDraft sent) =>
        response.Status >= 500 && !(sent.IsOdd && KestrelErrors.Contains(response.Status)) && !IsFetchFailure(response)
            ? $"{response.Status}"
        : response[HostileInput.InjectedHeader] is not null ? "header injection: the response has a header from the request"
        : response.Headers.Any(h => h.Name.Contains(' ', StringComparison.Ordinal)) ? "a header with an invalid name"
        : response.MediaType == "text/html"
            && Array.Find(HostileInput.Markers, m => response.Body.Contains(m, StringComparison.OrdinalIgnoreCase)) is { } marker
            ? $"the page contains {marker} unescaped"
        : response.MediaType == "text/html" && FindInjection(response.Body, sent) is { } harm ? $"the page {harm}"
        : Internals().Match(response.Body) is { Success: true, Value: var internals }
            ? $"the response exposes internals of the server: {internals}"
        : null;

    /// <summary>A pushed request names a client by a URL that this server cannot fetch: the client keeps its registration.</summary>
    private static bool IsFetchFailure(Response response) =>
        response.Status == 503 && response.Body.StartsWith(
            """{"error":"temporarily_unavailable","error_description":"The client ID metadata document could not be fetched.""",
            StringComparison.Ordinal);

    private static string? CheckSuccess(Response response, RequestDraft sent)
    {
        if (response["grpc-status"] is { } status)
        {
            // gRPC also requires INTERNAL for a message that cannot be parsed (gRPC status codes).
            // UNKNOWN and DATA_LOSS are never intended.
            return status is "2" or "15"
                || (status == "13" && response["grpc-message"]?.Contains("mistake", StringComparison.Ordinal) == true)
                    ? $"gRPC status {status}: {response["grpc-message"]}"
                : status != "0" && response["grpc-status-details-bin"] is null ? $"gRPC status {status} without details"
                : null;
        }

        return response.Body.Length > 0 && response.MediaType == "application/json" && JsonOf(response) is null
            ? "the body is not the JSON that the content type announces"
            : response.MediaType == "text/html" ? CheckPage(response)
            : sent.Method == "HEAD" && response.Body.Length > 0 ? "a body in the response to HEAD"
            : null;
    }

    private static string? CheckRedirect(Response response, RequestDraft sent, TestData testData)
    {
        if (response.Status == 304)
        {
            return HasCondition("If-None-Match", sent) ? null : "304 without If-None-Match";
        }

        var location = response["Location"] ?? "";
        var login = testData.Host.Services.GetRequiredService<ConfigurationCache>().Current.Connections.Select(c => c.LoginUrl);
        return location.Any(c => c is <= ' ' or > '~' or '"' or '<' or '>') ? $"a Location that is not a URL: {location}"
            : response["Cache-Control"] != "no-store" ? "a redirect that may be cached"
            : location.StartsWith("/consent/lri_", StringComparison.Ordinal) || login.Any(url =>
                location.StartsWith(url, StringComparison.Ordinal) && location.Contains("login_request_id=lri_", StringComparison.Ordinal))
                ? null
            : OperatorSignIn().IsMatch(location) || location == "/account" ? null
            : !location.Contains("iss=http%3A%2F%2Flocalhost", StringComparison.Ordinal) ? $"a redirect to a client without iss: {location}"
            : sent.Document is not null || OwnRedirect().IsMatch(location) ? null
            : $"a redirect to {location}";
    }

    private static string? CheckErrorResponse(RequestTemplate template, Response response, RequestDraft sent)
    {
        if (sent.IsOdd && KestrelErrors.Contains(response.Status)
            && response.Body is "" or "An HTTP/1.x request was sent to an HTTP/2 only endpoint.")
        {
            return null;
        }

        if (response.Status == 405 && response["Allow"] is null)
        {
            return "405 without Allow";
        }

        if (response.Status == 412 && response.Body.Length == 0)
        {
            return sent.Method is "GET" or "HEAD" && (HasCondition("If-Match", sent) || HasCondition("If-Unmodified-Since", sent))
                ? null
                : "412 without a body";
        }

        if (sent.Method == "HEAD")
        {
            return response.Body.Length > 0 ? "a body in the response to HEAD" : null;
        }

        ErrorFormat[] errorFormats = sent.IsElsewhere ? Enum.GetValues<ErrorFormat>() : [template.ErrorFormat];
        var findings = errorFormats.Select(errorFormat => errorFormat switch
        {
            ErrorFormat.OAuth => CheckOAuth(response),
            ErrorFormat.Management => CheckManagement(response),
            ErrorFormat.Page => response.Status == 405 && response.Body.Length == 0 ? null : CheckPage(response)
                ?? (ErrorCode().IsMatch(response.Body) ? null : "a page without an error code"),
            ErrorFormat.Bearer => CheckBearer(response),
            ErrorFormat.Plain => response.Status == 404 ? CheckNotFound(response)
                : response.Body.Length == 0 && response.Status is 405 or 400 or 413 ? null : "an unexpected body or status",
            _ => "not gRPC",
        }).ToList();
        return findings.Contains(null) ? null : string.Join("; ", findings);
    }

    private static bool HasCondition(string condition, RequestDraft sent) =>
        sent.Headers.Exists(h => h.Name.Equals(condition, StringComparison.OrdinalIgnoreCase));

    private static string? CheckOAuth(Response response) =>
        response.MediaType != "application/json" ? $"an error as '{response["Content-Type"]}'"
        : JsonOf(response) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "error", out var error)
            || !IsText(json, "error_description", out var description)
            ? "an error without error and error_description"
        : !Printable().IsMatch(error) || !Printable().IsMatch(description) ? "an error with characters that RFC 6749 does not allow"
        : response["Cache-Control"] != "no-store" ? "an error that may be cached"
        : response.Status == 401 && error != "invalid_client" && error != "invalid_token" ? $"401 {error}"
        : null;

    private static string? CheckManagement(Response response) =>
        response.MediaType != "application/problem+json" ? $"an error as '{response["Content-Type"]}'"
        : JsonOf(response) is not { ValueKind: JsonValueKind.Object } json || !IsText(json, "code", out _) || !IsText(json, "detail", out _)
            ? "a problem without code and detail"
        : !json.TryGetProperty("status", out var status) || status.GetInt32() != response.Status ? "a problem with another status"
        : response["Cache-Control"] != "no-store" ? "a problem that may be cached"
        : response.Status == 401 && response["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) != true
            ? "401 without a challenge"
        : null;

    private static string? CheckPage(Response response) =>
        response.MediaType != "text/html" ? $"a page as '{response["Content-Type"]}'"
        : response["Content-Security-Policy"]?.Contains("frame-ancestors 'none'", StringComparison.Ordinal) != true
            || response["X-Frame-Options"] != "DENY"
            ? "a page that can be framed"
        : response["X-Content-Type-Options"] != "nosniff"
            || response["Cache-Control"] != (response.Body.Contains(CacheablePage, StringComparison.Ordinal) ? "no-cache" : "no-store")
            ? "a page that may be cached or sniffed as another type"
        : response["Location"] is not null ? "a page with a Location"
        : null;

    /// <summary>A path that does not exist is a page for a browser and a problem for a program.</summary>
    private static string? CheckNotFound(Response response) =>
        response.MediaType == "text/html" ? CheckPage(response) : CheckManagement(response);

    private static string? CheckBearer(Response response) => response.Status switch
    {
        401 or 403 => response.Body.Length == 0 && response["WWW-Authenticate"]?.StartsWith("Bearer", StringComparison.Ordinal) == true
            ? null
            : "no challenge",
        404 or 405 => response.Body.Length == 0 ? null : "an unexpected body or status",
        _ => CheckOAuth(response),
    };

    /// <summary>Finds scripts other than the server's own and links other than to the client's redirect URI,
    /// as an HTML parser reads the page.</summary>
    private static string? FindInjection(string html, RequestDraft sent)
    {
        using var page = new HtmlParser().ParseDocument(html);
        var runs = page.All.SelectMany(e => e.Attributes.Where(a => a.Name.StartsWith("on", StringComparison.OrdinalIgnoreCase)
            || (a.Name is "href" or "src" or "action" or "formaction" && Runs().IsMatch(a.Value))))
            .Select(a => $"{a.Name}={a.Value}")
            .Concat(page.Scripts.Where(s => s.Text.Contains("lk(", StringComparison.Ordinal)
                || !(s.HasAttribute("nonce") || (s.Source == Assets.PathOf("console.js") && s.Text.Length == 0)))
                .Select(s => s.OuterHtml))
            .FirstOrDefault();
        var leads = page.QuerySelector("a#return")?.GetAttribute("href")
            ?? page.QuerySelector("form#answer, form#return")?.GetAttribute("action");
        return runs is not null ? $"would run {runs}"
            : leads is not null && sent.Document is null && !OwnRedirect().IsMatch(leads) ? $"leads to {leads}"
            : null;
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

    /// <summary>A page of the dashboard has its frame around the error.</summary>
    [GeneratedRegex("<(main|div class=\"refusal\") data-lk-error=\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex ErrorCode();

    /// <summary>The sign-in page of operators, with a path of this server to go on to.</summary>
    [GeneratedRegex(
        @"\A/dashboard/sign-in(\?next=%2F(?!%2F|%5C)[^&#]*)?\z", RegexOptions.IgnoreCase | RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OperatorSignIn();

    /// <summary>The redirect URIs of the test clients, the loopback one with any port (RFC 8252 §7.3).</summary>
    [GeneratedRegex(
        @"\A(http://127\.0\.0\.1(:[0-9]{1,5})?/callback|https://client\.example/(callback|spare))(\?|\z)", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex OwnRedirect();

    /// <summary>The icon of the server's pages is the empty <c>data:,</c>.</summary>
    [GeneratedRegex(
        @"\A[\s\x00-\x20]*(javascript|vbscript|data(?!:,\z)):", RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Runs();

    [GeneratedRegex(
        @"\bat (Latchkey|Microsoft|System|Npgsql)\.|Exception\b|Npgsql|SQLite Error|\.cs:line", RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Internals();

    [GeneratedRegex(@"\A[\x20\x21\x23-\x5B\x5D-\x7E]+\z", RegexOptions.None, matchTimeoutMilliseconds: 60_000)]
    private static partial Regex Printable();
}
