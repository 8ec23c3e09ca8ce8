namespace Latchkey.Server.Http;

/// <summary>
/// Whether a browser navigates its window to a page (Fetch Metadata). Images, scripts and frames of a foreign page are not navigations:
/// they would use up the rate limits of their visitors' networks. Browsers and programs that send none of these headers are let through.
/// </summary>
internal static class Navigation
{
    private const string Destination = "Sec-Fetch-Dest";

    public static bool IsOne(HttpRequest request) =>
        request.Headers[Destination].ToString() is "" or "document" && request.Headers["Sec-Fetch-Mode"].ToString() != "no-cors";

    /// <summary>Clickjacking: a page could show another one as an invisible frame above its own buttons.</summary>
    public static bool IsFramed(HttpRequest request) =>
        request.Headers[Destination].ToString() is "iframe" or "frame" or "embed" or "object" or "fencedframe";
}
