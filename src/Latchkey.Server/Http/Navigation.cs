namespace Latchkey.Server.Http;

/// <summary>
/// Whether a browser navigates its window to a page (Fetch Metadata). Images, scripts and frames of a foreign page are not navigations:
/// they would use up the rate limits of their visitors' networks. Browsers and programs that send none of these headers are let through.
/// </summary>
internal static class Navigation
{
    /// <summary>The destination of a navigation.</summary>
    public const string Document = "document";
    private const string Destination = "Sec-Fetch-Dest";

    public static bool IsOne(HttpRequest request) =>
        request.Headers[Destination].ToString() is "" or Document && request.Headers["Sec-Fetch-Mode"].ToString() != "no-cors";

    /// <summary>
    /// Whether a page of this server or the person began the navigation (address bar, bookmark, another program), and no page of another
    /// site. False without these headers.
    /// </summary>
    public static bool IsBegunByPerson(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"].ToString() is "none" or "same-origin"
        && request.Headers["Sec-Fetch-Mode"].ToString() == "navigate"
        && request.Headers[Destination].ToString() == Document;

    /// <summary>
    /// Whether the page is loaded before a person opens it, or instead. Browsers and mail scanners announce that in these headers, and
    /// send the metadata of a navigation with it; any web page can cause it (speculation rules).
    /// </summary>
    public static bool IsPrefetch(HttpRequest request) =>
        request.Headers["Sec-Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["Purpose"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase)
        || request.Headers["X-Moz"].ToString().Contains("prefetch", StringComparison.OrdinalIgnoreCase);

    /// <summary>
    /// Whether a script, form or image of another site's page causes the request, and not its person or a program. Browsers that do not
    /// send <c>Sec-Fetch-Site</c> send the origin with requests that are not simple reads.
    /// </summary>
    /// <param name="own">The origin of this server.</param>
    public static bool IsCausedByForeignPage(HttpRequest request, string own) =>
        request.Headers["Sec-Fetch-Mode"].ToString() != "navigate"
        && (request.Headers["Sec-Fetch-Site"].ToString() is var site && site.Length > 0
            ? site is "cross-site" or "same-site"
            : request.Headers.Origin.ToString() is { Length: > 0 } origin && !origin.Equals(own, StringComparison.OrdinalIgnoreCase));

    /// <summary>The destination that the browser announced, or the mode of the request when it announced none.</summary>
    public static string DestinationOf(HttpRequest request) =>
        request.Headers[Destination].ToString() is { Length: > 0 } destination ? destination : request.Headers["Sec-Fetch-Mode"].ToString();

    /// <summary>Clickjacking: a page could show another one as an invisible frame above its own buttons.</summary>
    public static bool IsFramed(HttpRequest request) =>
        request.Headers[Destination].ToString() is "iframe" or "frame" or "embed" or "object" or "fencedframe";
}
